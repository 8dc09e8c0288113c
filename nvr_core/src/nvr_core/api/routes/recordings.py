"""What is recorded, and plans to play it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from nvr_core.api.dependencies import Asked, allow
from nvr_core.api.ranged_file import RangedFile
from nvr_core.api.schemas.common import (
    CameraId,
    Cursor,
    Limit,
    Listed,
    StreamQuery,
    make_cursor,
    read_cursor,
)
from nvr_core.api.schemas.errors import errors
from nvr_core.api.schemas.recordings import DayView, PlaybackView, RecordingsView
from nvr_core.api.services import Services
from nvr_core.api.show_recordings import show_playback, show_recordings
from nvr_core.api.times import TimeQuery, format_time
from nvr_core.timeline.files import read_shifted
from nvr_core.timeline.hls import vod_playlist
from nvr_core.timeline.playback import plan
from nvr_core.timeline.query import Range, SegmentFile
from nvr_sdk.errors import FieldError, NvrError

MAX_WINDOW_US = 31 * 86_400_000_000
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
_SEGMENT_ID = re.compile(r"(main|sub)-(\d{1,16})", re.ASCII)

router = APIRouter(
    prefix="/cameras/{camera_id}",
    tags=["recordings"],
    dependencies=[Depends(allow("camera.view"))],
)
Start = Annotated[TimeQuery, Query(description="Begin of the window.")]
End = Annotated[TimeQuery, Query(description="End of the window; later than its begin.")]
SegmentId = Annotated[
    str,
    Path(
        pattern=r"^(main|sub)-[0-9]{1,16}$",
        description="Id of a segment.",
        examples=["main-1795550400000000"],
    ),
]
# Recorded media never changes under its address, but only those who are logged in may keep it.
_FOREVER = {"cache-control": "private, max-age=86400"}
_MP4 = {"content": {"video/mp4": {}}, "description": "The media."}
_PART = {
    "content": {"video/mp4": {}},
    "description": "The bytes asked for.",
    "headers": {"Content-Range": {"schema": {"type": "string"}}},
}


@router.get(
    "/recordings",
    operation_id="listRecordings",
    summary="List what is recorded",
    response_model=RecordingsView,
    responses=errors("camera_not_found"),
)
async def list_recordings(
    *,
    camera_id: CameraId,
    start: Start,
    end: End,
    services: Asked,
    stream: StreamQuery = "main",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Give merged ranges and known gaps of at most 31 days, and the segments by page."""
    window = _window(start, end)
    after = read_cursor(cursor)
    after = -1 if after is None else after

    def read() -> bytes:
        timeline = services.timeline
        segments = timeline.segments(camera_id, stream, window, after, limit + 1)
        more = make_cursor(segments[limit - 1].start_us) if len(segments) > limit else None
        ranges = timeline.ranges(camera_id, stream, window)
        gaps = timeline.gaps(camera_id, stream, window)
        return orjson.dumps(show_recordings(stream, ranges, gaps, segments[:limit], more))

    await _require_camera(services, camera_id)
    return Response(await asyncio.to_thread(read), media_type="application/json")


@router.get(
    "/days",
    operation_id="listDays",
    summary="List the days with footage",
    responses=errors("camera_not_found"),
)
async def list_days(
    camera_id: CameraId,
    month: Annotated[
        str,
        Query(
            pattern=r"^(19[7-9][0-9]|20[0-9]{2}|21[0-8][0-9])-(0[1-9]|1[0-2])$",
            description="Year and month, UTC.",
            examples=["2026-11"],
        ),
    ],
    services: Asked,
    stream: StreamQuery = "main",
) -> Listed[DayView]:
    """Give the seconds recorded on each day of a month."""
    await _require_camera(services, camera_id)
    year, number = int(month[:4]), int(month[5:])
    begin = datetime(year, number, 1, tzinfo=UTC)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    window = Range(int(begin.timestamp()) * 1_000_000, int(end.timestamp()) * 1_000_000)
    days = await asyncio.to_thread(services.timeline.days, camera_id, stream, window)
    return Listed(items=[DayView(date=date, seconds=seconds) for date, seconds in days])


