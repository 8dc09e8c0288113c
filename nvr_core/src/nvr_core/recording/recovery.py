"""Brings index and files together after a crash: at the engine's start, before anything is written.

Only the day directories from the last indexed day on are looked at, and only files without a row
are opened, so that a start takes milliseconds however much is recorded.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nvr_core.media.mp4_read import FileInfo, FragmentInfo, Unreadable, read_file
from nvr_core.media.timeline import ticks_to_us
from nvr_core.processes import RecoveryReport
from nvr_core.recording.anchor import Anchor, anchor_of
from nvr_core.recording.keyframes import Keyframe, pack_keyframes
from nvr_core.recording.paths import QUARANTINE, day_name, final_path, segment_path, suffix_of
from nvr_core.recording.recovery_index import Adopted, RecoveryIndex
from nvr_core.recording.segment_file import make_directories, sync_directory
from nvr_core.recording.storage import StorageRow

_log = logging.getLogger("nvr.recovery")


@dataclass(slots=True)
class _Counts:
    adopted: int = 0
    repaired: int = 0
    quarantined: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    storage: StorageRow
    camera_id: str
    stream: str


def recover(index: RecoveryIndex, storage: StorageRow, started_us: int) -> RecoveryReport:
    """Scan one storage location; blocks. The caller has checked that it is the right one."""
    counts = _Counts()
    condemned = index.condemned()
    for directory in _stream_directories(storage.path):
        camera_id, stream = directory.parent.name, directory.name
        last_us = index.last_start(camera_id, stream)
        first_day = "" if last_us is None else day_name(last_us)
        known = index.segments_from_day(camera_id, stream, storage, first_day)
        for path in _files_from(directory, first_day):
            if known.pop(path, None) is None and str(path) not in condemned:
                _take_in(index, _Place(storage, camera_id, stream), path, counts)
        for start_us in known.values():
            index.drop_segment(camera_id, stream, start_us)
            counts.missing += 1
    counts.missing += index.drop_streams_without_directory(storage)
    return RecoveryReport(
        counts.adopted, counts.repaired, counts.quarantined, counts.missing, started_us
    )


def _stream_directories(root: Path) -> Iterator[Path]:
    for camera in _directories(root):
        if camera.name != QUARANTINE:
            yield from _directories(camera)


def _directories(parent: Path) -> list[Path]:
    return sorted(path for path in parent.iterdir() if path.is_dir() and path.name[0] != ".")


def _files_from(directory: Path, first_day: str) -> Iterator[Path]:
    for day in _directories(directory):
        if day.name >= first_day:
            yield from sorted(day.glob("segment_*.mp4"))
            yield from sorted(day.glob("segment_*.mp4.part"))


def _take_in(index: RecoveryIndex, place: _Place, path: Path, counts: _Counts) -> None:
    root = place.storage.path
    try:
        file = read_file(path)
        anchor = anchor_of(file)
        final = final_path(path)
        suffix = suffix_of(final)
        if anchor is None or final != segment_path(
            root, place.camera_id, place.stream, anchor.start_us, suffix
        ):
            raise Unreadable("it does not say which time it is of")
        if final != path and final.exists():
            raise Unreadable("a whole file of the same name exists")
        _make_whole(path, final, file)
        index.adopt(_adopted(place, suffix, file, anchor))
    except (Unreadable, ValueError, OSError) as error:
        _log.warning("moved to quarantine: %s: %s", path.relative_to(root), error)
        _quarantine(root, path if path.exists() else final_path(path))
        counts.quarantined += 1
        return
    if final == path and file.size == file.file_size:
        counts.adopted += 1
    else:
        counts.repaired += 1


def _make_whole(path: Path, final: Path, file: FileInfo) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if file.size != file.file_size:
            os.ftruncate(descriptor, file.size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if path != final:
        path.rename(final)
    sync_directory(final.parent)


def _adopted(place: _Place, suffix: int, file: FileInfo, anchor: Anchor) -> Adopted:
    first, last = file.fragments[0], file.fragments[-1]
    duration = ticks_to_us(last.start + last.duration - first.start)
    keyframes = pack_keyframes(_groups(file.fragments))
    return Adopted(
        camera_id=place.camera_id,
        stream=place.stream,
        storage_id=place.storage.id,
        suffix=suffix,
        size=file.size,
        duration_us=duration,
        keyframes=keyframes,
        init=file.init,
        anchor=anchor,
    )


def _groups(fragments: tuple[FragmentInfo, ...]) -> list[Keyframe]:
    groups: list[Keyframe] = []
    for piece in fragments:
        if piece.key or not groups:
            start_ms = ticks_to_us(piece.start - fragments[0].start) // 1000
            groups.append(Keyframe(piece.offset, piece.size, start_ms))
        else:
            last = groups[-1]
            groups[-1] = Keyframe(last.offset, last.size + piece.size, last.start_ms)
    return groups


def _quarantine(root: Path, path: Path) -> None:
    target = root / QUARANTINE / path.relative_to(root)
    make_directories(root, target.parent)
    path.rename(target)
    sync_directory(target.parent)
