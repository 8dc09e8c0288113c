"""The recording tables, written by the engine alone.

Plain `sqlite3`: the engine starts in a fraction of the time that an ORM takes to import. A test
compares the columns named here with `db.models`. All methods block; one thread per `Index`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nvr_core.recording.segment_file import WrittenSegment
from nvr_core.recording.storage import StorageRow
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError

_BUSY_MS = 5_000
_GAP_US = 500_000


def database_file(settings: Settings) -> Path:
    """Find the SQLite file; raises `NvrError` ``config_error`` for another kind of database."""
    url = settings.effective_database_url
    if not url.startswith("sqlite:///"):
        raise NvrError("config_error", "The media engine keeps its index in SQLite only.")
    return Path(url.removeprefix("sqlite:///"))


def open_database(path: Path) -> sqlite3.Connection:
    """Open in WAL mode, without transactions of the driver's own making."""
    connection = sqlite3.connect(path, timeout=_BUSY_MS / 1000, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Take the write lock at once; commit at the end, roll back on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


class Index:
    """Rows of runs, segments, gaps and storage locations."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def storages(self) -> list[StorageRow]:
        """List the storage locations, the default one first."""
        rows = self._db.execute("SELECT id, uuid, path, reserve_bytes FROM storage ORDER BY id")
        return [StorageRow(row[0], row[1], Path(row[2]), row[3]) for row in rows]

    def add_storage(self, uuid: str, path: Path, reserve_bytes: int, now_us: int) -> None:
        """Add a storage location."""
        with transaction(self._db) as db:
            db.execute(
                "INSERT INTO storage (uuid, path, reserve_bytes, created_us) VALUES (?, ?, ?, ?)",
                (uuid, str(path), reserve_bytes, now_us),
            )

    def last_end(self, camera_id: str, stream: str) -> int | None:
        """Give the end of the newest run, µs; None if nothing was ever recorded."""
        row = self._db.execute(
            "SELECT run.end_us FROM run JOIN stream ON stream.id = run.stream_id"
            " WHERE stream.camera_id = ? AND stream.name = ? ORDER BY run.start_us DESC LIMIT 1",
            (camera_id, stream),
        ).fetchone()
        return None if row is None else int(row[0])

    def add_segment(
        self, camera_id: str, stream: str, storage_id: int, segment: WrittenSegment
    ) -> None:
        """Add a durable segment and let its run grow to its end, in one transaction."""
        head, run = segment.head, segment.head.run
        with transaction(self._db) as db:
            stream_id = self.stream_id(camera_id, stream)
            run_id = run.row_id
            if run_id is None:
                run_id = self.find_run(stream_id, run.start_us, run.format.init)
            if run_id is None:
                run_id = db.execute(
                    "INSERT INTO run (stream_id, start_us, end_us, init, mime)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (stream_id, run.start_us, segment.end_us, run.format.init, run.format.mime),
                ).lastrowid
            else:
                db.execute(
                    "UPDATE run SET end_us = max(end_us, ?) WHERE id = ?", (segment.end_us, run_id)
                )
            db.execute(
                "INSERT INTO segment (stream_id, start_us, duration_us, run_id, base_ticks, size,"
                " storage_id, suffix, keyframes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(stream_id, head.start_us, segment.end_us - head.start_us, run_id),
                    *(head.base_ticks, segment.size, storage_id, segment.suffix),
                    segment.keyframes,
                ),
            )
        run.row_id = run_id

    def find_run(self, stream_id: int, start_us: int, init: bytes) -> int | None:
        """Find a run by its start and init."""
        row = self._db.execute(
            "SELECT id FROM run WHERE stream_id = ? AND start_us = ? AND init = ?",
            (stream_id, start_us, init),
        ).fetchone()
        return None if row is None else int(row[0])

    def add_gap(
        self, camera_id: str, stream: str, start_us: int | None, end_us: int, reason: str
    ) -> int | None:
        """Note missing footage; ``start_us`` None means: since the newest run's end.

        Gives the start; None when there is no hole of more than half a second after all.
        """
        if start_us is None:
            start_us = self.last_end(camera_id, stream)
        if start_us is None or end_us - start_us <= _GAP_US:
            return None
        with transaction(self._db) as db:
            db.execute(
                "INSERT INTO gap (stream_id, start_us, end_us, reason, detail)"
                " VALUES (?, ?, ?, ?, '')",
                (self.stream_id(camera_id, stream), start_us, end_us, reason),
            )
        return start_us

    def stream_id(self, camera_id: str, stream: str) -> int:
        """Give a stream's number, made at first use inside the caller's transaction."""
        self._db.execute(
            "INSERT OR IGNORE INTO stream (camera_id, name) VALUES (?, ?)", (camera_id, stream)
        )
        row = self._db.execute(
            "SELECT id FROM stream WHERE camera_id = ? AND name = ?", (camera_id, stream)
        ).fetchone()
        return int(row[0])

    def is_ready(self) -> bool:
        """Tell whether the tables exist: the migration is somebody else's."""
        row = self._db.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN"
            " ('camera', 'stream', 'run', 'segment', 'gap', 'storage')"
        ).fetchone()
        return int(row[0]) == 6
