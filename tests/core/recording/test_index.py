"""The index's SQL fits the tables that the API reads."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.kit import make_database, rows
from nvr_core.db import models
from nvr_core.engine import cameras
from nvr_core.recording import index, recovery_index
from nvr_core.recording.index import Index, database_file, open_database
from nvr_core.recording.index_thread import IndexThread
from nvr_core.recording.keyframes import Keyframe, pack_keyframes, unpack_keyframes
from nvr_core.recording.paths import final_path, part_path, segment_path, suffix_of
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError

TABLES = {
    "storage": models.Storage,
    "stream": models.Stream,
    "run": models.Run,
    "segment": models.Segment,
    "gap": models.Gap,
}


def test_every_insert_names_every_column_that_has_no_default() -> None:
    source = "".join(Path(str(module.__file__)).read_text() for module in (index, recovery_index))
    text = re.sub(r'"\s*\n\s*"', "", source)
    seen = set()
    for table, columns in re.findall(r"INSERT (?:OR IGNORE )?INTO (\w+) \(([^)]*)\)", text):
        named = {column.strip() for column in columns.split(",")}
        every = set(TABLES[table].__table__.columns.keys())
        own_key = set() if table == "segment" else {"id"}
        assert named == every - own_key, table
        seen.add(table)
    assert seen == set(TABLES)


def test_the_cameras_columns_exist() -> None:
    named = {column.strip() for column in cameras._COLUMNS.split(",")}
    assert named <= set(models.Camera.__table__.columns.keys())


async def test_a_locked_database_only_delays(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    make_database(settings)
    thread = IndexThread(settings.database)
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        pending = thread.submit(lambda found: found.add_storage("u", tmp_path, 1, 0))
        assert rows(settings, "SELECT 1 FROM storage") == []
        assert not pending.done()
        other.execute("COMMIT")
        await pending
    assert rows(settings, "SELECT uuid FROM storage") == [("u",)]
    thread.close()


async def test_a_job_that_fails_tells_its_caller(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    make_database(settings)
    thread = IndexThread(settings.database)
    await thread.submit(lambda found: found.add_storage("u", tmp_path, 1, 0))
    with pytest.raises(sqlite3.IntegrityError):
        await thread.submit(lambda found: found.add_storage("u", tmp_path, 1, 0))
    assert await thread.submit(Index.is_ready)
    thread.close()


def test_tables_that_are_not_there_yet(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "x.db")) as db:
        assert not Index(db).is_ready()


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(NvrError) as caught:
        database_file(Settings(Path("/x"), database_url="postgresql://host/nvr"))
    assert caught.value.code == "config_error"


keyframes = st.builds(Keyframe, *[st.integers(0, 2**32 - 1)] * 3)


@given(st.lists(keyframes))
def test_keyframes_come_back(entries: list[Keyframe]) -> None:
    assert unpack_keyframes(pack_keyframes(entries)) == tuple(entries)


def test_paths_are_utc_with_a_suffix_on_collision() -> None:
    start = 1_795_391_999_999_999
    path = segment_path("/r", "porch", "sub", start)
    assert str(path) == "/r/porch/sub/2026-11-22/segment_20261122_235959.mp4"
    second = segment_path("/r", "porch", "sub", start, 2)
    assert second.name == "segment_20261122_235959_2.mp4"
    assert part_path(second).name == "segment_20261122_235959_2.mp4.part"
    assert final_path(part_path(second)) == second
    assert (suffix_of(path), suffix_of(part_path(second))) == (0, 2)
    with pytest.raises(ValueError, match="not the name of a segment"):
        suffix_of(Path("holiday.mp4"))
