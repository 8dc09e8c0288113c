"""How far apart the pictures of a stream usually are."""

from __future__ import annotations

from collections import deque

from nvr_core.media.timeline import TICKS

_MEMORY = 32


class Cadence:
    """Remembers the last steps between pictures, so that a hole is told from a slow frame rate."""

    def __init__(self, fps: float | None = None) -> None:
        self._steps: deque[int] = deque(maxlen=_MEMORY)
        self._usual = TICKS // 25
        if fps:
            self.add(round(TICKS / fps))

    @property
    def usual(self) -> int:
        """The longest step of late: cameras that vary their frame rate do so on purpose."""
        return self._usual

    @property
    def longest(self) -> int:
        """The longest step that is no surprise: 2 s while nothing is known."""
        return self._usual if self._steps else 2 * TICKS

    def add(self, step: int) -> None:
        """Take note of a step, in 90 kHz ticks."""
        self._steps.append(step)
        self._usual = max(self._steps)
