"""Fragments (moof + mdat) written by struct, and moved along the timeline."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nvr_core.media.mp4_init import VIDEO_TIMESCALE

_SYNC, _NOT_SYNC = 0x02000000, 0x01010000
_TFHD_BASE_IS_MOOF = 0x020000
# Version 1 (signed composition offsets); data offset; duration, size, flags, offset per sample.
_TRUN = 0x01000F01
_TRAF_HEAD = struct.Struct(">I4sI4sIII4sIQI4sIIi")


@dataclass(frozen=True, slots=True)
class FragmentSample:
    """One sample of a fragment; ``duration`` and ``offset`` (pts - dts) in the track's ticks."""

    data: bytes
    duration: int
    key: bool
    offset: int = 0


@dataclass(frozen=True, slots=True)
class TrackRun:
    """Consecutive samples of one track, the first at decode time ``start``."""

    track: int
    start: int
    samples: Sequence[FragmentSample]


def fragment(sequence: int, runs: Sequence[TrackRun]) -> bytes:
    """Make one moof and its mdat from the given tracks; ``start`` must not be negative."""
    moof_size = 24 + sum(8 + 16 + 20 + 20 + 16 * len(run.samples) for run in runs)
    parts = [struct.pack(">I4sI4sII", moof_size, b"moof", 16, b"mfhd", 0, sequence)]
    data: list[bytes] = []
    offset = moof_size + 8
    for run in runs:
        parts.append(_traf(run, offset))
        payloads = [sample.data for sample in run.samples]
        offset += sum(map(len, payloads))
        data += payloads
    parts.append(struct.pack(">I4s", offset - moof_size, b"mdat"))
    return b"".join(parts + data)


def _traf(run: TrackRun, data_offset: int) -> bytes:
    count = len(run.samples)
    trun_size = 20 + 16 * count
    head = _TRAF_HEAD.pack(
        *(8 + 16 + 20 + trun_size, b"traf"),
        *(16, b"tfhd", _TFHD_BASE_IS_MOOF, run.track),
        *(20, b"tfdt", 0x01000000, run.start),
        *(trun_size, b"trun", _TRUN, count, data_offset),
    )
    fields: list[int] = []
    for sample in run.samples:
        flags = _SYNC if sample.key else _NOT_SYNC
        fields += (sample.duration, len(sample.data), flags, sample.offset)
    return head + struct.pack(">" + "IIIi" * count, *fields)


def shift(data: bytes, ticks: int, timescales: Mapping[int, int]) -> bytes:
    """Move every fragment in ``data`` by ``ticks`` of 1/90000 s, for a continuous timeline.

    ``timescales`` maps track numbers to ticks per second (see `mp4_read.track_timescales`). Times
    that would fall below zero become zero. Boxes other than moof are copied as they are.
    """
    moved = bytearray(data)
    for position, size in _boxes(data, 0, len(data), b"moof"):
        for traf, traf_size in _boxes(data, position + 8, position + size, b"traf"):
            _shift_traf(moved, data, (traf, traf_size), ticks, timescales)
    return bytes(moved)


def _shift_traf(
    moved: bytearray,
    data: bytes,
    traf: tuple[int, int],
    ticks: int,
    timescales: Mapping[int, int],
) -> None:
    start, end = traf[0] + 8, traf[0] + traf[1]
    track = next(
        int.from_bytes(data[at + 12 : at + 16], "big")
        for at, _ in _boxes(data, start, end, b"tfhd")
    )
    # Rounded to the nearest: joins of consecutive segments then differ by one tick at most.
    delta = (2 * ticks * timescales[track] + VIDEO_TIMESCALE) // (2 * VIDEO_TIMESCALE)
    for at, _ in _boxes(data, start, end, b"tfdt"):
        wide = data[at + 8] == 1
        form = ">Q" if wide else ">I"
        (time,) = struct.unpack_from(form, data, at + 12)
        struct.pack_into(form, moved, at + 12, max(0, time + delta))


def _boxes(data: bytes, start: int, end: int, wanted: bytes) -> Iterator[tuple[int, int]]:
    position = start
    while position + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, position)
        if size < 8 or position + size > end:
            return
        if kind == wanted:
            yield position, size
        position += size
