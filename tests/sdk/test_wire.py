"""The wire protocol: any chunking, any garbage, peers that vanish."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import example, given
from hypothesis import strategies as st

from nvr_sdk import AccessUnit, Event, FieldError, NvrError
from nvr_sdk.wire import (
    MAX_BODY,
    Channel,
    ChannelClosed,
    FrameParser,
    Kind,
    Nothing,
    ProtocolError,
    QuietHandler,
    connect,
    frame,
    pack,
    serve,
    unpack,
)

FRAMES = st.lists(st.tuples(st.sampled_from(list(Kind)), st.binary(max_size=300)), max_size=20)


@given(FRAMES, st.lists(st.integers(1, 50), min_size=1))
def test_frames_survive_any_chunking(frames: list[tuple[Kind, bytes]], sizes: list[int]) -> None:
    data = b"".join(frame(kind, body) for kind, body in frames)
    parser, seen, position, turn = FrameParser(), [], 0, 0
    while position < len(data):
        size = sizes[turn % len(sizes)]
        seen += parser.feed(data[position : position + size])
        position, turn = position + size, turn + 1
    assert seen == frames


@given(st.binary(max_size=2000))
@example(b"\xff\xff\xff\xff\x01")
def test_garbage_gives_frames_or_a_protocol_error(data: bytes) -> None:
    parser = FrameParser(max_body=1000)
    try:
        for _, body in parser.feed(data):
            assert len(body) <= 1000
    except ProtocolError as error:
        assert "over the limit" in str(error)


def test_large_frame_in_small_pieces() -> None:
    data = frame(Kind.ACCESS_UNIT, bytes(3 << 20))
    parser, seen = FrameParser(), []
    for start in range(0, len(data), 65_536):
        seen += parser.feed(data[start : start + 65_536])
    assert seen == [(Kind.ACCESS_UNIT, bytes(3 << 20))]


@given(
    st.builds(
        AccessUnit,
        track=st.sampled_from(["video", "audio"]),
        dts=st.integers(-(2**62), 2**62),
        pts=st.integers(-(2**62), 2**62),
        key=st.booleans(),
        data=st.binary(max_size=200),
        duration=st.integers(0, 2**31),
        corrupt=st.booleans(),
    )
)
def test_messages_come_back_equal(unit: AccessUnit) -> None:
    assert unpack(pack(unit), AccessUnit) == unit


@pytest.mark.parametrize("body", [b"", b"\xc1", pack({"track": "smell"}), pack([1, 2]), b"\x81"])
def test_bad_message_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError, match="bad AccessUnit"):
        unpack(body, AccessUnit)


@dataclass(frozen=True, slots=True)
class Number:
    value: int


class Peer(QuietHandler):
    """Doubles numbers, fails on demand, and keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, bytes]] = []
        self.frames: list[tuple[int, bytes]] = []
        self.closed = 0
        self.channel: Channel | None = None

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        self.channel = channel
        if method == "fail":
            raise NvrError("no_disk", "The disk is full.", (FieldError("path", "x", "y"),))
        if method == "hang":
            await asyncio.Event().wait()
        return Number(unpack(params, Number).value * 2)

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        self.notes.append((method, params))

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        self.frames.append((kind, body))

    def on_closed(self, channel: Channel) -> None:
        self.closed += 1


@pytest_asyncio.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Path, Peer]]:
    peer, path, connections = Peer(), tmp_path / "peer.sock", itertools.count()

    def accept() -> Peer:
        next(connections)
        return peer

    listener = await serve(path, accept)
    yield path, peer
    listener.close()
    accepted = next(connections)
    await until(lambda: peer.closed == accepted)


async def until(condition: object) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_requests_are_answered_side_by_side(served: tuple[Path, Peer]) -> None:
    channel = await connect(served[0])
    calls = [channel.request("double", Number(n), Number) for n in range(50)]
    assert [answer.value for answer in await asyncio.gather(*calls)] == list(range(0, 100, 2))
    channel.close()


