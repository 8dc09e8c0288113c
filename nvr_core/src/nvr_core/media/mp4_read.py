"""Walks the boxes of a fragmented MP4 without touching the media: for recovery and checks."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nvr_core.media.mp4_init import VIDEO_TRACK

_MAX_MOOF = 16 << 20
_FLAG_NOT_SYNC = 0x10000


class Unreadable(Exception):
    """The file is not a fragmented MP4 that begins with ftyp, moov and a whole fragment."""


@dataclass(frozen=True, slots=True)
class FragmentInfo:
    """One whole fragment of a file."""

    offset: int
    size: int
    start: int
    """Decode time of its first video sample in the video's ticks."""
    duration: int
    """Sum of its video samples' durations."""
    key: bool
    """True if its first video sample is a random access point."""
    frames: int
    """Number of its video samples."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What a file holds; what lies behind `size` is torn."""

    init: bytes
    """ftyp + moov."""
    uuid_boxes: tuple[bytes, ...]
    """Bodies of the ``uuid`` boxes between the init and the first fragment."""
    fragments: tuple[FragmentInfo, ...]
    size: int
    """End of the last whole fragment."""
    file_size: int


def read_file(path: Path) -> FileInfo:
    """Read a file's boxes; blocks. Raises `Unreadable`, or `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _read(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)


def _read(descriptor: int, file_size: int) -> FileInfo:
    init: list[bytes] = []
    uuids: list[bytes] = []
    fragments: list[FragmentInfo] = []
    end, pending = 0, None
    for offset, size, kind in _top_boxes(descriptor, file_size):
        if kind in (b"ftyp", b"moov"):
            init.append(os.pread(descriptor, size, offset))
        elif kind == b"uuid" and not fragments:
            uuids.append(os.pread(descriptor, size - 8, offset + 8))
        elif kind == b"moof":
            pending = _video_run(os.pread(descriptor, min(size, _MAX_MOOF), offset)), offset
        elif kind == b"mdat" and pending is not None:
            (start, duration, key, frames), moof_offset = pending
            whole = offset + size - moof_offset
            fragments.append(FragmentInfo(moof_offset, whole, start, duration, key, frames))
            end, pending = offset + size, None
    if len(init) != 2 or not fragments:
        raise Unreadable("no whole fragment behind ftyp and moov")
    return FileInfo(b"".join(init), tuple(uuids), tuple(fragments), end, file_size)


def _top_boxes(descriptor: int, file_size: int) -> Iterator[tuple[int, int, bytes]]:
    position = 0
    while position + 8 <= file_size:
        size, kind = struct.unpack(">I4s", os.pread(descriptor, 8, position))
        if size < 8 or position + size > file_size:
            return
        yield position, size, kind
        position += size


def _video_run(moof: bytes) -> tuple[int, int, bool, int]:
    for traf in _children(moof, 8, b"traf"):
        boxes = dict(_named_children(traf, 8))
        tfhd, tfdt, trun = boxes.get(b"tfhd"), boxes.get(b"tfdt"), boxes.get(b"trun")
        if tfhd is None or tfdt is None or trun is None:
            raise Unreadable("a fragment lacks a box")
        if int.from_bytes(tfhd[12:16], "big") == VIDEO_TRACK:
            (start,) = struct.unpack_from(">Q" if tfdt[8] == 1 else ">I", tfdt, 12)
            return (start, *_durations(trun))
    raise Unreadable("a fragment lacks video")


def _durations(trun: bytes) -> tuple[int, bool, int]:
    flags, count, _ = struct.unpack_from(">III", trun, 8)
    # Only what `mp4_fragment` writes: every field given for every sample.
    if flags & 0xFFFFFF != 0xF01 or len(trun) != 20 + 16 * count or not count:
        raise Unreadable("a fragment is not of this recorder's making")
    fields = struct.unpack_from(f">{4 * count}I", trun, 20)
    return sum(fields[::4]), not fields[2] & _FLAG_NOT_SYNC, count


def _named_children(data: bytes, start: int) -> Iterator[tuple[bytes, bytes]]:
    position = start
    while position + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        if size < 8 or position + size > len(data):
            raise Unreadable("a box is longer than the one it lies in")
        yield kind, data[position : position + size]
        position += size


def _children(data: bytes, start: int, wanted: bytes) -> Iterator[bytes]:
    return (child for kind, child in _named_children(data, start) if kind == wanted)


def track_timescales(init: bytes) -> dict[int, int]:
    """Give ticks per second of each track of an init segment (ftyp + moov)."""
    scales: dict[int, int] = {}
    for moov in _children(init, 0, b"moov"):
        for trak in _children(moov, 8, b"trak"):
            boxes = dict(_named_children(trak, 8))
            media = dict(_named_children(boxes[b"mdia"], 8))
            number = int.from_bytes(boxes[b"tkhd"][20:24], "big")
            scales[number] = int.from_bytes(media[b"mdhd"][20:24], "big")
    return scales
