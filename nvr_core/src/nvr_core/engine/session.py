"""Keeps one stream of a camera coming: dials, watches, dials again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from nvr_core.engine.anchoring import Anchoring
from nvr_core.engine.backoff import Backoff, is_refusal
from nvr_core.engine.cameras import CameraConfig
from nvr_core.engine.dialling import dial_source, open_address
from nvr_core.engine.hub import Hub
from nvr_core.engine.lanes import AV, FAST, PLUGIN, Lanes
from nvr_core.engine.link import StreamLink
from nvr_core.engine.meter import Meter
from nvr_core.processes import StreamStatus
from nvr_core.rtsp.reader import RtspReader
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import CameraState, StreamAddress, StreamName
from nvr_sdk.rpc import STREAM_CLOSE
from nvr_sdk.wire import Channel, ProtocolError

_STALL_S = 8.0
_FIRST_PICTURE_S = 20.0
_FIRST_PICTURE_FAST_S = 45.0
"""The fast lane waits for a key picture and tells earlier itself if no picture at all comes."""
_WATCH_S = 0.5
_PROVEN_S = 10.0
_RESUME_NS = 30_000_000_000
_WORKER_LOST = "worker_lost"
_CHANGED_LANE = "source_restart"

_log = logging.getLogger("nvr.session")


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What a session is given by the engine."""

    settings: Settings
    lanes: Lanes
    clock_ns: Callable[[], int]
    """Wall clock."""
    resume_us: Callable[[], int | None]
    """End of what is held already, µs since the epoch."""
    held_end_us: int | None
    """End of what was recorded before this stream was started, where anything was."""
    changed: Callable[[], None]
    """Called when the state changed."""


