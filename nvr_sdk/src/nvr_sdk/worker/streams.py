"""The stream server: gives pushed streams to the engine, one connection per stream.

Used by every plugin worker, and by the core's own av worker. docs/design/processes.md tells the
protocol: ``stream.open``, then STREAM_INFO and ACCESS_UNIT frames, a note ``stream.ended`` when the
source fails. A reader that closes on purpose says so with a note ``stream.close``; one that merely
goes away (killed) finds its session again within the linger time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamName
from nvr_sdk.rpc import (
    STREAM_CLOSE,
    STREAM_ENDED,
    STREAM_OPEN,
    StreamEnded,
    StreamOpen,
    StreamOpened,
)
from nvr_sdk.wire import Channel, unpack
from nvr_sdk.worker._session import Session
from nvr_sdk.worker._stream_queue import StreamQueue

if TYPE_CHECKING:
    # Importing the components would cost the core's av worker pydantic.
    from nvr_sdk.components import StreamWriter

RunStream: TypeAlias = "Callable[[StreamOpen, StreamWriter], None]"
"""Delivers one stream until ``writer.closed`` is set; runs in a thread of its own.

Returning or raising ends the session. An `NvrError` is told to the engine with its code.
"""

OtherMethods: TypeAlias = Callable[[str, bytes], Awaitable[object]]
"""Answers the methods that are not the stream server's: ``(method, packed params) -> result``."""

_Key: TypeAlias = tuple[str, str, StreamName]

_STALLED_NS = 5_000_000_000
"""A lingering session whose source delivered nothing for so long is replaced, not resumed."""


class StreamServer:
    """Opens, pumps, keeps and ends stream sessions. All methods run on one event loop."""

    def __init__(
        self,
        sources: Mapping[str, RunStream],
        *,
        linger_s: float = 10.0,
        buffer_bytes: int = 8 << 20,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """``sources`` is looked up at each open, so the caller may change it meanwhile."""
        self._sources = sources
        self._linger_s = linger_s
        self._buffer_bytes = buffer_bytes
        self._clock = clock
        self._sessions: dict[_Key, Session] = {}
        self._by_channel: dict[Channel, Session] = {}

    def handler(self, others: OtherMethods | None = None) -> StreamHandler:
        """Make the handler of one connection, for `nvr_sdk.wire.serve`."""
        return StreamHandler(self, others)

    def open(self, channel: Channel, request: StreamOpen) -> StreamOpened:
        """Start a session for this channel, or hand it the lingering one of the same stream.

        Raises `NvrError` ``unknown_source``, or ``bad_request`` for a second open on a channel.
        """
        if channel in self._by_channel:
            raise NvrError("bad_request", "This connection carries a stream already.")
        run = self._sources.get(request.source)
        if run is None:
            raise NvrError("unknown_source", f"No camera source {request.source!r} runs here.")
        session, resumed = self._resume(request), True
        if session is None:
            session, resumed = self._begin(request, run), False
        self._by_channel[channel] = session
        session.attach(channel)
        return StreamOpened(resumed)

    def close_stream(self, channel: Channel) -> None:
        """End the channel's session at once (the reader said ``stream.close``)."""
        session = self._by_channel.pop(channel, None)
        if session is not None:
            session.close()

    def channel_gone(self, channel: Channel) -> None:
        """Keep the channel's session for the linger time; call it from ``on_closed``."""
        session = self._by_channel.pop(channel, None)
        if session is None or session.closed or session.channel is not channel:
            return
        session.detach()
        session.linger = asyncio.get_running_loop().call_later(self._linger_s, session.close)

    def close_source(self, source: str, code: str, message: str) -> None:
        """End all sessions of a source and tell their readers why; they ask again."""
        for session in list(self._sessions.values()):
            if session.request.source == source:
                self._end(session, code, message)

    def open_streams(self, source: str) -> tuple[str, ...]:
        """Name the open sessions of a source as ``camera/stream``."""
        return tuple(s.name for s in self._sessions.values() if s.request.source == source)

    async def close(self, timeout: float = 3.0) -> None:
        """End all sessions and wait for their threads, together at most ``timeout`` seconds."""
        sessions = list(self._sessions.values())
        for session in sessions:
            self._end(session, "stopped", "The process that delivered the stream was stopped.")
        deadline = time.monotonic() + timeout
        for session in sessions:
            await asyncio.to_thread(session.join, max(0.0, deadline - time.monotonic()))

    def _resume(self, request: StreamOpen) -> Session | None:
        session = self._sessions.get(_key(request))
        if session is None:
            return None
        stalled = self._clock() - session.queue.last_push_ns > _STALLED_NS
        changed = (request.config, request.address) != (
            session.request.config,
            session.request.address,
        )
        if stalled or changed:
            self._end(session, "replaced", "The stream was opened anew.")
            return None
        if session.channel is not None:
            # The old reader is dead or about to be; its end of file was only not seen yet.
            self._by_channel.pop(session.channel, None)
            session.channel.abort()
        session.queue.rewind(request.resume_after_ns)
        return session

    def _begin(self, request: StreamOpen, run: RunStream) -> Session:
        queue = StreamQueue(self._buffer_bytes, self._clock)
        session = Session(request, run, queue, self._forget)
        self._sessions[_key(request)] = session
        session.start()
        return session

    def _end(self, session: Session, code: str, message: str) -> None:
        channel = session.channel
        session.close()
        if channel is not None:
            self._by_channel.pop(channel, None)
            channel.note(STREAM_ENDED, StreamEnded(code, message, session.queue.dropped))
            channel.close()

    def _forget(self, session: Session) -> None:
        key = _key(session.request)
        if self._sessions.get(key) is session:
            del self._sessions[key]


class StreamHandler:
    """The `nvr_sdk.wire.Handler` of one connection to a stream server."""

    def __init__(self, server: StreamServer, others: OtherMethods | None = None) -> None:
        self._server = server
        self._others = others

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        """Open a stream; leave other methods to the owner's function."""
        if method == STREAM_OPEN:
            return self._server.open(channel, unpack(params, StreamOpen))
        if self._others is None:
            raise NvrError("unknown_method", f"No method {method!r} here.")
        return await self._others(method, params)

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        """Ignore: streams flow from here, not to here."""

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        """End the stream when the reader says that it closes on purpose."""
        if method == STREAM_CLOSE:
            self._server.close_stream(channel)
            channel.close()

    def on_closed(self, channel: Channel) -> None:
        """Let the session linger."""
        self._server.channel_gone(channel)


def _key(request: StreamOpen) -> _Key:
    return (request.source, request.camera_id, request.stream)
