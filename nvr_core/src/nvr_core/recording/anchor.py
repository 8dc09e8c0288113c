"""What a segment file says about itself, so that it can be indexed again without its row.

It lies in a ``uuid`` box between the init and the first fragment; players skip such boxes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nvr_core.media.mp4_box import box
from nvr_core.media.mp4_read import FileInfo

_TYPE = bytes.fromhex("6e7672ab5a9f4d0c8f1e7365676d6e74")
_HEAD = struct.Struct(">Bqqq")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a segment belongs on the timeline."""

    run_start_us: int
    start_us: int
    base_ticks: int
    """As `Segment.base_ticks`."""
    mime: str

    def to_box(self) -> bytes:
        """Encode as a box."""
        head = _HEAD.pack(_VERSION, self.run_start_us, self.start_us, self.base_ticks)
        return box(b"uuid", _TYPE, head, self.mime.encode())


def anchor_of(file: FileInfo) -> Anchor | None:
    """Find the anchor in a file; None if it has none that this version knows."""
    for body in file.uuid_boxes:
        if body[:16] == _TYPE and len(body) >= 16 + _HEAD.size:
            version, run_start, start, base = _HEAD.unpack_from(body, 16)
            if version == _VERSION:
                mime = body[16 + _HEAD.size :].decode(errors="replace")
                return Anchor(run_start, start, base, mime)
    return None
