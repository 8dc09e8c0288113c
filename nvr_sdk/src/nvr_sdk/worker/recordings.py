"""Streams that flow from the engine to recorder plugins: one connection and one thread each."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from nvr_sdk.components import Recorder, RecordingSession
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamInfo
from nvr_sdk.rpc import STREAM_ENDED, RecordingOpen, StreamEnded
from nvr_sdk.wire import Channel, Kind, unpack

log = logging.getLogger("nvr.recordings")

_PAUSE_BYTES = 2 << 20
"""Past this the socket is not read: the engine's own bound (8 MiB) then drops whole GOPs."""


class Recording:
    """One stream on its way to a recorder. Made and fed on the RPC loop."""

    def __init__(self, channel: Channel, recorder: Recorder, request: RecordingOpen) -> None:
        self._channel = channel
        self._recorder = recorder
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._changed = threading.Condition()
        self._frames: deque[tuple[int, bytes]] = deque()
        self._size = 0
        self._paused = False
        self._ending = False
        name = f"recording {request.camera_id}/{request.stream}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def recorder_id(self) -> str:
        """Contribution id of the recorder."""
        return self._request.recorder

    def start(self) -> None:
        """Start the session's thread."""
        self._thread.start()

    def feed(self, kind: int, body: bytes) -> None:
        """Take a frame; stops reading from the engine while the session is behind."""
        with self._changed:
            if self._ending:
                return
            self._frames.append((kind, body))
            self._size += len(body)
            self._changed.notify()
            if self._size > _PAUSE_BYTES and not self._paused:
                self._paused = True
                self._channel.pause_reading()

    def finish(self) -> None:
        """Let the session write what it has been given, then close it."""
        with self._changed:
            self._ending = True
            self._changed.notify()

    def join(self, timeout: float) -> None:
        """Wait for the session to be closed (blocking), at most ``timeout`` seconds."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            session = self._recorder.open_recording(self._request.camera_id, self._request.stream)
            try:
                self._write_all(session)
            finally:
                session.close()
        except NvrError as error:
            self._tell(StreamEnded(error.code, error.message))
        except Exception as error:
            # The session's thread is what contains the recorder.
            log.exception("%s failed", self._thread.name)
            self._tell(StreamEnded("recorder_failed", f"The recorder failed: {error!r}."))

    def _write_all(self, session: RecordingSession) -> None:
        while (frame := self._next()) is not None:
            kind, body = frame
            if kind == Kind.STREAM_INFO:
                session.begin(unpack(body, StreamInfo))
            elif kind == Kind.ACCESS_UNIT:
                session.write(unpack(body, AccessUnit))

    def _next(self) -> tuple[int, bytes] | None:
        with self._changed:
            while not self._frames:
                if self._ending:
                    return None
                self._changed.wait()
            frame = self._frames.popleft()
            self._size -= len(frame[1])
            if self._paused and self._size < _PAUSE_BYTES // 2:
                self._paused = False
                self._on_loop(self._channel.resume_reading)
            return frame

    def _tell(self, ended: StreamEnded) -> None:
        def tell() -> None:
            self._channel.note(STREAM_ENDED, ended)
            self._channel.close()

        with self._changed:
            self._ending = True
            self._frames.clear()
        self._on_loop(tell)

    def _on_loop(self, function: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            # The loop has been closed: the worker is ending.
            log.info("%s: the worker is ending", self._thread.name)


class Recordings:
    """All recordings of a worker. Lives on the RPC loop."""

    def __init__(self) -> None:
        self._open: dict[Channel, Recording] = {}

    def open(self, channel: Channel, recorder: Recorder, request: RecordingOpen) -> None:
        """Begin a recording on this connection."""
        if channel in self._open:
            raise NvrError("bad_request", "This connection carries a recording already.")
        self._open[channel] = recording = Recording(channel, recorder, request)
        recording.start()

    def feed(self, channel: Channel, kind: int, body: bytes) -> None:
        """Give a frame to the recording of its connection."""
        recording = self._open.get(channel)
        if recording is not None:
            recording.feed(kind, body)

    def channel_gone(self, channel: Channel) -> None:
        """Finish the recording of a connection that ended."""
        recording = self._open.pop(channel, None)
        if recording is not None:
            recording.finish()

    async def close_recorder(self, recorder: str | None, timeout: float) -> None:
        """Finish the recordings of a recorder (None: of all) and wait for them together."""
        chosen = [
            (channel, recording)
            for channel, recording in self._open.items()
            if recorder in (None, recording.recorder_id)
        ]
        for channel, recording in chosen:
            recording.finish()
            channel.close()
        deadline = time.monotonic() + timeout
        for _, recording in chosen:
            await asyncio.to_thread(recording.join, max(0.0, deadline - time.monotonic()))
