"""Decoded pictures in shared memory."""

from __future__ import annotations


class FrameReader:
    """Read-only access to a ring of frames."""