async def test_failure_crosses_unchanged(served: tuple[Path, Peer]) -> None:
    channel = await connect(served[0])
    with pytest.raises(NvrError) as caught:
        await channel.request("fail", Nothing(), Nothing)
    assert (caught.value.code, caught.value.message) == ("no_disk", "The disk is full.")
    assert caught.value.fields == (FieldError("path", "x", "y"),)
    channel.close()


async def test_bad_parameters_are_the_callers_failure(served: tuple[Path, Peer]) -> None:
    channel = await connect(served[0])
    with pytest.raises(NvrError) as caught:
        await channel.request("double", Event("1", "t", 0), Number)
    assert caught.value.code == "bad_request"
    assert (await channel.request("double", Number(4), Number)).value == 8
    channel.close()


async def test_timeout_leaves_the_connection_usable(served: tuple[Path, Peer]) -> None:
    channel = await connect(served[0])
    with pytest.raises(NvrError) as caught:
        await channel.request("hang", Nothing(), Nothing, timeout=0.05)
    assert caught.value.code == "timeout"
    assert (await channel.request("double", Number(1), Number)).value == 2
    channel.close()


async def test_notes_and_frames_arrive_in_order(served: tuple[Path, Peer]) -> None:
    path, peer = served
    channel = await connect(path)
    for n in range(100):
        channel.send(Kind.ACCESS_UNIT, b"%d" % n)
    channel.note("done", Number(1))
    await until(lambda: peer.notes)
    assert [body for _, body in peer.frames] == [b"%d" % n for n in range(100)]
    channel.close()
    await until(lambda: peer.closed == 1)


async def test_peer_that_vanishes_fails_what_waits(served: tuple[Path, Peer]) -> None:
    path, peer = served
    channel = await connect(path)
    call = asyncio.create_task(channel.request("hang", Nothing(), Nothing))
    await until(lambda: peer.channel is not None)
    peer.channel.abort()
    with pytest.raises(ChannelClosed):
        await call
    with pytest.raises(ChannelClosed):
        await channel.request("double", Number(1), Number)
    channel.send(Kind.ACCESS_UNIT, b"into the void")


async def test_nobody_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ChannelClosed, match=r"Nobody listens at none\.sock"):
        await connect(tmp_path / "none.sock")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x00\x00\x01\x63x",
        (MAX_BODY + 1).to_bytes(4, "big") + b"\x01",
        frame(Kind.REQUEST, b"\xc1\xc1"),
        frame(Kind.REPLY, b""),
        frame(Kind.NOTE, pack([1, 2])),
    ],
)
async def test_garbage_closes_its_connection_only(
    served: tuple[Path, Peer], garbage: bytes
) -> None:
    path, peer = served
    good = await connect(path)
    bad = socket.socket(socket.AF_UNIX)
    bad.connect(str(path))
    bad.sendall(garbage)
    await until(lambda: peer.closed == 1)
    bad.close()
    assert (await good.request("double", Number(3), Number)).value == 6
    good.close()


async def test_paused_peer_is_seen_by_the_sender(served: tuple[Path, Peer]) -> None:
    path, peer = served
    channel = await connect(path)
    await channel.request("double", Number(1), Number)
    peer.channel.pause_reading()
    for _ in range(50):
        channel.send(Kind.ACCESS_UNIT, bytes(100_000))
    assert channel.buffered > 1 << 20
    drained = asyncio.create_task(channel.drain())
    await asyncio.sleep(0.05)
    assert not drained.done()
    peer.channel.resume_reading()
    await asyncio.wait_for(drained, 5)
    await until(lambda: len(peer.frames) == 50)
    channel.close()


async def test_socket_is_private_and_replaces_a_dead_one(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    peer = Peer()
    listener = await serve(path, lambda: peer)
    assert path.stat().st_mode & 0o777 == 0o600
    (await connect(path)).close()
    await until(lambda: peer.closed == 1)
    listener.close()
