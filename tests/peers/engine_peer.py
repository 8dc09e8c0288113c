"""Speaks the engine's side of ``engine.sock``, so that a test decides what the engine says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nvr_core.processes import (
    CAMERA_FORGET,
    CAMERA_RELOAD,
    ENGINE_STATUS,
    LIVE_HELLO,
    LIVE_SUBSCRIBE,
    NOTICES_SUBSCRIBE,
    CameraRef,
    EngineStatus,
    LiveHello,
    RecoveryReport,
    StorageStatus,
    StreamRef,
    StreamStatus,
)
from nvr_sdk.errors import NvrError
from nvr_sdk.wire import Channel, Kind, Nothing, QuietHandler, serve, unpack

T = TypeVar("T")


class EnginePeer:
    """Listens in a thread of its own; every method may be called from the test's thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.orders: list[tuple[str, str]] = []
        self.viewers: list[tuple[StreamRef, Channel]] = []
        self.refusals: dict[str, NvrError] = {}
        self.hello = LiveHello('video/mp4; codecs="avc1.64001f"', b"INIT", 640, 360, 1_000_000)
        self.streams: tuple[StreamStatus, ...] = ()
        self.storages = (StorageStatus(1, "/rec", "ok", "", 100, 50, 10),)
        self._listeners: list[Channel] = []
        self._channels: set[Channel] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listening = threading.Event()
        self._stop = asyncio.Event()

    def __enter__(self) -> EnginePeer:
        self._thread.start()
        assert self._listening.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)
        self._loop.close()

    def notify(self, method: str, params: object) -> None:
        """Send a note to everybody who subscribed to notices."""
        self._call(lambda: [channel.note(method, params) for channel in self._listeners])

    def fragment(self, data: bytes, *, key: bool) -> None:
        """Send a fragment to every live subscriber."""
        body = bytes([1 if key else 0]) + data
        self._call(lambda: [channel.send(Kind.FRAGMENT, body) for _, channel in self.viewers])

    def begin_anew(self, hello: LiveHello) -> None:
        """Change the stream under the subscribers."""
        self.hello = hello
        self._call(lambda: [channel.note(LIVE_HELLO, hello) for _, channel in self.viewers])

    def drop_viewers(self) -> None:
        """Close the live connections, as a killed engine would."""
        self._call(lambda: [channel.abort() for _, channel in self.viewers])

    def _call(self, work: Callable[[], T]) -> T:
        async def run() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(5)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        server = await serve(self.path, lambda: _Connection(self))
        self._listening.set()
        await self._stop.wait()
        server.close()
        for channel in tuple(self._channels):
            channel.abort()
        await asyncio.sleep(0.05)

    async def answer(self, channel: Channel, method: str, params: bytes) -> object:
        """Answer a request of the API."""
        self._channels.add(channel)
        if method in self.refusals:
            raise self.refusals[method]
        if method == ENGINE_STATUS:
            return EngineStatus(self.streams, self.storages, RecoveryReport(1, 2, 3, 4, 5), 9, 1.5)
        if method == NOTICES_SUBSCRIBE:
            self._listeners.append(channel)
        elif method in (CAMERA_RELOAD, CAMERA_FORGET):
            self.orders.append((method, unpack(params, CameraRef).camera_id))
        elif method == LIVE_SUBSCRIBE:
            self.viewers.append((unpack(params, StreamRef), channel))
            self._loop.call_soon(channel.note, LIVE_HELLO, self.hello)
        else:
            raise NvrError("unknown_method", method)
        return Nothing()

    def gone(self, channel: Channel) -> None:
        """Forget a connection."""
        self._channels.discard(channel)
        self.viewers = [pair for pair in self.viewers if pair[1] is not channel]
        self._listeners = [listener for listener in self._listeners if listener is not channel]


class _Connection(QuietHandler):
    def __init__(self, peer: EnginePeer) -> None:
        self._peer = peer

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        return await self._peer.answer(channel, method, params)

    def on_closed(self, channel: Channel) -> None:
        self._peer.gone(channel)
