"""The one protocol that nvr's processes speak with each other, over local stream sockets.

A frame is ``u32 length (big-endian) · u8 kind · body``; bodies are MessagePack. Requests and notes
name a method; access units, stream descriptions and live fragments travel as kinds of their own,
so that the hot path decodes nothing but itself. Peers are processes of the same user on the same
machine; sockets lie in a directory of mode 0700.
"""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Protocol, TypeVar, cast

import msgspec

from nvr_sdk.errors import FieldError, NvrError

T = TypeVar("T")

MAX_BODY = 64 << 20
"""Largest body in bytes; a peer that announces more is cut off (an access unit is under 8 MiB)."""

_HEADER = struct.Struct(">IB")
_encoder = msgspec.msgpack.Encoder()


class Kind(IntEnum):
    """What a frame holds."""

    REQUEST = 1
    REPLY = 2
    FAILURE = 3
    NOTE = 4
    STREAM_INFO = 5
    ACCESS_UNIT = 6
    FRAGMENT = 7


class ProtocolError(Exception):
    """The peer broke the protocol; the connection is closed."""


class ChannelClosed(NvrError):
    """The peer went away before it answered."""

    def __init__(self, message: str = "The process at the other end went away.") -> None:
        super().__init__("unavailable", message)


class _Request(msgspec.Struct, array_like=True, frozen=True):
    id: int
    method: str
    params: msgspec.Raw


class _Reply(msgspec.Struct, array_like=True, frozen=True):
    id: int
    result: msgspec.Raw


class _Failure(msgspec.Struct, array_like=True, frozen=True):
    id: int
    code: str
    message: str
    fields: tuple[FieldError, ...] = ()


class _Note(msgspec.Struct, array_like=True, frozen=True):
    method: str
    params: msgspec.Raw


_decode_request = msgspec.msgpack.Decoder(_Request).decode
_decode_reply = msgspec.msgpack.Decoder(_Reply).decode
_decode_failure = msgspec.msgpack.Decoder(_Failure).decode
_decode_note = msgspec.msgpack.Decoder(_Note).decode


def pack(value: object) -> bytes:
    """Encode a message (dataclass, mapping, sequence or plain value) as MessagePack."""
    return _encoder.encode(value)


def unpack(body: bytes | memoryview, kind: type[T]) -> T:
    """Decode a message and check it against its type; raises `ProtocolError` with the reason."""
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise ProtocolError(f"bad {kind.__name__}: {error}") from error


def frame(kind: Kind, body: bytes) -> bytes:
    """Put the header before a body."""
    return _HEADER.pack(len(body), kind) + body


class FrameParser:
    """Cuts a byte stream into frames. Bodies are copied out, so they may be kept."""

    def __init__(self, max_body: int = MAX_BODY) -> None:
        self._rest = b""
        self._max_body = max_body

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Take the next bytes and return the frames completed by them, as (kind, body)."""
        data = self._rest + data if self._rest else data
        frames: list[tuple[int, bytes]] = []
        position, size = 0, len(data)
        while size - position >= _HEADER.size:
            length, kind = _HEADER.unpack_from(data, position)
            if length > self._max_body:
                raise ProtocolError(f"frame of {length} bytes is over the limit")
            start = position + _HEADER.size
            if start + length > size:
                break
            frames.append((kind, data[start : start + length]))
            position = start + length
        self._rest = data[position:]
        return frames


class Handler(Protocol):
    """What a `Channel` tells its owner. All methods run on the event loop."""

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        """Answer a request; the result is packed. An `NvrError` becomes the peer's failure."""
        ...

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        """Take a frame of the hot path (STREAM_INFO, ACCESS_UNIT, FRAGMENT)."""
        ...

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        """Take a note."""
        ...

    def on_closed(self, channel: Channel) -> None:
        """The connection is gone; called exactly once."""
        ...


@dataclass(frozen=True, slots=True)
class Nothing:
    """Empty parameters or an empty result."""


class QuietHandler:
    """A `Handler` that refuses requests and ignores the rest: for pure clients."""

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        """Refuse."""
        raise NvrError("unknown_method", f"No method {method!r} here.")

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        """Ignore."""

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        """Ignore."""

    def on_closed(self, channel: Channel) -> None:
        """Ignore."""


