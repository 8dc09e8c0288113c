"""Live HLS (RFC 8216) made of the same fragments as the web socket's stream."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from nvr_core.api.live.feed import Feed, Fragment
from nvr_core.api.live.hub import LiveHub
from nvr_core.processes import LiveHello
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamName

KEPT = 8
"""Segments in the playlist; the same again stays available for slow players."""
IDLE_S = 20.0
_MIN_SEGMENT_S = 1.0
_FIRST_WAIT_S = 12.0
_MOST_OPEN = 32 << 20


@dataclass(frozen=True, slots=True)
class LiveSegment:
    """Whole groups of pictures."""

    number: int
    init: int
    """Which init segment it needs."""
    time_us: int
    seconds: float
    data: bytes


class LiveStream:
    """A viewer of a feed that cuts HLS segments; ends when nobody asked for 20 s."""

    def __init__(
        self, feed: Feed, clock: Callable[[], int], on_end: Callable[[LiveStream], None]
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._on_end = on_end
        self._inits: dict[int, bytes] = {}
        self._segments: deque[LiveSegment] = deque(maxlen=2 * KEPT)
        self._next = 0
        self._open: list[bytes] = []
        self._open_bytes = 0
        self._open_us = 0
        self._error: NvrError | None = None
        self._news = asyncio.Event()
        self._idle: asyncio.TimerHandle | None = None
        feed.join(self)

    def touch(self) -> None:
        """Note that somebody asked."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self.close)

    def close(self) -> None:
        """Stop cutting."""
        if self._idle is not None:
            self._idle.cancel()
        self._on_end(self)
        self._feed.leave(self)

    def on_hello(self, hello: LiveHello) -> None:
        """Begin anew with another init segment."""
        self._drop_open()
        number = max(self._inits, default=-1) + 1
        self._inits[number] = hello.init
        for old in sorted(self._inits)[:-4]:
            del self._inits[old]

    def on_fragment(self, fragment: Fragment) -> None:
        """Add a fragment; a key picture ends a segment that is long enough.

        A camera that sends none for too long loses what is open: memory has an end.
        """
        now = self._clock()
        if fragment.key and self._open and now - self._open_us >= _MIN_SEGMENT_S * 1e6:
            self._cut(now)
        if fragment.key and not self._open:
            self._open_us = now
        if fragment.key or self._open:
            self._open.append(fragment.data)
            self._open_bytes += len(fragment.data)
        if self._open_bytes > _MOST_OPEN:
            self._drop_open()

    def on_failed(self, error: NvrError) -> None:
        """Let waiting players know."""
        self._error = error
        self._news.set()
        self.close()

    async def playlist(self, query: str, format_time: Callable[[int], str]) -> str:
        """Give the playlist; waits up to 12 s for the first segment. Raises ``unavailable``."""
        try:
            async with asyncio.timeout(_FIRST_WAIT_S):
                while not self._segments:
                    if self._error is not None:
                        raise self._error
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise NvrError("unavailable", "The stream sends no pictures.") from None
        return self._render(query, format_time)

    def segment(self, number: int) -> bytes:
        """Give a segment; raises ``segment_not_found``."""
        for segment in self._segments:
            if segment.number == number:
                return segment.data
        raise NvrError("segment_not_found", "This part of the live stream is over.")

    def init(self, number: int | None) -> bytes:
        """Give an init segment, the newest for None; raises ``segment_not_found``."""
        wanted = max(self._inits, default=-1) if number is None else number
        if wanted not in self._inits:
            raise NvrError("segment_not_found", "There is no such init segment.")
        return self._inits[wanted]

    def _cut(self, now: int) -> None:
        seconds = (now - self._open_us) / 1e6
        data = b"".join(self._open)
        init = max(self._inits)
        self._segments.append(LiveSegment(self._next, init, self._open_us, seconds, data))
        self._next += 1
        self._drop_open()
        self._news.set()

    def _drop_open(self) -> None:
        self._open.clear()
        self._open_bytes = 0

    def _render(self, query: str, format_time: Callable[[int], str]) -> str:
        shown = list(self._segments)[-KEPT:]
        longest = max(segment.seconds for segment in shown)
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            f"#EXT-X-TARGETDURATION:{math.ceil(longest)}",
            f"#EXT-X-MEDIA-SEQUENCE:{shown[0].number}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{shown[0].init}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        init = None
        for segment in shown:
            if init != segment.init:
                if init is not None:
                    lines.append("#EXT-X-DISCONTINUITY")
                init = segment.init
                lines.append(f'#EXT-X-MAP:URI="init.mp4?{query}&n={init}"')
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{format_time(segment.time_us)}")
            lines.append(f"#EXTINF:{segment.seconds:.3f},")
            lines.append(f"{segment.number}.m4s?{query}")
        return "\n".join(lines) + "\n"


class LiveHls:
    """All live HLS streams."""

    def __init__(self, hub: LiveHub, clock: Callable[[], int]) -> None:
        self._hub = hub
        self._clock = clock
        self._streams: dict[tuple[str, StreamName], LiveStream] = {}

    def stream(self, camera_id: str, name: StreamName) -> LiveStream:
        """Give a stream, begun if need be."""
        key = (camera_id, name)
        found = self._streams.get(key)
        if found is None:
            feed = self._hub.feed(camera_id, name)
            found = self._streams[key] = LiveStream(
                feed, self._clock, lambda ended: self._drop(key, ended)
            )
        found.touch()
        return found

    def started(self, camera_id: str, name: StreamName) -> LiveStream:
        """Give a stream that is being cut already; raises ``segment_not_found``."""
        found = self._streams.get((camera_id, name))
        if found is None:
            raise NvrError("segment_not_found", "Ask for the playlist first.")
        found.touch()
        return found

    def _drop(self, key: tuple[str, StreamName], ended: LiveStream) -> None:
        if self._streams.get(key) is ended:
            del self._streams[key]
