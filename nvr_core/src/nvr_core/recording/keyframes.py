"""The places in a segment where playback may begin, packed into one column."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

_ENTRY = struct.Struct("<III")


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A group of pictures: whole fragments, the first of which begins with a key unit."""

    offset: int
    """Where its first fragment begins in the file."""
    size: int
    """Bytes of its fragments; the next group begins right behind."""
    start_ms: int
    """Milliseconds since the segment's start."""


def pack_keyframes(keyframes: Iterable[Keyframe]) -> bytes:
    """Pack into the index's column."""
    return b"".join(_ENTRY.pack(entry.offset, entry.size, entry.start_ms) for entry in keyframes)


def unpack_keyframes(blob: bytes) -> tuple[Keyframe, ...]:
    """Unpack from the index's column."""
    return tuple(Keyframe(*fields) for fields in _ENTRY.iter_unpack(blob))
