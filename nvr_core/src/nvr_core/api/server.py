"""The HTTP server of the API process, and how it ends."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
KILLED_AFTER_S = 10
"""Seconds after the first signal in which it has to have ended."""


class Server(uvicorn.Server):
    """Ends in good order on SIGTERM and SIGINT, with exit status 0.

    uvicorn's own way raises the signal again afterwards, so that every end looks like a kill.
    """

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take the signals from now on."""
        for number in _SIGNALS:
            signal.signal(number, self._stop)
        yield

    def _stop(self, *_: object) -> None:
        self.should_exit = True
        # One that is stuck in a request would outlive a supervisor that was killed.
        signal.alarm(KILLED_AFTER_S)
