"""The stream server with clocks and sources of the test's own, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from nvr_sdk import AccessUnit, StreamInfo, StreamWriter, VideoTrack, rpc
from nvr_sdk.messages import StreamAddress
from nvr_sdk.testing import OpenedStream
from nvr_sdk.wire import Channel, connect, serve
from nvr_sdk.worker.streams import StreamHandler, StreamServer

INFO = StreamInfo(VideoTrack("h264", 64, 48, (b"\x67",)))


class Source:
    """Delivers one unit each time it is told to."""

    def __init__(self) -> None:
        self.writers: list[StreamWriter] = []
        self.requests: list[rpc.StreamOpen] = []

    def __call__(self, request: rpc.StreamOpen, writer: StreamWriter) -> None:
        self.requests.append(request)
        self.writers.append(writer)
        writer.begin(INFO)
        writer.closed.wait()


class Counted(StreamHandler):
    """Knows whether its connection is gone."""

    gone = False

    def on_closed(self, channel: Channel) -> None:
        super().on_closed(channel)
        self.gone = True


class World:
    """A server on a socket, with a clock that only moves when told to."""

    def __init__(self, path: Path) -> None:
        self.now = 10**18
        self.path = path
        self.source = Source()
        self.server = StreamServer({"av": self.source}, linger_s=0.3, clock=lambda: self.now)
        self.streams: list[OpenedStream] = []
        self.handlers: list[Counted] = []

    def handler(self) -> StreamHandler:
        self.handlers.append(Counted(self.server))
        return self.handlers[-1]

    async def close(self) -> None:
        await self.server.close()
        for stream in self.streams:
            stream.channel.abort()
        async with asyncio.timeout(5):
            while not all(handler.gone for handler in self.handlers):
                await asyncio.sleep(0.005)

    async def open(self, config: dict[str, object] | None = None) -> OpenedStream:
        stream = OpenedStream()
        self.streams.append(stream)
        stream.channel = await connect(self.path, stream)
        address = StreamAddress("rtsp://camera/main")
        request = rpc.StreamOpen("av", "yard", "main", config or {}, address)
        opened = await stream.channel.request(rpc.STREAM_OPEN, request, rpc.StreamOpened)
        stream.resumed = opened.resumed
        return stream


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path / "streams.sock")
    listener = await serve(made.path, made.handler)
    yield made
    listener.close()
    await made.close()


async def test_source_gets_the_whole_request(world: World) -> None:
    stream = await world.open({"a": 1})
    assert await stream.next() == INFO
    (request,) = world.source.requests
    assert request.address == StreamAddress("rtsp://camera/main")
    assert request.config == {"a": 1}


async def test_session_ends_when_nobody_comes_back(world: World) -> None:
    stream = await world.open()
    await stream.next()
    stream.channel.abort()
    (writer,) = world.source.writers
    assert await asyncio.to_thread(writer.closed.wait, 5)
    assert world.server.open_streams("av") == ()


async def test_session_that_delivers_nothing_is_not_resumed(world: World) -> None:
    stream = await world.open()
    await stream.next()
    stream.channel.abort()
    world.now += 6_000_000_000
    again = await world.open()
    assert not again.resumed
    assert len(world.source.requests) == 2
    assert world.source.writers[0].closed.is_set()


async def test_units_that_nobody_took_wait_for_the_next_reader(world: World) -> None:
    stream = await world.open()
    await stream.next()
    stream.channel.abort()
    (writer,) = world.source.writers
    writer.push(AccessUnit("video", 0, 0, True, b"kept"))
    again = await world.open()
    assert again.resumed
    assert isinstance(await again.next(), StreamInfo)
    assert (await again.next()).data == b"kept"


async def test_source_is_told_when_the_server_closes(world: World) -> None:
    stream = await world.open()
    await stream.next()
    await world.server.close()
    async for _ in stream.items():
        pass
    assert stream.ended.code == "stopped"
    assert world.source.writers[0].closed.is_set()


async def test_writer_takes_nothing_after_the_end(world: World) -> None:
    stream = await world.open()
    await stream.next()
    await stream.close()
    (writer,) = world.source.writers
    assert await asyncio.to_thread(writer.closed.wait, 5)
    writer.begin(INFO)
    writer.push(AccessUnit("video", 0, 0, True, b"late"))
