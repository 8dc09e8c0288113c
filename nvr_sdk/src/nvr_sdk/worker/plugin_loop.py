"""The event loop on which a plugin's coroutines run, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_PULSE_S = 0.5


class PluginLoop:
    """Runs coroutines for the RPC loop, and tells for how long the plugin has blocked it.

    Made and used on the RPC loop. A plugin that blocks its loop (or hangs while it is imported)
    holds up its own calls only.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="plugin loop", daemon=True)
        self._asked_at: float | None = None
        self._pulse: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start the thread and begin to watch it."""
        self._thread.start()
        self._beat()

    @property
    def silent_s(self) -> float:
        """Seconds for which the plugin's loop has not answered; near 0 when all is well."""
        asked_at = self._asked_at
        return 0.0 if asked_at is None else self._clock() - asked_at

    async def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the plugin's loop; cancelling the call cancels the coroutine."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def post(self, function: Callable[[], object]) -> None:
        """Run a function on the plugin's loop soon; callers see to it that posts do not pile up."""
        self._loop.call_soon_threadsafe(function)

    def stop(self) -> None:
        """End the loop; its thread is a daemon and is not waited for."""
        if self._pulse is not None:
            self._pulse.cancel()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _beat(self) -> None:
        # Never more than one question under way, however long the plugin blocks.
        if self._asked_at is None:
            self._asked_at = self._clock()
            self.post(self._answered)
        self._pulse = asyncio.get_running_loop().call_later(_PULSE_S, self._beat)

    def _answered(self) -> None:
        self._asked_at = None
