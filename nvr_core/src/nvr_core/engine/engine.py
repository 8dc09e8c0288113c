"""All cameras, one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from nvr_core.engine.cameras import CameraConfig, CameraStore
from nvr_core.engine.control import ControlHandler
from nvr_core.engine.lanes import Lanes
from nvr_core.engine.notices import Notices
from nvr_core.engine.storages import Storages, load_storages
from nvr_core.engine.stream import CameraStream, StreamParts
from nvr_core.processes import (
    EngineStatus,
    KeyPicture,
    RecorderTargets,
    RecoveryReport,
    StorageStatus,
    StreamRef,
)
from nvr_core.recording.index import Index, database_file, open_database
from nvr_core.recording.index_thread import IndexThread
from nvr_core.recording.recorder import RecorderParts
from nvr_core.recording.segmenter import Limits
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamName
from nvr_sdk.wire import Channel, serve

_TABLES_S = 0.2
_RECOVERY_WAIT_S = 3.0
_STORAGE_S = 1.0
_HEALTH_S = 10.0

_log = logging.getLogger("nvr.engine")


class Engine:
    """Runs the streams of all cameras until it is stopped. Lives on the event loop."""

    def __init__(
        self,
        settings: Settings,
        clock_ns: Callable[[], int] = time.time_ns,
        limits: Limits | None = None,
    ) -> None:
        self._settings = settings
        self._clock_ns = clock_ns
        self._limits = limits or Limits()
        self._started_us = clock_ns() // 1000
        self._cameras = CameraStore(settings)
        self._lanes = Lanes()
        self._streams: dict[tuple[str, str], CameraStream] = {}
        self._changing = asyncio.Lock()
        self._recovery = RecoveryReport()
        self._targets = RecorderTargets()
        self._check_now = asyncio.Event()
        self._notices = Notices(lambda _: self._check_now.set())
        self._storages: Storages | None = None
        self._index: IndexThread | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then finish all files."""
        await asyncio.to_thread(self._wait_for_tables, stop)
        if stop.is_set():
            return
        rows = await asyncio.to_thread(load_storages, self._settings, self._started_us)
        self._storages = Storages(
            self._settings, rows, self._notices.storage_changed, self._storage_checked
        )
        self._index = IndexThread(database_file(self._settings))
        try:
            await self._recover()
            await self._start_cameras()
            self._spawn(self._watch_storages())
            self._spawn(self._report_health())
            await self._serve(stop)
        finally:
            await self._close()

    def status(self) -> EngineStatus:
        """Tell the state of everything."""
        streams = tuple(stream.status for stream in self._streams.values())
        storages = self._storages.statuses if self._storages is not None else ()
        return EngineStatus(
            streams, storages, self._recovery, self._started_us, time.process_time()
        )

    async def reload(self, camera_id: str) -> None:
        """Take over a camera's row as it is now; an unchanged camera is dialled at once."""
        await self._to_the_end(self._reload(camera_id))

    async def forget(self, camera_id: str) -> None:
        """Stop a camera and close its files; until it is reloaded."""
        await self._to_the_end(self._forget(camera_id))

    def subscribe_live(self, ref: StreamRef, channel: Channel) -> None:
        """Send live video to a connection."""
        self._stream(ref).subscribe(channel)

    def key_picture(self, ref: StreamRef) -> KeyPicture:
        """Give the newest key unit of a stream."""
        return self._stream(ref).live.key_picture()

    def subscribe_notices(self, channel: Channel) -> None:
        """Send notices to a connection, beginning with the state of everything."""
        self._notices.subscribe(channel)
        for stream in self._streams.values():
            stream.report()
        for status in self._storages.statuses if self._storages is not None else ():
            self._notices.storage_changed(status)

    async def set_recorders(self, targets: RecorderTargets) -> None:
        """Send all recorded streams to these plugins."""
        await self._to_the_end(self._set_recorders(targets))

    def forget_channel(self, channel: Channel) -> None:
        """End a connection's subscriptions."""
        self._notices.unsubscribe(channel)
        for stream in self._streams.values():
            stream.live.unsubscribe(channel)

    async def _serve(self, stop: asyncio.Event) -> None:
        # Only now: who can connect finds every camera.
        server = await serve(self._settings.engine_socket, lambda: ControlHandler(self))
        try:
            await stop.wait()
        finally:
            server.close()
            self._settings.engine_socket.unlink(missing_ok=True)

    def _stream(self, ref: StreamRef) -> CameraStream:
        stream = self._streams.get((ref.camera_id, ref.stream))
        if stream is None:
            raise NvrError("stream_not_found", f"The camera has no {ref.stream} stream.")
        return stream

    def _wait_for_tables(self, stop: asyncio.Event) -> None:
        # The migration is run by another process, perhaps after this one started.
        while not stop.is_set():
            if database_file(self._settings).exists():
                with contextlib.closing(open_database(database_file(self._settings))) as db:
                    if Index(db).is_ready():
                        return
            time.sleep(_TABLES_S)

    async def _recover(self) -> None:
        assert self._storages is not None
        scan = asyncio.ensure_future(self._storages.recover(self._started_us))
        scan.add_done_callback(self._recovered)
        # Sources that keep history want to know what is held; but live streams do not wait long.
        await asyncio.wait([scan], timeout=_RECOVERY_WAIT_S)

    def _recovered(self, scan: asyncio.Future[RecoveryReport]) -> None:
        if scan.cancelled():
            return
        if (error := scan.exception()) is not None:
            _log.error("the recovery scan failed", exc_info=error)
            return
        self._recovery = scan.result()
        _log.info("recovery: %s", self._recovery)

    async def _start_cameras(self) -> None:
        for camera in await asyncio.to_thread(self._cameras.load_all):
            async with self._changing:
                if not any(key[0] == camera.id for key in self._streams):
                    await self._apply(camera.id, camera, restarted=True)

    async def _apply(self, camera_id: str, camera: CameraConfig | None, restarted: bool) -> None:
        running = [stream for key, stream in self._streams.items() if key[0] == camera_id]
        if running and all(stream.camera == camera for stream in running):
            for stream in running:
                stream.dial_now()
            return
        await self._stop_streams(camera_id)
        if camera is None:
            return
        for name in camera.streams:
            await self._start_stream(camera, name, restarted)

    async def _start_stream(self, camera: CameraConfig, name: StreamName, restarted: bool) -> None:
        assert self._storages is not None and self._index is not None
        held_end_us = None
        if name in camera.recorded:
            held_end_us = await self._index.submit(lambda index: index.last_end(camera.id, name))
        recorder = RecorderParts(
            self._storages.recording, self._index, self._notices, self._clock_ns, self._limits
        )
        parts = StreamParts(self._settings, recorder, self._lanes, self._notices.stream_changed)
        stream = CameraStream(camera, name, parts, held_end_us, restarted)
        self._streams[camera.id, name] = stream
        for status in self._storages.statuses[:1]:
            stream.storage_checked(status)
        await stream.set_targets(self._targets)
        stream.report()

    async def _reload(self, camera_id: str) -> None:
        async with self._changing:
            camera = await asyncio.to_thread(self._cameras.load, camera_id)
            await self._apply(camera_id, camera, restarted=False)

    async def _forget(self, camera_id: str) -> None:
        async with self._changing:
            await self._stop_streams(camera_id)

    async def _set_recorders(self, targets: RecorderTargets) -> None:
        async with self._changing:
            self._targets = targets
            for stream in list(self._streams.values()):
                await stream.set_targets(targets)

    async def _to_the_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Finish an order also when who gave it dies: half of it would leave a camera stopped."""
        await asyncio.shield(self._spawn(work))

    async def _stop_streams(self, camera_id: str) -> None:
        ending = [key for key in self._streams if key[0] == camera_id]
        await asyncio.gather(*(self._streams.pop(key).close(for_good=True) for key in ending))

    def _storage_checked(self, status: StorageStatus) -> None:
        for stream in self._streams.values():
            stream.storage_checked(status)

    async def _watch_storages(self) -> None:
        assert self._storages is not None
        while True:
            self._check_now.clear()
            await self._storages.check()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STORAGE_S):
                    await self._check_now.wait()

    async def _report_health(self) -> None:
        while True:
            await asyncio.sleep(_HEALTH_S)
            for stream in list(self._streams.values()):
                stream.report()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.critical("%s failed", task.get_coro(), exc_info=task.exception())

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        closing = [stream.close(for_good=False) for stream in self._streams.values()]
        await asyncio.gather(*closing, return_exceptions=True)
        if self._storages is not None:
            await asyncio.to_thread(self._storages.close)
        if self._index is not None:
            await asyncio.to_thread(self._index.close)
