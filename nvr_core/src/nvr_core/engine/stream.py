"""One stream of a camera: its session and all that hangs on it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nvr_core.engine.cameras import CameraConfig
from nvr_core.engine.hub import Hub
from nvr_core.engine.lanes import Lanes
from nvr_core.engine.live import LiveFeed
from nvr_core.engine.push import RecorderPush
from nvr_core.engine.session import SessionParts, StreamSession
from nvr_core.processes import RecorderTargets, StorageStatus, StreamStatus
from nvr_core.recording.recorder import RecorderParts, StreamRecorder
from nvr_core.settings import Settings
from nvr_sdk.messages import StreamName
from nvr_sdk.wire import Channel

_log = logging.getLogger("nvr.stream")


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What the streams of an engine share."""

    settings: Settings
    recorder: RecorderParts
    lanes: Lanes
    changed: Callable[[StreamStatus], None]
    """Told when a stream's health changed."""


class CameraStream:
    """Starts with its construction (unless the camera is disabled); `close` ends it."""

    def __init__(
        self,
        camera: CameraConfig,
        stream: StreamName,
        parts: StreamParts,
        held_end_us: int | None,
        restarted: bool,
    ) -> None:
        """``held_end_us``: end of what is recorded; ``restarted``: by an engine before this one."""
        self.camera = camera
        self.stream = stream
        self._last_end_us = held_end_us if restarted else None
        self._changed = parts.changed
        self._told_recording = False
        self._hub = Hub(f"{camera.id}/{stream}")
        self._live = LiveFeed()
        self._hub.add(self._live)
        self._recorder: StreamRecorder | None = None
        self._pushes: dict[tuple[str, str], RecorderPush] = {}
        if camera.enabled and stream in camera.recorded:
            reason = "" if self._last_end_us is None else "engine_restart"
            self._recorder = StreamRecorder(camera.id, stream, parts.recorder, reason)
            self._hub.add(self._recorder)
        self._session = StreamSession(
            camera,
            stream,
            self._hub,
            SessionParts(
                parts.settings,
                parts.lanes,
                parts.recorder.clock_ns,
                self._resume_us,
                held_end_us,
                self.report,
            ),
        )
        self._task: asyncio.Task[None] | None = None
        if camera.enabled:
            self._task = asyncio.get_running_loop().create_task(self._session.run())
            self._task.add_done_callback(self._ended)

    @property
    def live(self) -> LiveFeed:
        """Its live view."""
        return self._live

    @property
    def status(self) -> StreamStatus:
        """Its health."""
        recorder = self._recorder
        return self._session.status(recorder is not None and recorder.recording)

    def dial_now(self) -> None:
        """Cut a waiting time short."""
        self._session.dial_now()

    def report(self) -> None:
        """Tell the health to whoever listens."""
        status = self.status
        self._told_recording = status.recording
        self._changed(status)

    def subscribe(self, channel: Channel) -> None:
        """Send live video to a connection; raises the stream's `NvrError` if it is not there."""
        error = self._session.error
        if self._session.state not in ("online", "starting") and error is not None:
            raise error
        self._live.subscribe(channel)

    def storage_checked(self, status: StorageStatus) -> None:
        """Pass the storage's state on to the recorder; to be called about once a second.

        Who listens is told when recording has stopped or begun since the last report.
        """
        if self._recorder is None:
            return
        self._recorder.storage_checked(status)
        if self.status.recording != self._told_recording:
            self.report()

    async def set_targets(self, targets: RecorderTargets) -> None:
        """Send the stream to these recorder plugins and no others, if it is recorded at all."""
        wanted = set(targets.targets) if self._recorder is not None else set()
        for target in self._pushes.keys() - wanted:
            push = self._pushes.pop(target)
            self._hub.remove(push)
            await push.close()
        for target in wanted - self._pushes.keys():
            push = RecorderPush(Path(target[0]), target[1], self.camera.id, self.stream)
            self._pushes[target] = push
            self._hub.add(push)

    async def close(self, for_good: bool) -> None:
        """End the stream and finish its files.

        Unless ``for_good``, its worker keeps the session a while for the engine's next start.
        """
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._session.hang_up(for_good)
        await self.set_targets(RecorderTargets())
        if self._recorder is not None:
            await self._recorder.close()
        self._live.disconnect()

    def _resume_us(self) -> int | None:
        held = self._recorder.resume_us if self._recorder is not None else None
        return held if held is not None else self._last_end_us

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            name = (self.camera.id, self.stream)
            _log.critical("the session of %s/%s failed", *name, exc_info=task.exception())
