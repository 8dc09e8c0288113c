"""Finds the feed of a stream, or makes it."""

from __future__ import annotations

from pathlib import Path

from nvr_core.api.live.feed import Feed
from nvr_core.processes import StreamRef
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamName


class LiveHub:
    """All feeds of this process: one per stream, however many watch it."""

    def __init__(self, engine: Path) -> None:
        self._engine = engine
        self._feeds: dict[StreamRef, Feed] = {}

    def feed(self, camera_id: str, stream: StreamName) -> Feed:
        """Give the feed of a stream; join it at once, or it lingers for nobody."""
        ref = StreamRef(camera_id, stream)
        feed = self._feeds.get(ref)
        if feed is None:
            feed = self._feeds[ref] = Feed(self._engine, ref, lambda ended: self._drop(ref, ended))
        return feed

    @property
    def open_feeds(self) -> int:
        """Number of streams that are taken from the engine now."""
        return len(self._feeds)

    def forget(self, camera_id: str) -> None:
        """Let the viewers of a removed camera go."""
        for ref, feed in list(self._feeds.items()):
            if ref.camera_id == camera_id:
                feed.fail(NvrError("camera_not_found", "The camera was removed."))

    async def close(self) -> None:
        """End all feeds."""
        for feed in list(self._feeds.values()):
            await feed.close()

    def _drop(self, ref: StreamRef, ended: Feed) -> None:
        if self._feeds.get(ref) is ended:
            del self._feeds[ref]