@router.get(
    "/playback",
    operation_id="getPlayback",
    summary="Give a plan for the web player",
    response_model=PlaybackView,
    responses=errors("camera_not_found"),
)
async def get_playback(
    camera_id: CameraId, start: Start, end: End, services: Asked, stream: StreamQuery = "main"
) -> Response:
    """Say which bytes of which files to append where, for a window of at most 24 hours."""
    window = _window(start, end)
    await _require_camera(services, camera_id)

    def read() -> bytes:
        runs = plan(services.timeline, camera_id, stream, window)
        return orjson.dumps(show_playback(camera_id, stream, window, runs))

    return Response(await asyncio.to_thread(read), media_type="application/json")


@router.get(
    "/hls/index.m3u8",
    operation_id="getHlsPlaylist",
    summary="Give an HLS playlist of a window",
    response_class=Response,
    responses={
        200: {"content": {PLAYLIST_TYPE: {}}, "description": "A VOD playlist."},
        **errors("camera_not_found", "recording_not_found"),
    },
)
async def get_hls_playlist(
    camera_id: CameraId, start: Start, end: End, services: Asked, stream: StreamQuery = "main"
) -> Response:
    """Give a window of at most 24 hours as fragmented MP4 segments."""
    window = _window(start, end)
    await _require_camera(services, camera_id)
    runs = await asyncio.to_thread(plan, services.timeline, camera_id, stream, window)
    if not runs:
        raise NvrError("recording_not_found", "Nothing is recorded in this window.")
    return Response(vod_playlist(runs, stream, format_time), media_type=PLAYLIST_TYPE)


@router.get(
    "/runs/{run_id}/init.mp4",
    operation_id="getRunInit",
    summary="Give the init segment of a run",
    response_class=Response,
    responses={200: _MP4, **errors("recording_not_found")},
)
async def get_run_init(
    camera_id: CameraId, run_id: Annotated[int, Path(ge=1, le=2_147_483_647)], services: Asked
) -> Response:
    """Give ftyp and moov of every segment of a run."""
    run = await asyncio.to_thread(services.timeline.run, camera_id, run_id)
    return Response(run.init, media_type="video/mp4", headers=_FOREVER)


@router.get(
    "/segments/{segment_id}.mp4",
    operation_id="getSegment",
    summary="Give a recorded file",
    response_class=Response,
    responses={
        200: _MP4,
        206: _PART,
        **errors("segment_not_found", "range_not_satisfiable"),
    },
)
async def get_segment(camera_id: CameraId, segment_id: SegmentId, services: Asked) -> Response:
    """Give the file as it is on disk; takes one byte range."""
    found = await asyncio.to_thread(_find, services, camera_id, segment_id)
    return RangedFile(found.path, media_type="video/mp4", headers=_FOREVER)


@router.get(
    "/segments/{segment_id}.m4s",
    operation_id="getHlsSegment",
    summary="Give a recorded file's fragments for HLS",
    response_class=Response,
    responses={
        200: {"content": {"video/iso.segment": {}}, "description": "The fragments."},
        **errors("segment_not_found"),
    },
)
async def get_hls_segment(camera_id: CameraId, segment_id: SegmentId, services: Asked) -> Response:
    """Give the fragments with decode times that continue through the run."""

    def read() -> bytes:
        return read_shifted(_find(services, camera_id, segment_id))

    data = await asyncio.to_thread(read)
    return Response(data, media_type="video/iso.segment", headers=_FOREVER)


def _window(start: int, end: int) -> Range:
    if end <= start:
        message = "The end has to be later than the start."
        raise NvrError("validation_failed", message, (FieldError("end", "order", message),))
    if end - start > MAX_WINDOW_US:
        message = "The window is longer than 31 days."
        raise NvrError("validation_failed", message, (FieldError("end", "too_long", message),))
    return Range(start, end)


async def _require_camera(services: Services, camera_id: str) -> None:
    # A camera may be gone and its recordings kept.
    if not await asyncio.to_thread(services.timeline.knows, camera_id):
        await services.cameras.get(camera_id)


def _find(services: Services, camera_id: str, segment_id: str) -> SegmentFile:
    parts = _SEGMENT_ID.fullmatch(segment_id)
    if parts is None:
        raise NvrError("segment_not_found", "There is no such segment.")
    found = services.timeline.segment_file(camera_id, parts[1], int(parts[2]))
    if not found.path.is_file():
        raise NvrError("segment_not_found", "The file of this segment is gone.")
    return found
