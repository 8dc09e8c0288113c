"""Live view by web socket and by HLS, and still pictures."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, WebSocket
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect

from nvr_core.api.dependencies import Asked, allow, current_caller, get_services
from nvr_core.api.live.socket_viewer import SocketViewer
from nvr_core.api.login_watch import LOGGED_OUT
from nvr_core.api.routes.recordings import PLAYLIST_TYPE
from nvr_core.api.schemas.common import CameraId, StreamQuery
from nvr_core.api.schemas.errors import errors
from nvr_core.api.times import TimeQuery, format_time
from nvr_core.security.authorize import may
from nvr_core.timeline.files import read_picture
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamName

NO_SUCH_CAMERA = 4404
NOT_ALLOWED = 4403
NOT_AVAILABLE = 1013
_CLOSE_CODES = {"camera_not_found": NO_SUCH_CAMERA, "not_authenticated": LOGGED_OUT}

router = APIRouter(prefix="/cameras/{camera_id}", tags=["live"])
_VIEW = [Depends(allow("camera.view"))]
_log = logging.getLogger("nvr.live")
_STREAM_ERRORS = (
    "camera_not_found",
    "stream_not_found",
    "auth_failed",
    "unreachable",
    "config_error",
    "unsupported_codec",
    "offline",
    "disabled",
    "unavailable",
    "timeout",
)


@router.websocket("/live")
async def watch_live(socket: WebSocket, camera_id: str, stream: StreamName = "main") -> None:
    """Send hello, init segment and fragments until the viewer leaves; see docs/reference/api.md."""
    services = get_services(socket)
    await socket.accept()
    caller = current_caller(socket)
    if not may(caller, "camera.view", camera_id):
        await socket.close(NOT_ALLOWED, "forbidden")
        return
    try:
        camera = await services.cameras.get(camera_id)
    except NvrError as error:
        await socket.close(NO_SUCH_CAMERA, error.code)
        return
    if stream not in camera.streams:
        await _refuse(socket, NvrError("stream_not_found", f"The camera has no {stream} stream."))
        return
    viewer = SocketViewer()
    feed = services.live.feed(camera_id, stream)
    feed.join(viewer)
    try:
        await _serve(socket, viewer, services.login_watch.until_ended(caller))
    except NvrError as error:
        await _refuse(socket, error)
    except WebSocketDisconnect:
        pass
    finally:
        feed.leave(viewer)
        if viewer.dropped:
            _log.info(
                "slow viewer",
                extra={"camera": camera_id, "stream": stream, "dropped": viewer.dropped},
            )


@router.get(
    "/live/index.m3u8",
    operation_id="getLivePlaylist",
    summary="Give the live HLS playlist",
    dependencies=_VIEW,
    response_class=Response,
    responses={
        200: {"content": {PLAYLIST_TYPE: {}}, "description": "A live playlist."},
        **errors(*_STREAM_ERRORS),
    },
)
async def get_live_playlist(
    camera_id: CameraId, services: Asked, stream: StreamQuery = "main"
) -> Response:
    """Give the last segments; cutting begins with the first call and ends 20 s after the last."""
    camera = await services.cameras.get(camera_id)
    if stream not in camera.streams:
        raise NvrError("stream_not_found", f"The camera has no {stream} stream.")
    cut = services.live_hls.stream(camera_id, stream)
    text = await cut.playlist(f"stream={stream}", format_time)
    return Response(text, media_type=PLAYLIST_TYPE)


@router.get(
    "/live/init.mp4",
    operation_id="getLiveInit",
    summary="Give the init segment of the live HLS stream",
    dependencies=_VIEW,
    response_class=Response,
    responses={
        200: {"content": {"video/mp4": {}}, "description": "ftyp and moov."},
        **errors("segment_not_found"),
    },
)
async def get_live_init(
    camera_id: CameraId,
    services: Asked,
    stream: StreamQuery = "main",
    n: Annotated[
        int | None, Query(ge=0, le=1_000_000_000, description="As in the playlist.")
    ] = None,
) -> Response:
    """Give the init segment that a playlist names."""
    data = services.live_hls.started(camera_id, stream).init(n)
    return Response(data, media_type="video/mp4")


@router.get(
    "/live/{number}.m4s",
    operation_id="getLiveSegment",
    summary="Give a segment of the live HLS stream",
    dependencies=_VIEW,
    response_class=Response,
    responses={
        200: {"content": {"video/iso.segment": {}}, "description": "The fragments."},
        **errors("segment_not_found"),
    },
)
async def get_live_segment(
    camera_id: CameraId,
    number: Annotated[int, Path(ge=0, le=1_000_000_000)],
    services: Asked,
    stream: StreamQuery = "main",
) -> Response:
    """Give a segment that a playlist names."""
    data = services.live_hls.started(camera_id, stream).segment(number)
    return Response(data, media_type="video/iso.segment")


@router.get(
    "/snapshot",
    operation_id="getSnapshot",
    summary="Give a still picture",
    dependencies=_VIEW,
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {}}, "description": "A JPEG."},
        **errors(
            "recording_not_found",
            "segment_not_found",
            "no_picture",
            "decode_failed",
            *_STREAM_ERRORS,
        ),
    },
)
async def get_snapshot(
    camera_id: CameraId,
    services: Asked,
    time: Annotated[
        TimeQuery | None, Query(description="A moment of the past; now if left out.")
    ] = None,
    width: Annotated[int | None, Query(ge=16, le=7680, description="Pixels.")] = None,
    stream: StreamQuery = "main",
) -> Response:
    """Give the newest key picture, or the recorded picture at ``time``."""
    if time is None:
        camera = await services.cameras.get(camera_id)
        if stream not in camera.streams:
            raise NvrError("stream_not_found", f"The camera has no {stream} stream.")
        newest = await services.engine.key_picture(camera_id, stream)
        image = await services.pictures.decode(newest.mp4, 0.0, width)
    else:
        moment = time

        def read() -> tuple[bytes, float]:
            found = services.timeline.segment_at(camera_id, stream, moment)
            return read_picture(found, moment)

        mp4, offset = await asyncio.to_thread(read)
        image = await services.pictures.decode(mp4, offset, width)
    return Response(image.jpeg, media_type="image/jpeg")


async def _serve(
    socket: WebSocket, viewer: SocketViewer, logged_in: Coroutine[Any, Any, None]
) -> None:
    """Send until either side ends it; raises `WebSocketDisconnect` or the stream's `NvrError`."""
    work = (_until_gone(socket), _send_all(socket, viewer), logged_in)
    tasks = {asyncio.create_task(each) for each in work}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_gone(socket: WebSocket) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))


async def _send_all(socket: WebSocket, viewer: SocketViewer) -> None:
    while True:
        item = await viewer.next()
        if isinstance(item, str):
            await socket.send_text(item)
        else:
            await socket.send_bytes(item)


async def _refuse(socket: WebSocket, error: NvrError) -> None:
    text = orjson.dumps({"type": "error", "code": error.code, "message": error.message})
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_text(text.decode())
        await socket.close(_CLOSE_CODES.get(error.code, NOT_AVAILABLE), error.code[:100])