class Channel(asyncio.Protocol):
    """One connection. Make it with `connect` or `serve`."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._parser = FrameParser()
        self._transport: asyncio.Transport | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._resume = asyncio.Event()
        self._resume.set()

    @property
    def closed(self) -> bool:
        """True once the connection is gone."""
        return self._transport is None or self._transport.is_closing()

    @property
    def buffered(self) -> int:
        """Bytes accepted by `send` that the kernel has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def send(self, kind: Kind, body: bytes) -> None:
        """Queue a frame without waiting; silently nothing once closed. Watch `buffered`."""
        if not self.closed:
            cast(asyncio.Transport, self._transport).writelines(
                (_HEADER.pack(len(body), kind), body)
            )

    async def drain(self) -> None:
        """Wait until the peer has taken most of what was sent."""
        await self._resume.wait()

    def note(self, method: str, params: object = Nothing()) -> None:
        """Send a message that is not answered."""
        self.send(Kind.NOTE, pack(_Note(method, msgspec.Raw(pack(params)))))

    async def request(
        self,
        method: str,
        params: object,
        result: type[T],
        timeout: float = 10.0,
    ) -> T:
        """Call a method of the peer and wait for its result.

        Raises the peer's `NvrError`, `ChannelClosed`, or `NvrError("timeout")` after ``timeout`` s.
        """
        if self.closed:
            raise ChannelClosed
        number = next(self._ids)
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting[number] = future
        self.send(Kind.REQUEST, pack(_Request(number, method, msgspec.Raw(pack(params)))))
        try:
            async with asyncio.timeout(timeout):
                return unpack(await future, result)
        except TimeoutError:
            raise NvrError("timeout", f"No answer to {method} within {timeout:g} s.") from None
        finally:
            self._waiting.pop(number, None)

    def pause_reading(self) -> None:
        """Take nothing more from the peer for now; its own bounds then hold it back."""
        if not self.closed:
            cast(asyncio.Transport, self._transport).pause_reading()

    def resume_reading(self) -> None:
        """Go on reading after `pause_reading`."""
        if not self.closed:
            cast(asyncio.Transport, self._transport).resume_reading()

    def close(self) -> None:
        """Close after what is queued has been sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once and drop what is queued."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport (asyncio calls this)."""
        self._transport = cast(asyncio.Transport, transport)

    def pause_writing(self) -> None:
        """Note that the peer is slow (asyncio calls this)."""
        self._resume.clear()

    def resume_writing(self) -> None:
        """Note that the peer caught up (asyncio calls this)."""
        self._resume.set()

    def data_received(self, data: bytes) -> None:
        """Dispatch what arrived (asyncio calls this)."""
        try:
            for kind, body in self._parser.feed(data):
                self._dispatch(kind, body)
        except (ProtocolError, msgspec.MsgspecError):
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what waits and tell the owner (asyncio calls this)."""
        self._transport = None
        self._resume.set()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ChannelClosed())
                future.exception()
        for task in self._tasks:
            task.cancel()
        self._handler.on_closed(self)

    def _dispatch(self, kind: int, body: bytes) -> None:
        if kind in (Kind.ACCESS_UNIT, Kind.FRAGMENT, Kind.STREAM_INFO):
            self._handler.on_frame(self, kind, body)
        elif kind == Kind.NOTE:
            note = _decode_note(body)
            self._handler.on_note(self, note.method, bytes(note.params))
        elif kind == Kind.REQUEST:
            task = self._loop.create_task(self._answer(_decode_request(body)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif kind == Kind.REPLY:
            reply = _decode_reply(body)
            self._settle(reply.id, bytes(reply.result))
        elif kind == Kind.FAILURE:
            failure = _decode_failure(body)
            self._settle(failure.id, NvrError(failure.code, failure.message, failure.fields))
        else:
            raise ProtocolError(f"unknown kind {kind}")

    def _settle(self, number: int, outcome: bytes | NvrError) -> None:
        future = self._waiting.get(number)
        if future is None or future.done():
            return
        if isinstance(outcome, NvrError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    async def _answer(self, request: _Request) -> None:
        try:
            result = await self._handler.on_request(self, request.method, bytes(request.params))
        except NvrError as error:
            failure = _Failure(request.id, error.code, error.message, error.fields)
            self.send(Kind.FAILURE, pack(failure))
        except ProtocolError as error:
            self.send(Kind.FAILURE, pack(_Failure(request.id, "bad_request", str(error))))
        except Exception as error:
            message = f"{type(error).__name__} in {request.method}"
            self.send(Kind.FAILURE, pack(_Failure(request.id, "internal", message)))
            raise
        else:
            self.send(Kind.REPLY, pack(_Reply(request.id, msgspec.Raw(pack(result)))))


async def connect(path: Path, handler: Handler | None = None) -> Channel:
    """Connect to a process's socket; raises `ChannelClosed` when nobody listens."""
    loop = asyncio.get_running_loop()
    try:
        _, channel = await loop.create_unix_connection(
            lambda: Channel(handler or QuietHandler()), str(path)
        )
    except OSError as error:
        raise ChannelClosed(f"Nobody listens at {path.name}.") from error
    return channel


async def serve(path: Path, make_handler: Callable[[], Handler]) -> asyncio.AbstractServer:
    """Listen on a socket; a file left by a dead process is replaced. One handler a connection."""
    path.unlink(missing_ok=True)
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: Channel(make_handler()), str(path))
    path.chmod(0o600)
    return server
