"""Makes a camera's id from its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

MAX_LENGTH = 48
PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"


def make_id(name: str, taken: Container[str]) -> str:
    """Give ``name`` as ``letters-and-digits``, with a number behind it when it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain)[:MAX_LENGTH].strip("-") or "camera"
    number, candidate = 2, base
    while candidate in taken:
        candidate = f"{base}-{number}"
        number += 1
    return candidate
