"""A connection to another process of this server that makes itself again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from nvr_sdk.errors import NvrError
from nvr_sdk.wire import Channel, ChannelClosed, ProtocolError, QuietHandler, connect

T = TypeVar("T")

_RETRY_S = 0.25
_log = logging.getLogger("nvr.api")


class _Notes(QuietHandler):
    def __init__(self, on_note: Callable[[str, bytes], None]) -> None:
        self._on_note = on_note
        self.gone = asyncio.Event()

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        """Pass on."""
        self._on_note(method, params)

    def on_closed(self, channel: Channel) -> None:
        """Wake the owner."""
        self.gone.set()


class PeerLink:
    """Keeps one connection to ``path``; `run` does so until it is cancelled."""

    def __init__(
        self,
        path: Path,
        on_note: Callable[[str, bytes], None],
        on_connected: Callable[[Channel], Awaitable[None]],
    ) -> None:
        self._path = path
        self._on_note = on_note
        self._on_connected = on_connected
        self._channel: Channel | None = None
        self._ready = asyncio.Event()

    @property
    def connected(self) -> bool:
        """True while the peer answers."""
        return self._channel is not None and not self._channel.closed

    async def run(self) -> None:
        """Connect, and connect again whenever the peer went away."""
        while True:
            try:
                await self._stay_connected()
            except (NvrError, ProtocolError) as error:
                if not isinstance(error, ChannelClosed):
                    _log.warning(
                        "peer refused", extra={"peer": self._path.name, "reason": str(error)}
                    )
            await asyncio.sleep(_RETRY_S)

    async def _stay_connected(self) -> None:
        handler = _Notes(self._on_note)
        channel = await connect(self._path, handler)
        try:
            await self._on_connected(channel)
            self._channel = channel
            self._ready.set()
            await handler.gone.wait()
        finally:
            self._ready.clear()
            self._channel = None
            channel.close()

    async def request(
        self, method: str, params: object, result: type[T], timeout: float = 10.0
    ) -> T:
        """Call a method; waits up to 3 s for a peer that is being restarted.

        Raises the peer's `NvrError`, or ``unavailable`` or ``timeout``.
        """
        try:
            async with asyncio.timeout(3):
                await self._ready.wait()
        except TimeoutError:
            raise ChannelClosed(f"The process behind {self._path.name} is not running.") from None
        channel = self._channel
        if channel is None:
            raise ChannelClosed
        return await channel.request(method, params, result, timeout)
