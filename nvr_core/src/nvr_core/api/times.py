"""Times at the API's border: RFC 3339 in UTC outside, microseconds since the epoch inside."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_US, _LAST_US = 0, 7_258_118_400_000_000
EXAMPLE = "2026-11-22T20:00:00.000Z"


def now_us() -> int:
    """Give the wall-clock time in microseconds since the epoch."""
    return time.time_ns() // 1000


def format_time(microseconds: int) -> str:
    """Give a time as ``2026-11-22T20:00:00.000Z``, rounded down to milliseconds."""
    moment = _EPOCH + timedelta(milliseconds=microseconds // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def format_optional(microseconds: int | None) -> str | None:
    """Give a time, or None for None and 0."""
    return format_time(microseconds) if microseconds else None


def parse_time(text: object) -> int:
    """Read an RFC 3339 time of the years 1970 to 2199; raises `ValueError` with the mend."""
    found = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"use an RFC 3339 time such as {EXAMPLE}")
    day, minute, seconds, fraction, zone = found.groups()
    leap = 1 if seconds == "60" else 0
    zone = "+00:00" if zone in "Zz" else zone
    moment = datetime.fromisoformat(f"{day}T{minute}:{int(seconds) - leap:02d}{zone}")
    whole = (moment - _EPOCH) // timedelta(seconds=1) + leap
    microseconds = whole * 1_000_000 + int(float(fraction or "0") * 1_000_000)
    if not _FIRST_US <= microseconds < _LAST_US:
        raise ValueError("use a time in the years 1970 to 2199")
    return microseconds


TimeQuery = Annotated[
    int,
    BeforeValidator(parse_time),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [EXAMPLE]}),
]
"""A query parameter that is a time; the route gets microseconds."""

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A time in an answer."""
