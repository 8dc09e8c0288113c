"""One TCP connection to a camera: bytes in, requests out, answers matched to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from nvr_core.rtsp.failures import protocol_error, unreachable
from nvr_core.rtsp.messages import Message, write_answer, write_request
from nvr_core.rtsp.rtp import Demuxer
from nvr_sdk.errors import NvrError

_MAX_UNSENT = 64 * 1024
_CLOSING_S = 2.0
_HARMLESS = ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER")
_ENDING = {
    "ANNOUNCE": "The camera changed its stream description.",
    "REDIRECT": "The camera asks to be dialled anew.",
    "TEARDOWN": "The camera ended the session.",
}


class Connection(asyncio.BufferedProtocol):
    """Receives straight into the demuxer's buffer: one large read per wake-up.

    ``lost`` gets the error with which the connection ended, whatever ended it; errors of takers
    and sinks end it too.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._count = 0
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.demuxer = Demuxer(self._on_message)
        self.arrived = clock()
        """When the latest bytes came, by the clock given."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by asyncio)."""
        # uvloop's transports are none by inheritance.
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Say where to receive to (called by asyncio)."""
        return self.demuxer.space()

    def buffer_updated(self, nbytes: int) -> None:
        """Deal with what was received (called by asyncio)."""
        if self.lost.done():
            return
        self.arrived = self._clock()
        try:
            self.demuxer.received(nbytes)
        except Exception as error:  # noqa: BLE001 - not swallowed: `lost` raises it in the reader
            self.fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits (called by asyncio)."""
        detail = f" ({exc})" if exc else ""
        self.fail(unreachable(f"The camera closed the connection{detail}."))

    def send(
        self, method: str, uri: str, headers: Sequence[tuple[str, str]]
    ) -> asyncio.Future[Message]:
        """Send a request; the future gets the answer, or the error that ended the connection."""
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        if self.lost.done() or self._transport is None:
            answer.set_exception(unreachable("The connection to the camera is closed."))
            answer.exception()  # asked for: nobody waits for the answer to TEARDOWN
            return answer
        self._count += 1
        number = self._count
        request = write_request(method, uri, [("CSeq", str(number)), *headers])
        self._waiting[number] = answer
        answer.add_done_callback(lambda _: self._waiting.pop(number, None))
        self._transport.write(request)
        return answer

    def fail(self, error: Exception) -> None:
        """End the connection at once with this error; the first one counts."""
        if self.lost.done():
            return
        self.lost.set_exception(error)
        self.lost.exception()  # asked for: the reader may have gone before
        for answer in list(self._waiting.values()):
            if not answer.done():
                answer.set_exception(error)
                answer.exception()
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close once what was sent has gone out, at the latest after two seconds."""
        if not self.lost.done():
            self.lost.set_exception(unreachable("The reader was stopped."))
            self.lost.exception()
        if self._transport is not None:
            self._transport.close()
            asyncio.get_running_loop().call_later(_CLOSING_S, self._transport.abort)

    def _on_message(self, message: Message) -> None:
        if message.method:
            self._on_request(message)
            return
        waiting = self._waiting.get(message.cseq)
        if waiting is None and message.cseq < 0 and self._waiting:
            waiting = self._waiting[min(self._waiting)]
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def _on_request(self, message: Message) -> None:
        assert self._transport is not None
        known = message.method in _HARMLESS or message.method in _ENDING
        status = "200 OK" if known else "501 Not Implemented"
        self._transport.write(write_answer(str(max(message.cseq, 0)), status))
        if self._transport.get_write_buffer_size() > _MAX_UNSENT:
            raise protocol_error("it asks without reading the answers")
        if message.method in _ENDING:
            raise NvrError("unreachable", _ENDING[message.method])
