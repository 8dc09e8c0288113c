"""The first seconds of a connection: where time begins, and what the first units' times are.

While libav finds out what a stream is, it stores what arrives; afterwards it gives that out at
once. So the first units are older than their arrival says, and the true distance between the
source's clock and ours is seen only when a unit had to be waited for. libav also leaves the first
units without times, before it has seen how the source counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from nvr_core.ingest.packets import Raw
from nvr_sdk.errors import NvrError

_MOST_HELD = 500
"""Units held back at most: a file that is read faster than it plays never has to be waited for."""
_MOST_WITHOUT_KEY = 2000
_LOOK_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Opening:
    """A stream's beginning, ready to be passed on."""

    units: tuple[Raw, ...]
    """From the first key unit on."""
    zero: Fraction
    """Source time of the first key unit, in seconds."""
    epoch_ns: int
    """Wall-clock time of `zero`."""


class Opener:
    """Collects the beginning of a stream."""

    def __init__(self, time_base: Fraction, step: int) -> None:
        """Of the video: its time base, and the usual distance of two units in it."""
        self._time_base = time_base
        self._step = max(step, 1)
        self._held: list[Raw] = []
        self._least_delay_ns: int | None = None

    def collect(self, packets: Iterator[Raw], wall_clock_ns: Iterator[int]) -> Opening:
        """Read until the first key unit is there, its time is known and libav's store is empty.

        Raises `NvrError` ``no_video`` if there is no key unit in 2000 packets or in the whole
        stream.
        """
        now_ns = 0
        for count, (raw, now_ns) in enumerate(zip(packets, wall_clock_ns, strict=False)):
            self._note_delay(raw, now_ns)
            if self._held or raw.key:
                self._held.append(raw)
            if self._complete(raw):
                return self._open(now_ns)
            if count > _MOST_WITHOUT_KEY and not self._held:
                raise NvrError("no_video", "The camera sends no key frames: check its settings.")
        if self._held:
            return self._open(now_ns)
        raise NvrError("no_video", "The stream ended before its first picture.")

    def _note_delay(self, raw: Raw, now_ns: int) -> None:
        if raw.unit is None or raw.stamp is None:
            return
        delay = now_ns - self._ns(raw.stamp)
        if self._least_delay_ns is None or delay < self._least_delay_ns:
            self._least_delay_ns = delay

    def _complete(self, newest: Raw) -> bool:
        if not self._held:
            return False
        settled = newest.waited or len(self._held) >= _MOST_HELD
        timed = sum(raw.dts is not None for raw in self._videos())
        return settled and (self._held[0].dts is not None or timed > 0 or self._many())

    def _many(self) -> bool:
        return len(self._videos()) > _LOOK_AHEAD

    def _videos(self) -> list[Raw]:
        return [raw for raw in self._held if raw.unit is not None]

    def _open(self, now_ns: int) -> Opening:
        self._fill_decoding_times()
        self._fill_first_presentation_time()
        first = self._held[0].dts or 0
        delay = now_ns - self._ns(first) if self._least_delay_ns is None else self._least_delay_ns
        return Opening(tuple(self._held), first * self._time_base, delay + self._ns(first))

    def _fill_decoding_times(self) -> None:
        videos = self._videos()
        known = next((i for i, raw in enumerate(videos) if raw.dts is not None), None)
        if known is None:
            # Without any decoding times units are taken to be in order of presentation.
            known = 0
            videos[0].dts = videos[0].pts or 0
        for index in range(known - 1, -1, -1):
            later = videos[index + 1].dts
            videos[index].dts = None if later is None else later - self._step

    def _fill_first_presentation_time(self) -> None:
        first, *rest = self._videos()
        if first.pts is not None:
            return
        later = [raw.pts for raw in rest[:_LOOK_AHEAD] if raw.pts is not None]
        guess = min(later) - self._step if later else (first.dts or 0)
        first.pts = max(guess, first.dts or 0)

    def _ns(self, stamp: int) -> int:
        return round(stamp * self._time_base * 1_000_000_000)
