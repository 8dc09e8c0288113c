"""Reads media files for the API. Blocks: call it from a thread."""

from __future__ import annotations

from nvr_core.media.mp4_fragment import shift
from nvr_core.media.mp4_read import track_timescales
from nvr_core.timeline.query import SegmentFile
from nvr_sdk.errors import NvrError


def read_shifted(file: SegmentFile) -> bytes:
    """Give a segment's fragments with decode times that continue through its run (for HLS)."""
    size = file.segment.size - file.media_offset
    media = _read(file, file.media_offset, size)
    return shift(media, file.segment.base_ticks, track_timescales(file.run.init))


def read_picture(file: SegmentFile, time_us: int) -> tuple[bytes, float]:
    """Give a playable MP4 of the group of pictures at a time, and the time's place in it.

    The place is in seconds since the group's own key picture.
    """
    since_ms = (time_us - file.segment.start_us) // 1000
    before = [key for key in file.keyframes if key.start_ms <= since_ms]
    if not file.keyframes:
        raise NvrError("segment_not_found", "This segment holds no picture.")
    key = before[-1] if before else file.keyframes[0]
    data = file.run.init + _read(file, key.offset, key.size)
    return data, max(0.0, (time_us - file.segment.start_us) / 1e6 - key.start_ms / 1000)


def _read(file: SegmentFile, offset: int, size: int) -> bytes:
    try:
        with file.path.open("rb") as opened:
            opened.seek(offset)
            data = opened.read(size)
    except OSError:
        raise NvrError("segment_not_found", "The file of this segment cannot be read.") from None
    if len(data) != size:
        raise NvrError(
            "segment_not_found", "The file of this segment is shorter than it should be."
        )
    return data
