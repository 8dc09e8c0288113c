"""Audio whose packets are units as they are: G.711 (RFC 3551) and Opus (RFC 7587)."""

from __future__ import annotations

import struct
from collections.abc import Callable

OnAudio = Callable[[int, int, bool, bytes], None]
"""Called with RTP timestamp, duration in ticks, corrupt, and the unit."""

_OPUS_RATE = 48_000
_OPUS_PRE_SKIP = 312


class PacketAudio:
    """Gives each payload as one unit; ``duration`` tells its length in ticks."""

    def __init__(
        self, payload_type: int, on_unit: OnAudio, duration: Callable[[bytes], int]
    ) -> None:
        self.payload_type = payload_type
        self._on_unit = on_unit
        self._duration = duration
        self._expected = -1

    def packet(self, payload: memoryview, sequence: int, timestamp: int, marker: bool) -> None:
        """Take one RTP payload (see `PacketTaker`)."""
        lost = sequence != self._expected and self._expected >= 0
        self._expected = (sequence + 1) & 0xFFFF
        unit = bytes(payload)
        self._on_unit(timestamp, self._duration(unit), lost, unit)

    def settle(self) -> None:
        """Nothing to do: units are copied at once (see `PacketTaker`)."""


def g711_duration(channels: int) -> Callable[[bytes], int]:
    """Give the rule for G.711: one byte is one sample of one channel."""
    return lambda unit: len(unit) // channels


def opus_duration(unit: bytes) -> int:
    """Give the length of an Opus packet in ticks of 48 kHz (RFC 6716, section 3.1)."""
    mode = unit[0] >> 3
    if mode < 12:
        frame = (480, 960, 1920, 2880)[mode & 3]
    elif mode < 16:
        frame = (480, 960)[mode & 1]
    else:
        frame = (120, 240, 480, 960)[mode & 3]
    code = unit[0] & 3
    count = (1, 2, 2, unit[1] & 63 if len(unit) > 1 else 0)[code]
    return min(frame * count, 5760)


def opus_head(channels: int) -> bytes:
    """Make the identification header's body: RTP has none, so the usual values are given."""
    return struct.pack("<BBHIhB", 1, channels, _OPUS_PRE_SKIP, _OPUS_RATE, 0, 0)
