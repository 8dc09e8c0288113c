"""After a crash the index and the files agree again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.engine.kit import Recorded, check_consistent, gaps, make_database, recorded, rows
from core.engine.replay import load
from nvr_core.media.mp4_init import media_format
from nvr_core.media.timeline import TICKS, Timeline
from nvr_core.processes import RecoveryReport
from nvr_core.recording.index import Index, open_database
from nvr_core.recording.paths import part_path
from nvr_core.recording.recovery import recover
from nvr_core.recording.recovery_index import RecoveryIndex
from nvr_core.recording.segment_file import SegmentFile
from nvr_core.recording.segmenter import Fragment, Limits, Segmenter, SegmentHead
from nvr_core.recording.storage import StorageRow, prepare_default
from nvr_core.settings import Settings
from peers.clips import frame_hashes, make_clip

DAY_END = 1_795_391_990  # ten seconds before midnight UTC


class Writer:
    """A segment sink that writes at once, on this thread."""

    def __init__(self, settings: Settings, index: Index) -> None:
        self._settings, self._index = settings, index
        self._file: SegmentFile | None = None

    def open_segment(self, head: SegmentHead) -> None:
        self._file = SegmentFile(self._settings.recordings, "porch", "main", head)

    def write_fragment(self, piece: Fragment) -> None:
        assert self._file is not None
        self._file.append(piece)

    def close_segment(self) -> None:
        assert self._file is not None
        written = self._file.finish()
        assert written is not None
        self._index.add_segment("porch", "main", 1, written)

    def report_gap(self, start_us: int | None, end_us: int, reason: str) -> None:
        raise AssertionError("there is no gap")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A server with 10 segments of 2 s, half of them before midnight."""
    settings = Settings(tmp_path)
    make_database(settings)
    with closing(open_database(settings.database)) as db:
        index = Index(db)
        uuid, reserve = prepare_default(settings.recordings)
        index.add_storage(uuid, settings.recordings, reserve, 0)
        segmenter = Segmenter(Writer(settings, index), "", Limits(segment=2 * TICKS))
        clip = load(make_clip("h264", "aac", seconds=20))
        segmenter.begin(media_format(clip.info))
        timeline = Timeline((DAY_END - 1) * 1_000_000_000, 90_000, 44_100)
        for unit in clip.units:
            sample = timeline.place(unit)
            (segmenter.video if sample.video else segmenter.audio)(sample)
        segmenter.finish("")
    return settings


def scan(settings: Settings) -> RecoveryReport:
    with closing(open_database(settings.database)) as db:
        storage = Index(db).storages()[0]
        return recover(RecoveryIndex(db), storage, 7)


def forget(settings: Settings, segments: list[Recorded], runs: bool = False) -> None:
    with closing(sqlite3.connect(settings.database)) as db, db:
        for segment in segments:
            db.execute("DELETE FROM segment WHERE start_us = ?", (segment.start_us,))
        if runs:
            db.execute("DELETE FROM run")
            db.execute("DELETE FROM stream")


def same(found: list[Recorded], expected: list[Recorded]) -> bool:
    def rest(each: Recorded) -> tuple[object, ...]:
        return (each.path, each.base_ticks, each.size, each.keyframes, each.init, each.run_start_us)

    close = all(
        abs(one.start_us - two.start_us) + abs(one.duration_us - two.duration_us) < 30
        for one, two in zip(found, expected, strict=True)
    )
    return close and [rest(each) for each in found] == [rest(each) for each in expected]


def test_nothing_to_do(settings: Settings) -> None:
    before = recorded(settings)
    assert len(before) == 10
    assert len({segment.path.parent for segment in before}) == 2
    assert scan(settings) == RecoveryReport(started_us=7)
    assert recorded(settings) == before


def test_files_without_rows_are_adopted(settings: Settings) -> None:
    before = recorded(settings)
    forget(settings, before[-2:])
    assert scan(settings) == RecoveryReport(adopted=2, started_us=7)
    assert same(recorded(settings), before)
    assert len(rows(settings, "SELECT 1 FROM run")) == 1


def test_an_empty_index_is_rebuilt_from_the_files(settings: Settings) -> None:
    before = recorded(settings)
    run = rows(settings, "SELECT start_us, end_us, init, mime FROM run")
    forget(settings, before, runs=True)
    assert scan(settings) == RecoveryReport(adopted=10, started_us=7)
    assert same(recorded(settings), before)
    (found,) = rows(settings, "SELECT start_us, end_us, init, mime FROM run")
    assert (found[0], found[2:]) == (run[0][0], run[0][2:])
    assert abs(found[1] - run[0][1]) < 30


def test_a_torn_part_is_cut_and_adopted(settings: Settings) -> None:
    before = recorded(settings)
    last = before[-1]
    forget(settings, [last])
    part = part_path(last.path)
    data = last.path.read_bytes()
    last.path.unlink()
    whole = last.keyframes[1].offset
    part.write_bytes(data[: whole + 1000])
    assert scan(settings) == RecoveryReport(repaired=1, started_us=7)
    segments = recorded(settings)
    check_consistent(segments)
    assert segments[-1].size == whole
    assert segments[-1].duration_us == pytest.approx(1_000_000, abs=30)
    assert len(list(frame_hashes(segments[-1].path))) == 25
    assert not part.exists()
    assert scan(settings) == RecoveryReport(started_us=7)


def test_what_cannot_be_read_goes_to_quarantine(settings: Settings) -> None:
    before = recorded(settings)
    day = before[-1].path.parent
    (day / "segment_20261123_000100.mp4.part").write_bytes(b"")
    (day / "segment_20261123_000200.mp4").write_bytes(b"rubbish" * 50)
    # A whole file of another time: its name and its own word disagree.
    (day / "segment_20261123_000300.mp4").write_bytes(before[-1].path.read_bytes())
    assert scan(settings) == RecoveryReport(quarantined=3, started_us=7)
    assert recorded(settings) == before
    kept = settings.recordings / "quarantine" / "porch" / "main" / day.name
    assert len(list(kept.iterdir())) == 3
    assert scan(settings) == RecoveryReport(started_us=7)


def test_rows_of_the_last_day_without_file_are_dropped(settings: Settings) -> None:
    before = recorded(settings)
    for segment in before[-3:-1]:
        segment.path.unlink()
    assert scan(settings) == RecoveryReport(missing=2, started_us=7)
    left = recorded(settings)
    assert left == [*before[:-3], before[-1]]
    assert [reason for _, _, reason in gaps(settings)] == ["file_missing"] * 2
    assert {start for start, _, _ in gaps(settings)} == {each.start_us for each in before[-3:-1]}


def test_a_run_shrinks_and_goes_with_its_segments(settings: Settings) -> None:
    before = recorded(settings)
    last_day = before[-1].path.parent
    after_midnight = [segment for segment in before if segment.path.parent == last_day]
    for segment in after_midnight:
        segment.path.unlink()
    assert scan(settings).missing == len(after_midnight)
    ((end,),) = rows(settings, "SELECT end_us FROM run")
    assert end == recorded(settings)[-1].end_us


def test_a_second_storage_is_not_blamed_for_the_first_ones_files(settings: Settings) -> None:
    before = recorded(settings)
    with closing(open_database(settings.database)) as db:
        other = settings.data / "other"
        uuid, reserve = prepare_default(other)
        Index(db).add_storage(uuid, other, reserve, 0)
        report = recover(RecoveryIndex(db), StorageRow(2, uuid, other, reserve), 7)
    assert report == RecoveryReport(started_us=7)
    assert recorded(settings) == before
