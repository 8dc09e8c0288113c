"""Recordings: ranges, gaps, segments, plans of playback."""

from __future__ import annotations

from pydantic import BaseModel, Field

from nvr_core.api.times import Time


class RangeView(BaseModel):
    """An unbroken stretch of footage."""

    start: Time
    end: Time


class GapView(BaseModel):
    """Footage that should be there and is not."""

    start: Time
    end: Time
    reason: str = Field(description="Stable code, e.g. `camera_offline`, `engine_restart`.")
    detail: str


class KeyframeView(BaseModel):
    """A group of pictures inside a segment's file."""

    time: Time
    offset: int = Field(description="Where it begins in the file, bytes.")
    size: int = Field(description="Bytes.")


class SegmentView(BaseModel):
    """A file of recorded media."""

    id: str
    start: Time
    end: Time
    duration: float = Field(description="Seconds.")
    size: int
    keyframes: list[KeyframeView]


class RecordingsView(BaseModel):
    """What there is in a window; ranges and gaps are whole, segments come in pages."""

    ranges: list[RangeView]
    gaps: list[GapView]
    segments: list[SegmentView]
    next_cursor: str | None


class DayView(BaseModel):
    """A day (UTC) with footage."""

    date: str = Field(examples=["2026-11-22"])
    seconds: float


class PlaybackSegment(BaseModel):
    """A file, as the web player needs it."""

    start: Time
    end: Time
    url: str = Field(description="The file; takes byte ranges.")
    base_s: float = Field(description="Place of the file's time 0 in the run, seconds.")
    init_size: int = Field(description="Bytes before the first fragment.")
    size: int
    keyframes: list[KeyframeView]


class PlaybackRun(BaseModel):
    """Segments that share one init segment and one clock."""

    id: int
    mime: str
    start: Time = Field(description="Wall-clock time of the run's time 0.")
    end: Time
    init_url: str
    segments: list[PlaybackSegment]


class PlaybackView(BaseModel):
    """A plan of playback."""

    mime: str = Field(description="Of the first run; empty when nothing is recorded.")
    start: Time
    end: Time
    runs: list[PlaybackRun]
