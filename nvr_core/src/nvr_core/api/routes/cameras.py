"""Cameras: list, add, change, remove, probe."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated, Literal, cast

from fastapi import APIRouter, BackgroundTasks, Depends, Query

from nvr_core.api.dependencies import Asked, allow
from nvr_core.api.reporter import health_data
from nvr_core.api.schemas.cameras import (
    CameraInput,
    CameraPatch,
    CameraView,
    ProbedAudio,
    ProbedStreamView,
    ProbedVideo,
    ProbeInput,
    ProbeView,
    StreamHealth,
)
from nvr_core.api.schemas.common import (
    CameraId,
    Cursor,
    Limit,
    Page,
    make_cursor,
    read_cursor,
)
from nvr_core.api.schemas.errors import errors
from nvr_core.api.services import Services
from nvr_core.api.times import format_time
from nvr_core.cameras.health import Checked
from nvr_core.cameras.ports import Probed
from nvr_core.cameras.service import CameraChange
from nvr_core.db.models import Camera
from nvr_core.processes import StreamStatus
from nvr_sdk.messages import ProbedStream, StreamName

router = APIRouter(prefix="/cameras", tags=["cameras"])
_VIEW = [Depends(allow("camera.view"))]
_MANAGE = [Depends(allow("camera.manage"))]
_CONFIG_ERRORS = ("config_error", "forbidden_url", "unavailable", "timeout")


@router.get("", operation_id="listCameras", summary="List cameras", dependencies=_VIEW)
async def list_cameras(
    services: Asked, limit: Limit = 100, cursor: Cursor = None
) -> Page[CameraView]:
    """Give the cameras in the user's order, with the health of their streams."""
    start = max(0, read_cursor(cursor) or 0)
    cameras = await services.cameras.list()
    shown = cameras[start : start + limit]
    items = await asyncio.to_thread(lambda: [show_camera(services, c) for c in shown])
    more = make_cursor(start + limit) if start + limit < len(cameras) else None
    return Page(items=items, next_cursor=more)


@router.post(
    "",
    status_code=201,
    operation_id="createCamera",
    summary="Add a camera",
    dependencies=_MANAGE,
    responses=errors("source_not_found", "camera_exists", "plugin_disabled", *_CONFIG_ERRORS),
)
async def create_camera(body: CameraInput, services: Asked) -> CameraView:
    """Check, store and dial a new camera; no other camera is touched.

    It is not probed: a camera that is off now can be added.
    """
    camera = await services.cameras.create(
        body.name,
        body.plugin,
        body.source,
        body.config,
        enabled=body.enabled,
        recorded_streams=tuple(body.recorded_streams),
    )
    return await asyncio.to_thread(show_camera, services, camera)


@router.post(
    "/probe",
    operation_id="probeCamera",
    summary="Look at a camera before saving it",
    dependencies=_MANAGE,
    responses=errors(
        "source_not_found",
        "camera_not_found",
        "plugin_disabled",
        "auth_failed",
        "unreachable",
        "path_not_found",
        "unsupported_codec",
        "no_video",
        *_CONFIG_ERRORS,
    ),
)
async def probe_camera(body: ProbeInput, services: Asked) -> ProbeView:
    """Dial the camera and say what it delivers; a failure names the field to mend."""
    probed = await services.cameras.probe(body.plugin, body.source, body.config, body.camera_id)
    return _show_probe(probed)


@router.get(
    "/{camera_id}",
    operation_id="getCamera",
    summary="Give a camera",
    dependencies=_VIEW,
    responses=errors("camera_not_found"),
)
async def get_camera(camera_id: CameraId, services: Asked) -> CameraView:
    """Give a camera with the health of its streams."""
    camera = await services.cameras.get(camera_id)
    return await asyncio.to_thread(show_camera, services, camera)


@router.patch(
    "/{camera_id}",
    operation_id="updateCamera",
    summary="Change a camera",
    dependencies=_MANAGE,
    responses=errors(
        "camera_not_found",
        "source_not_found",
        "plugin_disabled",
        "secret_unreadable",
        *_CONFIG_ERRORS,
    ),
)
async def update_camera(camera_id: CameraId, body: CameraPatch, services: Asked) -> CameraView:
    """Change what is given; the stream is dialled anew only if its configuration changed."""
    change = CameraChange(
        name=body.name,
        enabled=body.enabled,
        config=body.config,
        recorded_streams=None if body.recorded_streams is None else tuple(body.recorded_streams),
        position=body.position,
    )
    camera = await services.cameras.update(camera_id, change)
    return await asyncio.to_thread(show_camera, services, camera)


@router.delete(
    "/{camera_id}",
    status_code=204,
    operation_id="deleteCamera",
    summary="Remove a camera",
    dependencies=_MANAGE,
    responses=errors("camera_not_found"),
)
async def delete_camera(
    camera_id: CameraId,
    services: Asked,
    background: BackgroundTasks,
    recordings: Annotated[
        Literal["keep", "delete"], Query(description="What happens to its recordings.")
    ] = "delete",
) -> None:
    """Remove a camera. Its files are deleted in the background, its recordings are gone at once."""
    keep = recordings == "keep"
    await services.cameras.delete(camera_id, keep_recordings=keep)
    if not keep:
        background.add_task(services.cameras.sweep)


def show_camera(services: Services, camera: Camera) -> CameraView:
    """Give a camera as the API shows it; may read the key file, so call it from a thread."""
    streams = cast(list[StreamName], camera.streams)
    return CameraView(
        id=camera.id,
        name=camera.name,
        enabled=camera.enabled,
        plugin=camera.plugin,
        source=camera.source,
        config=services.cameras.shown_config(camera),
        streams=streams,
        recorded_streams=cast(list[StreamName], camera.recorded_streams),
        position=camera.position,
        created_at=format_time(camera.created_us),
        updated_at=format_time(camera.updated_us),
        health={stream: _show_health(services, camera, stream) for stream in streams},
    )


def _show_health(services: Services, camera: Camera, stream: StreamName) -> StreamHealth:
    checked = services.health.get(camera.id, stream)
    if checked is not None:
        return StreamHealth.model_validate(health_data(checked))
    unknown = StreamStatus(camera.id, stream, "starting" if camera.enabled else "disabled")
    return StreamHealth.model_validate(health_data(Checked(unknown, 0)))


def _show_probe(probed: Probed) -> ProbeView:
    thumbnail = None
    if probed.jpeg:
        thumbnail = "data:image/jpeg;base64," + base64.b64encode(probed.jpeg).decode()
    return ProbeView(
        ok=True,
        make=probed.result.make,
        model=probed.result.model,
        streams=[_show_stream(stream) for stream in probed.result.streams],
        warnings=list(probed.result.warnings),
        thumbnail=thumbnail,
    )


def _show_stream(stream: ProbedStream) -> ProbedStreamView:
    video, audio = stream.info.video, stream.info.audio
    return ProbedStreamView(
        name=stream.name,
        video=ProbedVideo(codec=video.codec, width=video.width, height=video.height, fps=video.fps)
        if video
        else None,
        audio=ProbedAudio(codec=audio.codec, sample_rate=audio.sample_rate, channels=audio.channels)
        if audio
        else None,
    )
