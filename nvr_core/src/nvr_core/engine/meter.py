"""Counts what arrives: frames per second and bit rate over the last seconds."""

from __future__ import annotations

from collections import deque

_WINDOW_S = 5.0


class Meter:
    """Two counters on the hot path; the rates are worked out when somebody looks."""

    def __init__(self) -> None:
        self.frames = 0
        self.bytes = 0
        self._marks: deque[tuple[float, int, int]] = deque()

    def mark(self, now: float) -> None:
        """Remember the counters; to be called about once a second. ``now`` is monotonic, s."""
        self._marks.append((now, self.frames, self.bytes))
        while len(self._marks) > 2 and self._marks[1][0] <= now - _WINDOW_S:
            self._marks.popleft()

    def rates(self) -> tuple[float, int]:
        """Give frames per second and bits per second between the oldest and newest mark."""
        if len(self._marks) < 2:
            return 0.0, 0
        (then, frames, size), (now, frames_now, size_now) = self._marks[0], self._marks[-1]
        elapsed = max(now - then, 1e-3)
        return round((frames_now - frames) / elapsed, 2), int((size_now - size) * 8 / elapsed)
