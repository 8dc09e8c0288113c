"""Questions to the recording index. Every method blocks: call it from a thread.

Rows of one stream do not overlap, so a window begins at the last row that starts at or before it:
no query looks at more rows than it returns, however old the recordings are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import Session, SQLModel, col, func, select

from nvr_core.db.engine import Database
from nvr_core.db.models import Gap, Run, Segment, Storage, Stream
from nvr_core.recording.keyframes import Keyframe, unpack_keyframes
from nvr_core.recording.paths import segment_path
from nvr_sdk.errors import NvrError

JOIN_US = 500_000
"""Runs closer than this are one range: a change of codec is no gap to the user."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Range:
    """An unbroken stretch of footage, microseconds since the epoch."""

    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A segment with all that is needed to send it."""

    segment: Segment
    run: Run
    path: Path
    keyframes: tuple[Keyframe, ...]

    @property
    def media_offset(self) -> int:
        """Where the fragments begin in the file."""
        return self.keyframes[0].offset if self.keyframes else len(self.run.init)


class Timeline:
    """Reads the tables that the engine writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def knows(self, camera_id: str) -> bool:
        """Tell whether anything was ever recorded of a camera, be it gone or not."""
        statement = select(Stream.id).where(Stream.camera_id == camera_id).limit(1)
        with self._database.read() as session:
            return session.exec(statement).first() is not None

    def ranges(self, camera_id: str, stream: str, window: Range) -> list[Range]:
        """Give what is recorded inside ``window``, merged."""
        with self._database.read() as session:
            rows = self._rows(session, Run, camera_id, stream, window, without=("init", "mime"))
        return merge(clip(((row.start_us, row.end_us) for row in rows), window))

    def gaps(self, camera_id: str, stream: str, window: Range) -> list[Gap]:
        """Give the known gaps that touch ``window``, not clipped."""
        with self._database.read() as session:
            return self._rows(session, Gap, camera_id, stream, window)

    def segments(
        self, camera_id: str, stream: str, window: Range, after_us: int, limit: int
    ) -> list[Segment]:
        """Give the segments that touch ``window`` and start after ``after_us``, oldest first."""
        with self._database.read() as session:
            number = _stream_number(session, camera_id, stream)
            if number is None:
                return []
            first = _first_start(session, Segment, number, window.start_us)
            statement = (
                select(Segment)
                .where(
                    Segment.stream_id == number,
                    col(Segment.start_us) >= first,
                    col(Segment.start_us) > after_us,
                    col(Segment.start_us) < window.end_us,
                )
                .order_by(col(Segment.start_us))
                .limit(limit + 1)
            )
            found = list(session.exec(statement))
        # Only the first row can end before the window does begin.
        return [s for s in found if s.start_us + s.duration_us > window.start_us][:limit]

    def runs(self, camera_id: str, stream: str, window: Range) -> list[Run]:
        """Give the runs that touch ``window``, oldest first."""
        with self._database.read() as session:
            return self._rows(session, Run, camera_id, stream, window)

    def run(self, camera_id: str, run_id: int) -> Run:
        """Give a run of a camera; raises ``recording_not_found``."""
        statement = select(Run).join(Stream).where(Run.id == run_id, Stream.camera_id == camera_id)
        with self._database.read() as session:
            found = session.exec(statement).first()
        if found is None:
            raise NvrError("recording_not_found", "There is no such recording.")
        return found

    def segment_file(self, camera_id: str, stream: str, start_us: int) -> SegmentFile:
        """Give the segment that begins at ``start_us``; raises ``segment_not_found``."""
        found = self._segment(camera_id, stream, start_us)
        if found is None or found.segment.start_us != start_us:
            raise NvrError("segment_not_found", "There is no such segment.")
        return found

    def segment_at(self, camera_id: str, stream: str, time_us: int) -> SegmentFile:
        """Give the segment that holds a moment; raises ``recording_not_found``."""
        found = self._segment(camera_id, stream, time_us)
        if found is None or time_us >= found.segment.start_us + found.segment.duration_us:
            raise NvrError("recording_not_found", "Nothing is recorded at this time.")
        return found

    def days(self, camera_id: str, stream: str, window: Range) -> list[tuple[str, float]]:
        """Give the recorded seconds of each UTC day in ``window`` that has any."""
        ranges = self.ranges(camera_id, stream, window)
        totals: dict[str, int] = {}
        for item in ranges:
            for day, microseconds in split_days(item):
                totals[day] = totals.get(day, 0) + microseconds
        return [(day, microseconds / 1e6) for day, microseconds in sorted(totals.items())]

    def _segment(self, camera_id: str, stream: str, time_us: int) -> SegmentFile | None:
        with self._database.read() as session:
            number = _stream_number(session, camera_id, stream)
            statement = (
                select(Segment, Run, Storage)
                .where(
                    Segment.stream_id == number,
                    col(Segment.start_us) <= time_us,
                    Segment.run_id == Run.id,
                    Segment.storage_id == Storage.id,
                )
                .order_by(col(Segment.start_us).desc())
                .limit(1)
            )
            row = session.exec(statement).first()
        if row is None:
            return None
        segment, run, storage = row
        path = segment_path(storage.path, camera_id, stream, segment.start_us, segment.suffix)
        return SegmentFile(segment, run, path, unpack_keyframes(segment.keyframes))

    def _rows(
        self,
        session: Session,
        table: Any,
        camera_id: str,
        stream: str,
        window: Range,
        *,
        without: tuple[str, ...] = (),
    ) -> list[Any]:
        number = _stream_number(session, camera_id, stream)
        if number is None:
            return []
        first = _first_start(session, table, number, window.start_us)
        statement = (
            select(table)
            .options(*(defer(getattr(table, name)) for name in without))
            .where(
                table.stream_id == number,
                table.start_us >= first,
                table.start_us < window.end_us,
                table.end_us > window.start_us,
            )
            .order_by(table.start_us)
        )
        return list(session.exec(statement))


def clip(spans: Iterable[tuple[int, int]], window: Range) -> list[Range]:
    """Cut spans to a window."""
    return [
        Range(max(start, window.start_us), min(end, window.end_us))
        for start, end in spans
        if start < window.end_us and end > window.start_us
    ]


def merge(ranges: Iterable[Range]) -> list[Range]:
    """Join ranges (sorted by start) that overlap or all but touch."""
    merged: list[Range] = []
    for item in ranges:
        if merged and item.start_us - merged[-1].end_us <= JOIN_US:
            merged[-1] = Range(merged[-1].start_us, max(merged[-1].end_us, item.end_us))
        else:
            merged.append(item)
    return merged


def split_days(item: Range) -> Iterable[tuple[str, int]]:
    """Cut a range at midnights (UTC) and give (date, microseconds)."""
    start = item.start_us
    while start < item.end_us:
        day = datetime.fromtimestamp(start // 1_000_000, UTC).date()
        midnight = datetime.combine(day + _DAY, datetime.min.time(), UTC)
        end = min(item.end_us, int(midnight.timestamp()) * 1_000_000)
        yield day.isoformat(), end - start
        start = end


def _stream_number(session: Session, camera_id: str, stream: str) -> int | None:
    statement = select(Stream.id).where(Stream.camera_id == camera_id, Stream.name == stream)
    return session.exec(statement).first()


def _first_start(session: Session, table: type[SQLModel], number: int, time_us: int) -> int:
    rows: Any = table
    statement = select(func.max(rows.start_us)).where(
        rows.stream_id == number, rows.start_us <= time_us
    )
    return session.exec(statement).one() or 0
