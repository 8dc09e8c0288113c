"""A viewer on a web socket: a bounded queue that drops to the next key frame when it is full."""

from __future__ import annotations

import asyncio
from collections import deque

import orjson

from nvr_core.api.live.feed import Fragment
from nvr_core.api.times import format_time
from nvr_core.processes import LiveHello
from nvr_sdk.errors import NvrError

MAX_WAITING = 8 << 20
"""Bytes that may wait for a slow viewer."""


class SocketViewer:
    """Turns what a feed gives into frames of a web socket: str is text, bytes are binary."""

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._max_waiting = max_waiting
        self._queue: deque[str | bytes] = deque()
        self._waiting = 0
        self._skip_to_key = True
        self._failed: NvrError | None = None
        self._news = asyncio.Event()
        self.dropped = 0
        """Fragments this viewer was too slow for."""

    def on_hello(self, hello: LiveHello) -> None:
        """Queue the hello and the init segment; what waits belongs to the old stream."""
        self._clear()
        text = orjson.dumps(
            {
                "type": "hello",
                "mime": hello.mime,
                "width": hello.width,
                "height": hello.height,
                "t0": format_time(hello.t0_us),
            }
        )
        self._put(text.decode())
        self._put(hello.init)

    def on_fragment(self, fragment: Fragment) -> None:
        """Queue a fragment, or drop it and all up to the next key frame."""
        if self._skip_to_key and not fragment.key:
            self.dropped += 1
            return
        if self._waiting + len(fragment.data) > self._max_waiting and self._waiting:
            self._skip_to_key = True
            self.dropped += 1
            return
        self._skip_to_key = False
        self._put(fragment.data)

    def on_failed(self, error: NvrError) -> None:
        """Let `next` raise."""
        self._failed = error
        self._news.set()

    async def next(self) -> str | bytes:
        """Wait for the next frame to be sent; raises the stream's `NvrError` when it has ended."""
        while not self._queue:
            if self._failed is not None:
                raise self._failed
            self._news.clear()
            await self._news.wait()
        item = self._queue.popleft()
        self._waiting -= len(item)
        return item

    def _put(self, item: str | bytes) -> None:
        self._queue.append(item)
        self._waiting += len(item)
        self._news.set()

    def _clear(self) -> None:
        self._queue.clear()
        self._waiting = 0
        self._skip_to_key = True
