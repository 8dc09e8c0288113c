"""Tells subscribers what happens in the engine."""

from __future__ import annotations

from collections.abc import Callable

from nvr_core.processes import (
    NOTICE_GAP,
    NOTICE_SEGMENT,
    NOTICE_STORAGE,
    NOTICE_STREAM,
    GapNotice,
    SegmentNotice,
    StorageStatus,
    StreamStatus,
)
from nvr_sdk.wire import Channel

_MOST_UNSENT = 4 << 20


class Notices:
    """The subscribers of ``notices.subscribe``. Lives on the event loop."""

    def __init__(self, check_storage: Callable[[int], None]) -> None:
        self._subscribers: set[Channel] = set()
        self._check_storage = check_storage

    def subscribe(self, channel: Channel) -> None:
        """Tell this connection from now on."""
        self._subscribers.add(channel)

    def unsubscribe(self, channel: Channel) -> None:
        """Forget a connection."""
        self._subscribers.discard(channel)

    def stream_changed(self, status: StreamStatus) -> None:
        """Tell a stream's health."""
        self._publish(NOTICE_STREAM, status)

    def storage_changed(self, status: StorageStatus) -> None:
        """Tell a storage's state."""
        self._publish(NOTICE_STORAGE, status)

    def segment_written(self, notice: SegmentNotice) -> None:
        """Tell that a segment became durable."""
        self._publish(NOTICE_SEGMENT, notice)

    def gap_found(self, notice: GapNotice) -> None:
        """Tell that footage is missing."""
        self._publish(NOTICE_GAP, notice)

    def storage_failed(self, storage_id: int) -> None:
        """Have a storage looked at now."""
        self._check_storage(storage_id)

    def _publish(self, method: str, notice: object) -> None:
        for channel in tuple(self._subscribers):
            if channel.buffered > _MOST_UNSENT:
                # It asks for everything anew when it comes back.
                self._subscribers.discard(channel)
                channel.abort()
            else:
                channel.note(method, notice)
