"""Turns the timestamps of a source into ticks that rise strictly and begin at a common zero.

Pure; times in seconds are fractions, so that nothing is lost by rounding twice.
"""

from __future__ import annotations

from fractions import Fraction

_JUMP_S = Fraction(60)
"""A step forward of up to this is believed: the source paused."""
_BACK_S = Fraction(1, 2)
_TOGETHER_S = Fraction(1, 2)


class Timeline:
    """The common time of a stream's tracks; survives wraps and jumps of the source's clock."""

    def __init__(self, zero: Fraction) -> None:
        self.offset = zero
        """Source time of tick 0, as of the last jump."""

    def jumped(self, offset: Fraction) -> Fraction:
        """Take note of a track's new offset; tracks that jump together keep their distance."""
        if abs(offset - self.offset) > _TOGETHER_S:
            self.offset = offset
        return self.offset


class TrackClock:
    """Ticks of one track."""

    def __init__(self, timeline: Timeline, time_base: Fraction, rate: int, step: int) -> None:
        """``rate`` is ticks per second, ``step`` the usual duration of a unit in ticks."""
        self._timeline = timeline
        self._offset = timeline.offset
        self._time_base = time_base
        self._rate = rate
        self._step = max(step, 1)
        self._last: int | None = None

    @property
    def fresh(self) -> bool:
        """True until the first unit."""
        return self._last is None

    def ticks(self, dts: int | None, pts: int | None, duration: int) -> tuple[int, int]:
        """Give (dts, pts) of the next unit from the source's, in the source's time base.

        Missing timestamps are made up from the last ones. A clock that leaps is followed: the
        track goes on right after its last unit.
        """
        stamp = dts if dts is not None else pts
        if stamp is None:
            made_up = 0 if self._last is None else self._last + self._step
            return self._advance(made_up, made_up)
        source = stamp * self._time_base
        if self._last is not None:
            expected = Fraction(self._last + self._step, self._rate)
            ahead = source - self._offset - expected
            if ahead > _JUMP_S or ahead < -_BACK_S:
                self._offset = self._timeline.jumped(source - expected)
        if duration > 0:
            self._step = max(1, round(duration * self._time_base * self._rate))
        decoding = round((source - self._offset) * self._rate)
        shift = 0 if pts is None else round((pts - stamp) * self._time_base * self._rate)
        return self._advance(decoding, decoding + shift)

    def _advance(self, dts: int, pts: int) -> tuple[int, int]:
        if self._last is not None and dts <= self._last:
            dts = self._last + 1
        self._last = dts
        return dts, max(pts, dts)
