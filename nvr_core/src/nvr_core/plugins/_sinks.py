"""Events on their way to the plugins that bring event sinks."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from nvr_core.plugins._managed import ManagedPlugin
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import Event
from nvr_sdk.rpc import EVENT_HANDLE
from nvr_sdk.wire import Nothing

LIMIT = 1000
"""Events that wait for one plugin; past that the oldest is dropped."""

_RETRY_S = 1.0

_log = logging.getLogger(__name__)


class SinkQueue:
    """Hands events to one plugin, in order; the plugin's worker knows which topics it wants."""

    def __init__(self, plugin: ManagedPlugin) -> None:
        self._plugin = plugin
        self._waiting: deque[Event] = deque(maxlen=LIMIT)
        self._ready = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"events for {plugin.id}")

    async def stop(self) -> None:
        """Hand over nothing more."""
        self._task.cancel()
        await asyncio.wait({self._task})

    def put(self, event: Event) -> None:
        """Queue an event; never waits. Nothing is kept for a plugin that is not to run."""
        if self._plugin.wanted:
            self._waiting.append(event)
            self._ready.set()

    async def _run(self) -> None:
        while True:
            await self._ready.wait()
            if not self._waiting:
                self._ready.clear()
                continue
            event = self._waiting[0]
            try:
                await self._plugin.request(EVENT_HANDLE, event, Nothing, 10.0)
            except NvrError as error:
                if error.code == "plugin_disabled":
                    self._waiting.clear()
                elif error.code == "unavailable":
                    await asyncio.sleep(_RETRY_S)
                    continue
                else:
                    _log.warning("%s did not take an event: %s", self._plugin.id, error.message)
            # The queue may have dropped this event from its full end meanwhile.
            if self._waiting and self._waiting[0] is event:
                self._waiting.popleft()
