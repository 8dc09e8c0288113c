"""The API's view of the engine: its status, its notices, and orders to it."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from nvr_core.api.peer_link import PeerLink
from nvr_core.processes import (
    CAMERA_FORGET,
    CAMERA_RELOAD,
    ENGINE_STATUS,
    KEY_GET,
    NOTICE_GAP,
    NOTICE_SEGMENT,
    NOTICE_STORAGE,
    NOTICE_STREAM,
    NOTICES_SUBSCRIBE,
    CameraRef,
    EngineStatus,
    GapNotice,
    KeyPicture,
    SegmentNotice,
    StorageStatus,
    StreamRef,
    StreamStatus,
)
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamName
from nvr_sdk.wire import Channel, Nothing, unpack

REFRESH_S = 15.0
"""How often the whole status is asked for; every health is thus checked within 30 s."""

_log = logging.getLogger("nvr.api")


class EngineListener(Protocol):
    """Takes what the engine tells, on the event loop."""

    def on_engine(self, status: EngineStatus) -> None:
        """The whole status."""
        ...

    def on_stream(self, status: StreamStatus) -> None:
        """A stream's health."""
        ...

    def on_segment(self, notice: SegmentNotice) -> None:
        """A segment became durable."""
        ...

    def on_gap(self, notice: GapNotice) -> None:
        """Footage is missing."""
        ...

    def on_storage(self, status: StorageStatus) -> None:
        """A storage location changed its state."""
        ...


class EngineLink:
    """One connection for status, notices and orders."""

    def __init__(self, settings: Settings, listener: EngineListener) -> None:
        self._listener = listener
        self._link = PeerLink(settings.engine_socket, self._on_note, self._on_connected)

    @property
    def connected(self) -> bool:
        """True while the engine answers."""
        return self._link.connected

    async def run(self) -> None:
        """Stay connected and ask for the status every 15 s, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._link.run())
            tasks.create_task(self._refresh())

    async def status(self) -> EngineStatus:
        """Ask the engine how it is."""
        return await self._link.request(ENGINE_STATUS, Nothing(), EngineStatus, timeout=5)

    async def reload_camera(self, camera_id: str) -> None:
        """See `cameras.ports.Engine`."""
        await self._order(CAMERA_RELOAD, camera_id)

    async def forget_camera(self, camera_id: str) -> None:
        """See `cameras.ports.Engine`."""
        await self._order(CAMERA_FORGET, camera_id)

    async def key_picture(self, camera_id: str, stream: StreamName) -> KeyPicture:
        """Give the newest key picture; raises ``no_picture`` or the stream's own error."""
        return await self._link.request(KEY_GET, StreamRef(camera_id, stream), KeyPicture)

    async def _order(self, method: str, camera_id: str) -> None:
        if not self.connected:
            # It reads the cameras from the database when it starts.
            return
        try:
            await self._link.request(method, CameraRef(camera_id), Nothing, timeout=15)
        except NvrError as error:
            if error.code not in ("unavailable", "timeout"):
                raise
            _log.warning(
                "engine did not take an order", extra={"order": method, "reason": error.message}
            )

    async def _on_connected(self, channel: Channel) -> None:
        await channel.request(NOTICES_SUBSCRIBE, Nothing(), Nothing)
        self._listener.on_engine(await channel.request(ENGINE_STATUS, Nothing(), EngineStatus))

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            if not self.connected:
                continue
            try:
                self._listener.on_engine(await self.status())
            except NvrError as error:
                _log.warning("engine gave no status", extra={"reason": error.message})

    def _on_note(self, method: str, params: bytes) -> None:
        if method == NOTICE_STREAM:
            self._listener.on_stream(unpack(params, StreamStatus))
        elif method == NOTICE_SEGMENT:
            self._listener.on_segment(unpack(params, SegmentNotice))
        elif method == NOTICE_GAP:
            self._listener.on_gap(unpack(params, GapNotice))
        elif method == NOTICE_STORAGE:
            self._listener.on_storage(unpack(params, StorageStatus))
