"""One timeline for all that a stream delivers, whatever clocks its sessions count with.

Video is counted in 90 kHz ticks and audio in samples, both since the Unix epoch: times of two
sessions compare, and a consumer subtracts a zero of its own choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from nvr_sdk.messages import AccessUnit

TICKS = 90_000
"""Ticks per second of all video times."""


def ticks_to_us(ticks: int) -> int:
    """Convert 90 kHz ticks to microseconds."""
    return ticks * 100 // 9


def us_to_ticks(time_us: int) -> int:
    """Convert microseconds to 90 kHz ticks; undoes `ticks_to_us` exactly."""
    return -(-time_us * 9 // 100)


@dataclass(frozen=True, slots=True)
class Sample:
    """An access unit on the wall-clock timeline."""

    video: bool
    time: int
    """Decode time since the Unix epoch: 90 kHz ticks for video, samples for audio."""
    offset: int
    """Presentation minus decode time, same ticks."""
    key: bool
    corrupt: bool
    duration: int
    """Same ticks; 0 where unknown."""
    data: bytes


class Timeline:
    """Maps the ticks of one session to the wall clock."""

    def __init__(self, epoch_ns: int, video_rate: int, audio_rate: int) -> None:
        self.epoch_ns = epoch_ns
        self._video_rate = video_rate
        self._audio_rate = audio_rate
        self.slew(0)

    def slew(self, by_ns: int) -> None:
        """Move the whole timeline a little; picture and sound stay together."""
        self.epoch_ns += by_ns
        self._video_zero = self.epoch_ns * TICKS // 1_000_000_000
        self._audio_zero = self.epoch_ns * self._audio_rate // 1_000_000_000

    def place(self, unit: AccessUnit) -> Sample:
        """Put a unit on the timeline."""
        if unit.track == "audio":
            time, offset, duration = unit.dts + self._audio_zero, unit.pts - unit.dts, unit.duration
            return Sample(False, time, offset, True, unit.corrupt, duration, unit.data)
        time, rate = unit.dts, self._video_rate
        offset, duration = unit.pts - unit.dts, unit.duration
        if rate != TICKS:
            time, offset, duration = (value * TICKS // rate for value in (time, offset, duration))
        time += self._video_zero
        return Sample(True, time, offset, unit.key, unit.corrupt, duration, unit.data)


def epoch_of_arrival(unit: AccessUnit, rate: int, arrived_ns: int) -> int:
    """Give the wall-clock time (ns) of tick 0, taking a unit's arrival for its time."""
    return arrived_ns - unit.dts * 1_000_000_000 // rate
