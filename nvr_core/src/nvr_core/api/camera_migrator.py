"""Brings cameras to the configuration layout of their plugin's present version."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from nvr_core.cameras.rtsp_address import PLUGIN as CORE
from nvr_core.cameras.service import Cameras
from nvr_core.events import topics
from nvr_core.events.bus import EventBus
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import Event

_log = logging.getLogger("nvr.cameras")


class CameraMigrator:
    """Looks at a plugin's cameras whenever the plugin begins to run: only then can it be asked."""

    def __init__(self, cameras: Cameras) -> None:
        self._cameras = cameras
        self._running: asyncio.Queue[str] = asyncio.Queue()

    def watch(self, bus: EventBus) -> Callable[[], None]:
        """Listen for plugins that begin to run; gives the undo."""
        return bus.subscribe(self._on_event)

    async def run(self) -> None:
        """Migrate what is older, the core's own cameras first, until cancelled."""
        plugin = CORE
        while True:
            try:
                await self._cameras.migrate(plugin)
            except NvrError as error:
                _log.warning("cameras of %s not migrated: %s", plugin, error.message)
            plugin = await self._running.get()

    def _on_event(self, event: Event) -> None:
        if event.topic == topics.PLUGIN_STATE and event.data["state"] == "running":
            self._running.put_nowait(str(event.data["plugin_id"]))
