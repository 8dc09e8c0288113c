"""Turns what other processes report into health, events and metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from nvr_core.api.times import format_optional, format_time
from nvr_core.cameras.health import Checked, HealthBoard
from nvr_core.events import topics
from nvr_core.events.bus import EventBus
from nvr_core.plugins.views import Plugin
from nvr_core.processes import (
    EngineStatus,
    GapNotice,
    ProcessStatus,
    SegmentNotice,
    StorageStatus,
    StreamStatus,
)
from nvr_sdk.messages import Scalar

STORE_EVERY_S = 5.0

_log = logging.getLogger("nvr.api")


class Reporter:
    """Listens to the engine, the supervisor and the plugin host; lives on the event loop."""

    def __init__(
        self,
        bus: EventBus,
        health: HealthBoard,
        count_segment: Callable[[str, str, int], None],
    ) -> None:
        self._bus = bus
        self._health = health
        self._count_segment = count_segment
        self.engine: EngineStatus | None = None
        """The engine's last whole status."""

    @property
    def storages(self) -> tuple[StorageStatus, ...]:
        """The storage locations as last told."""
        return self.engine.storages if self.engine else ()

    def on_engine(self, status: EngineStatus) -> None:
        """Take the whole status."""
        before = {storage.id: storage.state for storage in self.storages}
        self.engine = status
        self._health.keep_only({(each.camera_id, each.stream) for each in status.streams})
        for stream in status.streams:
            self.on_stream(stream)
        for storage in status.storages:
            if before.get(storage.id, storage.state) != storage.state:
                self._publish_storage(storage)

    def on_stream(self, status: StreamStatus) -> None:
        """Take a stream's health, tell those who watch, keep it."""
        changed = self._health.take(status)
        checked = self._health.get(status.camera_id, status.stream)
        if changed and checked is not None:
            data = {"stream": status.stream, **health_data(checked)}
            self._bus.publish(topics.CAMERA_STATE, status.camera_id, data)

    def on_segment(self, notice: SegmentNotice) -> None:
        """Tell of a new segment."""
        self._count_segment(notice.camera_id, notice.stream, notice.size)
        data: dict[str, Scalar] = {
            "stream": notice.stream,
            "start": format_time(notice.start_us),
            "end": format_time(notice.end_us),
            "size": notice.size,
        }
        self._bus.publish(topics.RECORDING_SEGMENT, notice.camera_id, data)

    def on_gap(self, notice: GapNotice) -> None:
        """Tell of missing footage."""
        data: dict[str, Scalar] = {
            "stream": notice.stream,
            "start": format_time(notice.start_us),
            "end": format_time(notice.end_us),
            "reason": notice.reason,
        }
        self._bus.publish(topics.RECORDING_GAP, notice.camera_id, data)

    def on_storage(self, status: StorageStatus) -> None:
        """Take a storage location's state and tell of it."""
        if self.engine is not None:
            others = [s for s in self.engine.storages if s.id != status.id]
            storages = tuple(sorted((*others, status), key=lambda s: s.id))
            self.engine = EngineStatus(
                streams=self.engine.streams,
                storages=storages,
                recovery=self.engine.recovery,
                started_us=self.engine.started_us,
                cpu_seconds=self.engine.cpu_seconds,
            )
        self._publish_storage(status)

    def on_process(self, status: ProcessStatus) -> None:
        """Tell of a process that began, ended or was given up."""
        data: dict[str, Scalar] = {
            "name": status.name,
            "state": status.state,
            "pid": status.pid,
            "restarts": status.restarts,
            "last_exit": status.last_exit,
        }
        self._bus.publish(topics.PROCESS_STATE, None, data)

    def on_plugin(self, plugin: Plugin) -> None:
        """Tell of a plugin's new state."""
        data: dict[str, Scalar] = {
            "plugin_id": plugin.id,
            "name": plugin.name,
            "state": plugin.state,
            "reason": plugin.reason,
            "enabled": plugin.enabled,
        }
        self._bus.publish(topics.PLUGIN_STATE, None, data)

    async def store_health(self) -> None:
        """Write what is new to the database every 5 s, until cancelled."""
        while True:
            await asyncio.sleep(STORE_EVERY_S)
            rows = self._health.pending()
            try:
                await asyncio.to_thread(self._health.store, rows)
            except Exception:  # noqa: BLE001 - the boundary that keeps the loop alive
                # A full disk or a locked database: the next round has newer numbers anyway.
                _log.exception("health not stored")

    def _publish_storage(self, status: StorageStatus) -> None:
        data: dict[str, Scalar] = {
            "storage_id": status.id,
            "path": status.path,
            "state": status.state,
            "message": status.message,
            "total_bytes": status.total_bytes,
            "free_bytes": status.free_bytes,
            "reserve_bytes": status.reserve_bytes,
        }
        self._bus.publish(topics.STORAGE_STATE, None, data)


def health_data(checked: Checked) -> dict[str, Scalar]:
    """Give a status as the API shows it."""
    status = checked.status
    return {
        "state": status.state,
        "code": status.code,
        "message": status.message,
        "last_seen": format_optional(status.last_seen_us),
        "fps": status.fps,
        "bitrate": status.bitrate,
        "video_codec": status.video_codec,
        "audio_codec": status.audio_codec,
        "width": status.width,
        "height": status.height,
        "reconnects": status.reconnects,
        "dropped_units": status.dropped_units,
        "recording": status.recording,
        "lane": status.lane,
        "lane_reason": status.lane_reason,
        "checked_at": format_optional(checked.checked_us),
    }
