"""What a removed camera leaves behind, and what must not be taken along with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import SQLModel

from nvr_core.cameras.health import HealthBoard
from nvr_core.cameras.store import CameraStore
from nvr_core.cameras.sweep import DELETED, empty_bin, move_aside
from nvr_core.db.engine import Database
from nvr_core.db.models import CameraHealth, Garbage, Storage
from nvr_core.engine.storages import load_storages
from nvr_core.processes import StreamStatus
from nvr_core.recording.index import open_database
from nvr_core.recording.recovery_index import RecoveryIndex
from nvr_core.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def database(settings: Settings):
    database = Database(settings.effective_database_url)
    SQLModel.metadata.create_all(database.writer)
    with database.write() as session:
        row = Storage(uuid="u", path=str(settings.recordings), reserve_bytes=0, created_us=0)
        session.add(row)
    yield database
    database.close()


def _recorded(settings: Settings, camera_id: str) -> Path:
    file = settings.recordings / camera_id / "main" / "2026-11-22" / "segment_20261122_000000.mp4"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    return file


def test_a_new_camera_of_the_same_id_keeps_its_files(
    settings: Settings, database: Database
) -> None:
    store = CameraStore(database, lambda: 1)
    old = _recorded(settings, "porch")
    move_aside(store, "porch")
    assert not old.exists()
    fresh = _recorded(settings, "porch")
    empty_bin(store)
    assert fresh.exists()
    assert not (settings.recordings / DELETED).exists()


def test_recovery_knows_the_files_that_are_being_deleted(
    settings: Settings, database: Database
) -> None:
    with database.write() as session:
        session.add(Garbage(path="/rec/porch/x.mp4", created_us=0))
    connection = open_database(settings.database)
    try:
        assert RecoveryIndex(connection).condemned() == {"/rec/porch/x.mp4"}
    finally:
        connection.close()
    assert [row.uuid for row in load_storages(settings, 0)] == ["u"]


def test_health_of_a_camera_that_was_removed_meanwhile_is_not_stored(database: Database) -> None:
    board = HealthBoard(database, lambda: 1)
    board.take(StreamStatus("gone", "main", "online"))
    board.store(board.pending())
    with database.read() as session:
        assert session.get(CameraHealth, ("gone", "main")) is None
    board.keep_only({("gone", "sub")})
    assert board.all() == []
