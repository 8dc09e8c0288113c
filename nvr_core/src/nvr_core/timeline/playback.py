"""Plans of playback for the web player and for HLS players."""

from __future__ import annotations

from dataclasses import dataclass

from nvr_core.db.models import Run, Segment
from nvr_core.recording.keyframes import Keyframe, unpack_keyframes
from nvr_core.timeline.query import Range, Timeline
from nvr_sdk.errors import FieldError, NvrError

MAX_WINDOW_US = 86_400_000_000
"""One plan covers at most a day."""
_ALL = 100_000


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run with those of its segments that touch the window."""

    run: Run
    segments: tuple[tuple[Segment, tuple[Keyframe, ...]], ...]


def plan(timeline: Timeline, camera_id: str, stream: str, window: Range) -> list[PlannedRun]:
    """Give what is to be played in ``window``; blocks. Raises ``validation_failed`` past a day."""
    if window.end_us - window.start_us > MAX_WINDOW_US:
        message = "Playback covers at most 24 hours at a time."
        raise NvrError("validation_failed", message, (FieldError("end", "too_long", message),))
    by_run: dict[int, list[Segment]] = {}
    for segment in timeline.segments(camera_id, stream, window, -1, _ALL):
        by_run.setdefault(segment.run_id, []).append(segment)
    planned = []
    for run in timeline.runs(camera_id, stream, window):
        found = by_run.get(run.id or 0, [])
        if found:
            segments = tuple((item, unpack_keyframes(item.keyframes)) for item in found)
            planned.append(PlannedRun(run, segments))
    return planned
