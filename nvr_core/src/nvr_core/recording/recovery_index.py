"""What recovery asks of the index and changes in it. All methods block."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nvr_core.recording.anchor import Anchor
from nvr_core.recording.index import Index, transaction
from nvr_core.recording.paths import segment_path, stream_dir
from nvr_core.recording.storage import StorageRow

_FILE_MISSING = "file_missing"


@dataclass(frozen=True, slots=True)
class Adopted:
    """A file that gets a row."""

    camera_id: str
    stream: str
    storage_id: int
    suffix: int
    size: int
    duration_us: int
    keyframes: bytes
    init: bytes
    anchor: Anchor


class RecoveryIndex:
    """Works on a connection of its own, in short transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._index = Index(connection)

    def last_start(self, camera_id: str, stream: str) -> int | None:
        """Give the start of the newest segment in the index, µs."""
        row = self._db.execute(
            "SELECT max(segment.start_us) FROM segment JOIN stream ON stream.id ="
            " segment.stream_id WHERE stream.camera_id = ? AND stream.name = ?",
            (camera_id, stream),
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def segments_from_day(
        self, camera_id: str, stream: str, storage: StorageRow, day: str
    ) -> dict[Path, int]:
        """Map paths of a storage's segments, from a day on, to their starts."""
        rows = self._db.execute(
            "SELECT segment.start_us, segment.suffix FROM segment JOIN stream ON stream.id ="
            " segment.stream_id WHERE stream.camera_id = ? AND stream.name = ?"
            " AND segment.storage_id = ? AND segment.start_us >= ?",
            (camera_id, stream, storage.id, _day_start_us(day)),
        )
        return {
            segment_path(storage.path, camera_id, stream, start, suffix): start
            for start, suffix in rows
        }

    def condemned(self) -> frozenset[str]:
        """Give the paths of files that the API is deleting: their rows are gone on purpose."""
        return frozenset(row[0] for row in self._db.execute("SELECT path FROM garbage"))

    def adopt(self, file: Adopted) -> None:
        """Give a file its row; its run is found by the anchor or made."""
        anchor = file.anchor
        end_us = anchor.start_us + file.duration_us
        with transaction(self._db) as db:
            stream_id = self._index.stream_id(file.camera_id, file.stream)
            run_id = self._index.find_run(stream_id, anchor.run_start_us, file.init)
            if run_id is None:
                run_id = db.execute(
                    "INSERT INTO run (stream_id, start_us, end_us, init, mime)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (stream_id, anchor.run_start_us, end_us, file.init, anchor.mime),
                ).lastrowid
            db.execute("UPDATE run SET end_us = max(end_us, ?) WHERE id = ?", (end_us, run_id))
            try:
                db.execute(
                    "INSERT INTO segment (stream_id, start_us, duration_us, run_id, base_ticks,"
                    " size, storage_id, suffix, keyframes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(stream_id, anchor.start_us, file.duration_us, run_id),
                        *(anchor.base_ticks, file.size, file.storage_id, file.suffix),
                        file.keyframes,
                    ),
                )
            except sqlite3.IntegrityError as error:
                raise ValueError("another file of the same time is in the index") from error

    def drop_segment(self, camera_id: str, stream: str, start_us: int) -> None:
        """Remove a row whose file is gone; what it covered becomes a gap."""
        with transaction(self._db) as db:
            stream_id = self._index.stream_id(camera_id, stream)
            row = db.execute(
                "DELETE FROM segment WHERE stream_id = ? AND start_us = ?"
                " RETURNING run_id, duration_us",
                (stream_id, start_us),
            ).fetchone()
            run_id, duration_us = int(row[0]), int(row[1])
            db.execute(
                "INSERT INTO gap (stream_id, start_us, end_us, reason, detail)"
                " VALUES (?, ?, ?, ?, '')",
                (stream_id, start_us, start_us + duration_us, _FILE_MISSING),
            )
            self._fit_run(run_id)

    def drop_streams_without_directory(self, storage: StorageRow) -> int:
        """Remove the last day's rows of streams whose whole directory is gone; gives how many."""
        dropped = 0
        streams = self._db.execute("SELECT camera_id, name FROM stream").fetchall()
        for camera_id, name in streams:
            if stream_dir(storage.path, camera_id, name).is_dir():
                continue
            last = self.last_start(camera_id, name)
            if last is None:
                continue
            day = datetime.fromtimestamp(last // 1_000_000, UTC).strftime("%Y-%m-%d")
            for start in self.segments_from_day(camera_id, name, storage, day).values():
                self.drop_segment(camera_id, name, start)
                dropped += 1
        return dropped

    def _fit_run(self, run_id: int) -> None:
        # The start stays: the segments' places in the run are counted from it.
        end = self._db.execute(
            "SELECT max(start_us + duration_us) FROM segment WHERE run_id = ?", (run_id,)
        ).fetchone()[0]
        if end is None:
            self._db.execute("DELETE FROM run WHERE id = ?", (run_id,))
        else:
            self._db.execute("UPDATE run SET end_us = ? WHERE id = ?", (end, run_id))


def _day_start_us(day: str) -> int:
    if not day:
        return 0
    moment = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000
