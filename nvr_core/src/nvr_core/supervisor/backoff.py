"""When an ended process may start again, and when it had better not. Pure; times in seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

DELAYS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
"""Seconds before the first, second … restart in a row."""

STEADY_AFTER = 60.0
"""A process that lived this long starts again as if it had never failed."""

_JITTER = 0.2


class Backoff:
    """Delays of the restarts of one process."""

    def __init__(self, random: Callable[[], float]) -> None:
        """``random`` gives numbers from 0 to 1, for the jitter."""
        self._random = random
        self._failures = 0

    def next_delay(self, lifetime: float) -> float:
        """Seconds to wait after a process that ended ``lifetime`` seconds after its start."""
        if lifetime >= STEADY_AFTER:
            self._failures = 0
        delay = DELAYS[min(self._failures, len(DELAYS) - 1)]
        self._failures += 1
        return delay * (1 - _JITTER + 2 * _JITTER * self._random())

    def reset(self) -> None:
        """Forget the failures."""
        self._failures = 0


class CrashCounter:
    """Tells when a process crashed too often to be worth another start."""

    def __init__(self, limit: int = 5, window: float = 600.0) -> None:
        self._limit = limit
        self._window = window
        self._crashes: deque[float] = deque(maxlen=limit)

    def crashed(self, now: float) -> bool:
        """Count a crash; True when it is the ``limit``-th within ``window`` seconds."""
        self._crashes.append(now)
        return len(self._crashes) == self._limit and now - self._crashes[0] <= self._window

    def reset(self) -> None:
        """Forget the crashes."""
        self._crashes.clear()
