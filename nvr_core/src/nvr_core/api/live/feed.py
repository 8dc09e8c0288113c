"""One live stream as the engine sends it, shared by all who watch it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nvr_core.processes import LIVE_HELLO, LIVE_SUBSCRIBE, LiveHello, StreamRef
from nvr_sdk.errors import NvrError
from nvr_sdk.wire import Channel, Kind, Nothing, QuietHandler, connect, unpack

LINGER_S = 5.0
"""How long a stream is kept after its last viewer left: a reload does not begin anew."""
_RETRY_S = 0.5
_GIVE_UP_S = 15.0
_GOP_LIMIT = 32 << 20
_KEY = 1


@dataclass(frozen=True, slots=True)
class Fragment:
    """A moof and mdat of one or more samples."""

    key: bool
    data: bytes


class Viewer(Protocol):
    """Somebody who watches; called on the event loop, must not block."""

    def on_hello(self, hello: LiveHello) -> None:
        """A stream begins, or begins anew: what follows belongs to this init segment."""
        ...

    def on_fragment(self, fragment: Fragment) -> None:
        """The next fragment."""
        ...

    def on_failed(self, error: NvrError) -> None:
        """The stream cannot be had; nothing follows."""
        ...


class Feed(QuietHandler):
    """A subscription at the engine. Ends by itself some seconds after the last viewer left."""

    def __init__(
        self,
        engine: Path,
        ref: StreamRef,
        on_end: Callable[[Feed], None],
        linger_s: float = LINGER_S,
    ) -> None:
        self._engine = engine
        self._ref = ref
        self._on_end = on_end
        self._linger_s = linger_s
        self._viewers: list[Viewer] = []
        self._hello: LiveHello | None = None
        self._gop: list[bytes] = []
        self._gop_bytes = 0
        self._closed = asyncio.Event()
        self._left: asyncio.TimerHandle | None = None
        self._task = asyncio.create_task(self._run())

    def join(self, viewer: Viewer) -> None:
        """Add a viewer: it gets the hello and the GOP so far at once, if there is any."""
        if self._left is not None:
            self._left.cancel()
            self._left = None
        self._viewers.append(viewer)
        if self._hello is not None:
            viewer.on_hello(self._hello)
            if self._gop:
                viewer.on_fragment(Fragment(True, b"".join(self._gop)))

    def leave(self, viewer: Viewer) -> None:
        """Remove a viewer; one that is not there any more is nothing to complain about."""
        if viewer in self._viewers:
            self._viewers.remove(viewer)
        if not self._viewers and self._left is None:
            loop = asyncio.get_running_loop()
            self._left = loop.call_later(self._linger_s, self._expire)

    def _expire(self) -> None:
        # Out of the hub first: nobody may join a feed that is ending.
        self._on_end(self)
        self._task.cancel()

    def fail(self, error: NvrError) -> None:
        """End for a reason that the viewers are told."""
        self._on_end(self)
        self._task.cancel()
        self._dismiss(error)

    async def close(self) -> None:
        """End at once."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        """Take a hello (the wire calls this)."""
        if method == LIVE_HELLO:
            self._hello = unpack(params, LiveHello)
            self._drop_gop()
            for viewer in tuple(self._viewers):
                viewer.on_hello(self._hello)

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        """Take a fragment (the wire calls this)."""
        if kind != Kind.FRAGMENT or not body or self._hello is None:
            return
        fragment = Fragment(bool(body[0] & _KEY), body[1:])
        if fragment.key or self._gop_bytes > _GOP_LIMIT:
            self._drop_gop()
        if fragment.key or self._gop:
            self._gop.append(fragment.data)
            self._gop_bytes += len(fragment.data)
        for viewer in tuple(self._viewers):
            viewer.on_fragment(fragment)

    def on_closed(self, channel: Channel) -> None:
        """Wake the task that connects again (the wire calls this)."""
        self._closed.set()

    async def _run(self) -> None:
        try:
            await self._stay_subscribed()
        except NvrError as error:
            self._dismiss(error)
        finally:
            if self._left is not None:
                self._left.cancel()
            self._on_end(self)

    def _dismiss(self, error: NvrError) -> None:
        for viewer in tuple(self._viewers):
            viewer.on_failed(error)
        self._viewers.clear()

    async def _stay_subscribed(self) -> None:
        """Subscribe until the engine has refused for 15 s, or at once if it was never there."""
        loop = asyncio.get_running_loop()
        failing_since: float | None = None
        while True:
            try:
                await self._subscribe()
                failing_since = None
            except NvrError as error:
                now = loop.time()
                failing_since = now if failing_since is None else failing_since
                engine_away = error.code == "unavailable"
                never_seen = self._hello is None and not engine_away
                if never_seen or now - failing_since > _GIVE_UP_S:
                    raise
            await asyncio.sleep(_RETRY_S)

    async def _subscribe(self) -> None:
        self._closed.clear()
        channel = await connect(self._engine, self)
        try:
            await channel.request(LIVE_SUBSCRIBE, self._ref, Nothing)
            await self._closed.wait()
        finally:
            self._drop_gop()
            channel.close()

    def _drop_gop(self) -> None:
        self._gop.clear()
        self._gop_bytes = 0
