"""Makes a camera's id from its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from nvr_core.recording.paths import QUARANTINE

MAX_LENGTH = 48
PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"
RESERVED = frozenset({QUARANTINE})
"""Directories beside those of the cameras, in each storage location."""


def make_id(name: str, taken: Container[str]) -> str:
    """Give ``name`` as ``letters-and-digits``, with a number behind it when it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain)[:MAX_LENGTH].strip("-") or "camera"
    number, candidate = 2, base
    while candidate in taken or candidate in RESERVED:
        candidate = f"{base}-{number}"
        number += 1
    return candidate
