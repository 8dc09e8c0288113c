"""Sends one recorded stream to one recorder plugin."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from nvr_core.engine.backoff import Backoff
from nvr_core.media.mp4_init import MediaFormat
from nvr_core.media.timeline import Sample
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamInfo, StreamName
from nvr_sdk.rpc import RECORDING_OPEN, RecordingOpen
from nvr_sdk.wire import Channel, Kind, Nothing, ProtocolError, QuietHandler, connect, pack

_MOST_UNSENT = 8 << 20
_log = logging.getLogger("nvr.push")


class RecorderPush:
    """Consumer of one stream. Past 8 MiB unsent, whole groups of pictures are dropped."""

    def __init__(self, socket: Path, recorder: str, camera_id: str, stream: StreamName) -> None:
        self._socket = socket
        self._request = RecordingOpen(recorder, camera_id, stream)
        self._media: MediaFormat | None = None
        self._channel: Channel | None = None
        self._told: MediaFormat | None = None
        self._follows = False
        self._dropped = 0
        self._task = asyncio.get_running_loop().create_task(self._keep_connected())
        self._task.add_done_callback(self._ended)

    @property
    def dropped(self) -> int:
        """Units that the plugin did not get because it was slow."""
        return self._dropped

    def begin(self, media: MediaFormat) -> None:
        """A session begins."""
        self._media, self._told, self._follows = media, None, False

    def interrupted(self, reason: str) -> None:
        """The session broke off; the plugin is told of the next one."""
        self._follows = False

    def take(self, sample: Sample, unit: AccessUnit, body: bytes | None) -> None:
        """Pass a unit on as it came."""
        channel, media = self._channel, self._media
        if channel is None or media is None:
            return
        if channel.buffered + len(unit.data) > _MOST_UNSENT:
            self._follows = False
        elif sample.video and sample.key and not sample.corrupt:
            self._follows = True
        if not self._follows:
            self._dropped += 1
            return
        if self._told is not media:
            channel.send(Kind.STREAM_INFO, pack(StreamInfo(media.video, media.audio)))
            self._told = media
        channel.send(Kind.ACCESS_UNIT, pack(unit) if body is None else body)

    async def close(self) -> None:
        """Let the plugin finish its recording."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _keep_connected(self) -> None:
        backoff = Backoff()
        while True:
            code = "unavailable"
            gone = asyncio.Event()
            channel: Channel | None = None
            try:
                channel = await connect(self._socket, _Watch(gone))
                await channel.request(RECORDING_OPEN, self._request, Nothing)
                self._channel, self._told, self._follows = channel, None, False
                backoff.succeeded()
                await gone.wait()
            except (NvrError, ProtocolError) as error:
                code = error.code if isinstance(error, NvrError) else code
                _log.info("recorder %s: %s", self._request.recorder, error)
            finally:
                self._channel = None
                if channel is not None:
                    channel.close()
            await asyncio.sleep(backoff.next(code))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            _log.error("recorder %s", self._request.recorder, exc_info=task.exception())


class _Watch(QuietHandler):
    """Notices the end of the connection."""

    def __init__(self, gone: asyncio.Event) -> None:
        self._gone = gone

    def on_closed(self, channel: Channel) -> None:
        """Tell the keeper."""
        self._gone.set()
