"""Recordings as the API shows them; plain dicts, because there may be thousands of rows.

Their shapes are those of `api.schemas.recordings`, which a test holds against each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from nvr_core.api.times import format_time
from nvr_core.db.models import Gap, Segment
from nvr_core.recording.keyframes import Keyframe, unpack_keyframes
from nvr_core.timeline.playback import PlannedRun
from nvr_core.timeline.query import Range

Json = dict[str, object]


def show_recordings(
    stream: str,
    ranges: Iterable[Range],
    gaps: Iterable[Gap],
    segments: Iterable[Segment],
    next_cursor: str | None,
) -> Json:
    """Give a `RecordingsView`."""
    return {
        "ranges": [
            {"start": format_time(item.start_us), "end": format_time(item.end_us)}
            for item in ranges
        ],
        "gaps": [
            {
                "start": format_time(gap.start_us),
                "end": format_time(gap.end_us),
                "reason": gap.reason,
                "detail": gap.detail,
            }
            for gap in gaps
        ],
        "segments": [_segment(stream, segment) for segment in segments],
        "next_cursor": next_cursor,
    }


def show_playback(camera_id: str, stream: str, window: Range, runs: list[PlannedRun]) -> Json:
    """Give a `PlaybackView`."""
    base = f"/api/v1/cameras/{camera_id}"
    return {
        "mime": runs[0].run.mime if runs else "",
        "start": format_time(window.start_us),
        "end": format_time(window.end_us),
        "runs": [_run(base, stream, item) for item in runs],
    }


def _run(base: str, stream: str, item: PlannedRun) -> Json:
    return {
        "id": item.run.id,
        "mime": item.run.mime,
        "start": format_time(item.run.start_us),
        "end": format_time(item.run.end_us),
        "init_url": f"{base}/runs/{item.run.id}/init.mp4",
        "segments": [
            {
                "start": format_time(segment.start_us),
                "end": format_time(segment.start_us + segment.duration_us),
                "url": f"{base}/segments/{stream}-{segment.start_us}.mp4",
                "base_s": segment.base_ticks / 90_000,
                "init_size": keyframes[0].offset if keyframes else len(item.run.init),
                "size": segment.size,
                "keyframes": _keyframes(segment, keyframes),
            }
            for segment, keyframes in item.segments
        ],
    }


def _segment(stream: str, segment: Segment) -> Json:
    return {
        "id": f"{stream}-{segment.start_us}",
        "start": format_time(segment.start_us),
        "end": format_time(segment.start_us + segment.duration_us),
        "duration": segment.duration_us / 1e6,
        "size": segment.size,
        "keyframes": _keyframes(segment, unpack_keyframes(segment.keyframes)),
    }


def _keyframes(segment: Segment, keyframes: Iterable[Keyframe]) -> list[Json]:
    return [
        {
            "time": format_time(segment.start_us + key.start_ms * 1000),
            "offset": key.offset,
            "size": key.size,
        }
        for key in keyframes
    ]
