"""Boxes, of which an MP4 is made."""

from __future__ import annotations

import struct


def box(kind: bytes, *parts: bytes) -> bytes:
    """Make a box of its parts."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, flags: int, *parts: bytes) -> bytes:
    """Make a box with a version (0) and flags."""
    return box(kind, struct.pack(">I", flags), *parts)
