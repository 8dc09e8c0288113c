"""Where a segment lies. The index keeps no path: it follows from what the row holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PART = ".part"

QUARANTINE = "quarantine"
"""Directory of a storage location for files that cannot be read; no camera's."""


def stream_dir(storage_path: Path | str, camera_id: str, stream: str) -> Path:
    """Give the directory of a stream; it holds one directory per day."""
    return Path(storage_path) / camera_id / stream


def day_name(start_us: int) -> str:
    """Give the name of a day's directory, in UTC."""
    return _utc(start_us).strftime("%Y-%m-%d")


def segment_path(
    storage_path: Path | str, camera_id: str, stream: str, start_us: int, suffix: int = 0
) -> Path:
    """Give the path of a segment from its start (µs since the epoch) and collision number."""
    name = _utc(start_us).strftime("segment_%Y%m%d_%H%M%S")
    tail = f"_{suffix}" if suffix else ""
    return stream_dir(storage_path, camera_id, stream) / day_name(start_us) / f"{name}{tail}.mp4"


def part_path(final: Path) -> Path:
    """Give the name a segment has while it is written."""
    return final.with_name(final.name + _PART)


def final_path(part: Path) -> Path:
    """Give the name a segment gets when it is whole; a final name is returned as it is."""
    return part.with_name(part.name.removesuffix(_PART))


def suffix_of(path: Path) -> int:
    """Read the collision number from a segment's name; raises `ValueError` if it is none."""
    parts = final_path(path).stem.split("_")
    if len(parts) not in (3, 4) or parts[0] != "segment":
        raise ValueError(f"{path.name} is not the name of a segment")
    return int(parts[3]) if len(parts) == 4 else 0


def _utc(time_us: int) -> datetime:
    # Not fromtimestamp: a float second rounds microseconds up into the next second.
    return _EPOCH + timedelta(microseconds=time_us)