class StreamSession:
    """State machine of one stream. Lives on the event loop."""

    def __init__(
        self, camera: CameraConfig, stream: StreamName, hub: Hub, parts: SessionParts
    ) -> None:
        self._camera = camera
        self._stream = stream
        self._hub = hub
        self._parts = parts
        self._anchoring = Anchoring(parts.held_end_us)
        self._backoff = Backoff()
        self._meter = Meter()
        self._again = asyncio.Event()
        self._state: CameraState = "starting" if camera.enabled else "disabled"
        self._error: NvrError | None = None
        self._link: StreamLink | None = None
        self._channel: Channel | None = None
        self._last_seen_ns: int | None = None
        self._lane, self._lane_reason = "", ""
        self._sessions = 0
        self._dropped = 0

    @property
    def state(self) -> CameraState:
        """How the stream is doing."""
        return self._state

    @property
    def error(self) -> NvrError | None:
        """Why it is not online."""
        return self._error

    def status(self, recording: bool) -> StreamStatus:
        """Tell everything about the stream's health."""
        online = self._state == "online"
        info = self._link.info if self._link is not None else None
        media = self._link.media if self._link is not None else None
        fps, bitrate = self._meter.rates() if online else (0.0, 0)
        seen = self._link.last_unit_ns if self._link is not None else None
        seen = seen if seen is not None else self._last_seen_ns
        return StreamStatus(
            camera_id=self._camera.id,
            stream=self._stream,
            state=self._state,
            code="" if online or self._error is None else self._error.code,
            message=self._message(),
            last_seen_us=None if seen is None else seen // 1000,
            fps=fps,
            bitrate=bitrate,
            video_codec=info.video.codec if info is not None and info.video else "",
            audio_codec=info.audio.codec if info is not None and info.audio else "",
            width=media.width if media is not None else 0,
            height=media.height if media is not None else 0,
            reconnects=max(0, self._sessions - 1),
            dropped_units=self._dropped,
            recording=recording and online,
            lane=self._lane,
            lane_reason=self._lane_reason,
        )

    def dial_now(self) -> None:
        """Cut a waiting time short: something changed."""
        self._again.set()

    async def run(self) -> None:
        """Keep the stream coming until cancelled; a cancelled session lingers at its worker."""
        while True:
            error = await self._attempt()
            self._note_failure(error)
            self._hub.interrupted(_gap_reason(error.code))
            self._again.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._backoff.next(error.code)):
                    await self._again.wait()

    def hang_up(self, for_good: bool) -> None:
        """After `run` was cancelled: close the connection.

        Unless ``for_good``, the worker keeps the session a while for who asks for it again.
        """
        if self._channel is not None:
            if for_good:
                self._channel.note(STREAM_CLOSE)
            self._channel.close()

    async def _attempt(self) -> NvrError:
        link = self._new_link()
        try:
            found = await dial_source(
                self._parts.settings, self._camera, self._stream, link, self._resume_after_ns()
            )
            if isinstance(found, Channel):
                self._lane, self._lane_reason = PLUGIN, ""
                return await self._take_from(found, link)
            return await self._read(found)
        except ProtocolError as error:
            return NvrError("protocol_error", f"The source does not speak the protocol: {error}.")
        except NvrError as error:
            return error

    async def _read(self, address: StreamAddress) -> NvrError:
        """Read an address on the fast lane, or where that cannot, in the av worker."""
        lanes, key = self._parts.lanes, (self._camera.id, self._stream)
        if not lanes.reason(key, address):
            self._lane, self._lane_reason = FAST, ""
            error = await self._read_fast(address)
            if not lanes.refused(key, address, error):
                return error
            _log.warning("%s/%s goes on with libav: %s", *key, error.message)
            self._hub.interrupted(_CHANGED_LANE)
            self._state = "starting"
            self._parts.changed()
        self._lane, self._lane_reason = AV, lanes.reason(key, address)
        link = self._new_link()
        settings, resume_after_ns = self._parts.settings, self._resume_after_ns()
        channel = await open_address(settings, key, address, link, resume_after_ns)
        return await self._take_from(channel, link)

    async def _read_fast(self, address: StreamAddress) -> NvrError:
        self._link = link = self._new_link()
        reader = asyncio.get_running_loop().create_task(self._run_reader(address, link))
        try:
            return await self._watch(link, _FIRST_PICTURE_FAST_S)
        finally:
            reader.cancel()
            await asyncio.wait([reader])

    async def _run_reader(self, address: StreamAddress, link: StreamLink) -> None:
        try:
            await RtspReader().run(address, link)
        except NvrError as error:
            link.fail(error)
        except Exception:  # noqa: BLE001 - logged, and told as the reason
            # A fault of ours must not keep the camera dark: the other lane goes on.
            _log.exception("%s/%s: the fast reader failed", self._camera.id, self._stream)
            link.fail(NvrError("protocol_error", "The fast reader failed; the log says how."))

    async def _take_from(self, channel: Channel, link: StreamLink) -> NvrError:
        self._channel, self._link = channel, link
        failure = await self._watch(link, _FIRST_PICTURE_S)
        if not channel.closed:
            channel.note(STREAM_CLOSE)
        channel.close()
        self._channel = None
        self._dropped += link.dropped_units
        return failure

    def _new_link(self) -> StreamLink:
        return StreamLink(self._hub, self._anchoring, self._meter, self._parts.clock_ns)

    async def _watch(self, link: StreamLink, first_picture_s: float) -> NvrError:
        began = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_S):
                    await link.ended.wait()
            now = time.monotonic()
            self._meter.mark(now)
            if link.last_video is not None:
                self._note_picture(link, began, now)
            if link.ended.is_set():
                return link.failure or NvrError(
                    _WORKER_LOST, "The process that reads this camera ended; it is restarted."
                )
            if link.last_video is None and now - began > first_picture_s:
                return NvrError("no_video", "The camera is connected but sends no picture.")
            if link.last_video is not None and now - link.last_video > _STALL_S:
                return NvrError("timeout", f"No picture came for {_STALL_S:g} s.")

    def _note_picture(self, link: StreamLink, began: float, now: float) -> None:
        if self._state != "online":
            self._state, self._error = "online", None
            self._sessions += 1
            self._parts.changed()
        if now - began > _PROVEN_S:
            self._backoff.succeeded()

    def _note_failure(self, error: NvrError) -> None:
        if self._link is not None and self._link.last_unit_ns is not None:
            self._last_seen_ns = self._link.last_unit_ns
        self._error = error
        self._state = _state_of(error.code)
        self._parts.changed()

    def _resume_after_ns(self) -> int | None:
        held_us = self._parts.resume_us()
        if held_us is None or self._parts.clock_ns() - held_us * 1000 > _RESUME_NS:
            return None
        return held_us * 1000

    def _message(self) -> str:
        if self._state != "online":
            return "" if self._error is None else self._error.message
        info = self._link.info if self._link is not None else None
        media = self._link.media if self._link is not None else None
        if info is None or media is None or info.audio is None or media.audio is not None:
            return ""
        return f"Sound is not recorded: MP4 and browsers do not take {info.audio.codec}."


def _state_of(code: str) -> CameraState:
    if not is_refusal(code):
        return "offline"
    if code == "auth_failed":
        return "auth_failed"
    return "unsupported" if code.startswith("unsupported") else "config_error"


def _gap_reason(code: str) -> str:
    lost = (_WORKER_LOST, "unavailable", "not_running", "protocol_error", "stopped", "reconfigured")
    return "source_restart" if code in lost else "camera_offline"
