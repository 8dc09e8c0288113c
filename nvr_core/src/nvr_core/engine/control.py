"""The engine's socket: what the API asks and subscribes to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from nvr_core.processes import (
    CAMERA_FORGET,
    CAMERA_RELOAD,
    ENGINE_STATUS,
    KEY_GET,
    LIVE_SUBSCRIBE,
    NOTICES_SUBSCRIBE,
    RECORDERS_SET,
    CameraRef,
    EngineStatus,
    KeyPicture,
    RecorderTargets,
    StreamRef,
)
from nvr_sdk.errors import NvrError
from nvr_sdk.wire import Channel, Nothing, QuietHandler, unpack


class ControlledEngine(Protocol):
    """What the socket needs of the engine."""

    def status(self) -> EngineStatus:
        """Tell the state of everything."""
        ...

    async def reload(self, camera_id: str) -> None:
        """Read a camera anew."""
        ...

    async def forget(self, camera_id: str) -> None:
        """Stop a camera and close its files."""
        ...

    def subscribe_live(self, ref: StreamRef, channel: Channel) -> None:
        """Send live video."""
        ...

    def key_picture(self, ref: StreamRef) -> KeyPicture:
        """Give the newest key unit."""
        ...

    def subscribe_notices(self, channel: Channel) -> None:
        """Send notices."""
        ...

    async def set_recorders(self, targets: RecorderTargets) -> None:
        """Send recorded streams to these plugins."""
        ...

    def forget_channel(self, channel: Channel) -> None:
        """A connection is gone."""
        ...


class ControlHandler(QuietHandler):
    """Answers one connection."""

    def __init__(self, engine: ControlledEngine) -> None:
        self._engine = engine
        self._methods: dict[str, Callable[[Channel, bytes], Awaitable[object]]] = {
            ENGINE_STATUS: self._status,
            CAMERA_RELOAD: self._reload,
            CAMERA_FORGET: self._forget,
            LIVE_SUBSCRIBE: self._live,
            KEY_GET: self._key,
            NOTICES_SUBSCRIBE: self._notices,
            RECORDERS_SET: self._recorders,
        }

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        """Answer a request."""
        answer = self._methods.get(method)
        if answer is None:
            raise NvrError("unknown_method", f"The engine has no method {method!r}.")
        return await answer(channel, params)

    def on_closed(self, channel: Channel) -> None:
        """End the connection's subscriptions."""
        self._engine.forget_channel(channel)

    async def _status(self, channel: Channel, params: bytes) -> EngineStatus:
        return self._engine.status()

    async def _reload(self, channel: Channel, params: bytes) -> Nothing:
        await self._engine.reload(unpack(params, CameraRef).camera_id)
        return Nothing()

    async def _forget(self, channel: Channel, params: bytes) -> Nothing:
        await self._engine.forget(unpack(params, CameraRef).camera_id)
        return Nothing()

    async def _live(self, channel: Channel, params: bytes) -> Nothing:
        self._engine.subscribe_live(unpack(params, StreamRef), channel)
        return Nothing()

    async def _key(self, channel: Channel, params: bytes) -> KeyPicture:
        return self._engine.key_picture(unpack(params, StreamRef))

    async def _notices(self, channel: Channel, params: bytes) -> Nothing:
        self._engine.subscribe_notices(channel)
        return Nothing()

    async def _recorders(self, channel: Channel, params: bytes) -> Nothing:
        await self._engine.set_recorders(unpack(params, RecorderTargets))
        return Nothing()
