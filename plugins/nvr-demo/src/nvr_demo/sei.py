"""The stamp in each coded picture: global frame number and wall-clock time, without decoding.

A NAL unit of type 6 (SEI) with one message of type 5 (user_data_unregistered) of 57 bytes:

=====  =====================================================================
bytes  content
=====  =====================================================================
16     UUID `STAMP_UUID`
20     number of the frame since the Unix epoch, decimal ASCII, leading zeros
1      space
20     its time in nanoseconds since the Unix epoch, decimal ASCII
=====  =====================================================================

Digits need no emulation prevention, so the bytes are the same in every framing.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

STAMP_UUID = UUID("6e76722d-6465-6d6f-2d73-74616d702d31")

_DIGITS = 20
_PAYLOAD = 16 + 2 * _DIGITS + 1
_HEAD = bytes((0x06, 0x05, _PAYLOAD)) + STAMP_UUID.bytes
_TAIL = b"\x80"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the demo writes into each picture."""

    frame: int
    """Number of the frame since the Unix epoch, at the stream's frame rate."""
    time_ns: int
    """Time of the frame in nanoseconds since the Unix epoch."""


def stamp_nal(stamp: Stamp) -> bytes:
    """Give the NAL unit (without start code or length) that carries a stamp."""
    text = f"{stamp.frame:0{_DIGITS}d} {stamp.time_ns:0{_DIGITS}d}"
    return _HEAD + text.encode("ascii") + _TAIL


def parse_sei(unit: bytes) -> Stamp | None:
    """Read the stamp of one access unit, length-prefixed or Annex B; None where there is none."""
    start = unit.find(_HEAD)
    if start < 0:
        return None
    first, _, second = unit[start + len(_HEAD) : start + 3 + _PAYLOAD].partition(b" ")
    if len(first) != _DIGITS or len(second) != _DIGITS or not (first + second).isdigit():
        return None
    return Stamp(int(first), int(second))
