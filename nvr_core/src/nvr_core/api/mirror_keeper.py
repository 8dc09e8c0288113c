"""Keeps ``config.yaml`` up to date."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from nvr_core.cameras.mirror import write_mirror
from nvr_core.db.engine import Database
from nvr_core.events import topics
from nvr_core.events.bus import EventBus
from nvr_core.settings import Settings
from nvr_sdk.messages import Event

LOOK_EVERY_S = 20.0
"""Changes that no event tells of (a plugin's form) are found by looking."""
_log = logging.getLogger("nvr.api")


class MirrorKeeper:
    """Writes the mirror after each change; a failure is logged and tried again."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._path = settings.config_mirror
        self._changed = asyncio.Event()

    def watch(self, bus: EventBus) -> Callable[[], None]:
        """Listen for changes; gives the undo."""
        return bus.subscribe(self._on_event)

    async def run(self) -> None:
        """Write whenever there is a reason to, until cancelled."""
        while True:
            self._changed.clear()
            try:
                await asyncio.to_thread(write_mirror, self._database, self._path)
            except OSError as error:
                _log.error("config.yaml not written", extra={"reason": error.strerror})
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _on_event(self, event: Event) -> None:
        if event.topic in (topics.CAMERA_CHANGED, topics.PLUGIN_STATE):
            self._changed.set()
