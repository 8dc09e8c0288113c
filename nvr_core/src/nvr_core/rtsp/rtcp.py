"""RTCP (RFC 3550): the sender reports that tie RTP timestamps to a common clock."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_SENDER_REPORT, _GOODBYE = 200, 203
_REPORT = struct.Struct(">IIII")


@dataclass(frozen=True, slots=True)
class SenderReport:
    """One instant in both clocks of a sender."""

    ntp_s: float
    """Seconds of the sender's own clock; comparable between the tracks of one session only."""
    timestamp: int
    """RTP timestamp of the same instant, 32 bits."""


@dataclass(frozen=True, slots=True)
class Rtcp:
    """What matters of a compound packet."""

    report: SenderReport | None = None
    goodbye: bool = False


def parse_rtcp(data: bytes) -> Rtcp:
    """Read a compound packet; what is malformed is left out, so this never fails."""
    report: SenderReport | None = None
    goodbye = False
    position = 0
    while position + 4 <= len(data) and data[position] >> 6 == 2:
        end = position + 4 + 4 * int.from_bytes(data[position + 2 : position + 4], "big")
        if end > len(data):
            break
        kind = data[position + 1]
        if kind == _SENDER_REPORT and end - position >= 8 + _REPORT.size:
            _, seconds, fraction, timestamp = _REPORT.unpack_from(data, position + 4)
            if seconds:
                report = SenderReport(seconds + fraction / 2**32, timestamp)
        elif kind == _GOODBYE:
            goodbye = True
        position = end
    return Rtcp(report, goodbye)
