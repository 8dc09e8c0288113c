"""Decides which wall-clock time a session's ticks stand for."""

from __future__ import annotations

from nvr_core.media.mp4_init import MediaFormat
from nvr_core.media.timeline import Timeline, epoch_of_arrival
from nvr_sdk.messages import AccessUnit, StreamInfo

_PAST_NS = 120_000_000_000
_FUTURE_NS = 5_000_000_000
_OVERLAP_NS = 60_000_000_000
_TOLERATED_NS = 200_000_000
_SLEW_NS = 1_000_000
_YOUNG_NS = 60_000_000_000
_LONGEST_STEP_NS = 1_000_000_000
_BREAK_NS = 520_000_000
"""A session that is not known to go on has lost something, whatever the clocks say: it begins just
more after the end that it follows than a run bridges, so that the index tells of the break."""


class Anchoring:
    """One per stream; outlives its sessions.

    A source's own epoch is believed while it is near the arrival (a camera whose clock is wrong
    must not record into the past). Without one, the first unit's arrival counts, and the timeline
    then follows the arrivals by at most 1 ms per key unit: camera clocks drift by seconds a day.
    In the first minute it is 1 ms per picture: a server that begins with a burst of what it kept
    makes the first arrival late by up to a group of pictures.
    """

    def __init__(self, held_end_us: int | None = None) -> None:
        """``held_end_us``: end of what was recorded before this process, if anything was."""
        self._timeline: Timeline | None = None
        self._follows = False
        self._earliest_ns: int | None = None
        self._owed_ns = 0
        self._began_ns = 0
        self._placed_ns = 0
        self._end_ns = 0 if held_end_us is None else held_end_us * 1000

    def session(
        self, info: StreamInfo, media: MediaFormat, first: AccessUnit, now_ns: int, same: bool
    ) -> Timeline:
        """Give the timeline of what begins with ``first``; ``same``: the ticks go on as before."""
        rates = media.video.clock_rate, media.audio_rate
        rate = rates[0] if first.track == "video" else max(1, rates[1])
        self._earliest_ns, self._owed_ns = None, 0
        if same and self._timeline is not None:
            epoch_ns = self._timeline.epoch_ns
        elif info.epoch_ns is not None and _plausible(info.epoch_ns, first, rate, now_ns):
            epoch_ns, self._follows = info.epoch_ns, False
        else:
            overlap = self._end_ns - now_ns
            close = -_BREAK_NS < overlap < _OVERLAP_NS
            begins = self._end_ns + _BREAK_NS if close else now_ns
            epoch_ns, self._follows = epoch_of_arrival(first, rate, begins), True
            self._began_ns = begins
        self._timeline = Timeline(epoch_ns, *rates)
        return self._timeline

    def arrived(self, time: int, key: bool, now_ns: int) -> None:
        """Take note of a picture's arrival; ``time`` is its place on the timeline, 90 kHz."""
        placed_ns = time * 100_000 // 9
        step_ns = placed_ns - self._placed_ns
        self._placed_ns = placed_ns
        # Its own length is not known yet: the one before tells, but for a correction.
        length_ns = step_ns if 0 < step_ns < _LONGEST_STEP_NS else 0
        self._end_ns = placed_ns + length_ns + _SLEW_NS
        if not self._follows or self._timeline is None:
            return
        late_ns = now_ns - placed_ns
        if self._earliest_ns is None or late_ns < self._earliest_ns:
            self._earliest_ns = late_ns
        if key:
            late_ns, self._earliest_ns = self._earliest_ns, None
            self._owed_ns = late_ns if abs(late_ns) > _TOLERATED_NS else 0
        if self._owed_ns and (key or placed_ns - self._began_ns < _YOUNG_NS):
            step_ns = max(-_SLEW_NS, min(_SLEW_NS, self._owed_ns))
            self._timeline.slew(step_ns)
            self._owed_ns -= step_ns


def _plausible(epoch_ns: int, first: AccessUnit, rate: int, now_ns: int) -> bool:
    age_ns = now_ns - epoch_ns - first.dts * 1_000_000_000 // rate
    return -_FUTURE_NS < age_ns < _PAST_NS
