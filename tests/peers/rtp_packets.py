"""Makes interleaved RTP and RTCP packets, and payloads of every kind, for tests."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

H264_SPS = bytes.fromhex("6764001eacb405017fcb80880000030008000003019078b175")
H264_PPS = bytes.fromhex("68ef3cb0")
H265_VPS = bytes.fromhex("40010c01ffff01600000030090000003000003003fba0240")
H265_SPS = bytes.fromhex(
    "42010101600000030090000003000003003fa005020171f2e5ba4a4c2f016808000003000800000300c840"
)
H265_PPS = bytes.fromhex("4401c073c18927")
"""Parameter sets of 640x360 pictures."""


def rtp(
    payload: bytes,
    sequence: int,
    timestamp: int,
    *,
    marker: bool = False,
    payload_type: int = 96,
    channel: int = 0,
    flags: int = 0x80,
    middle: bytes = b"",
) -> bytes:
    """Give an interleaved packet; ``middle`` lies between the fixed header and the payload."""
    body = middle + payload
    return (
        struct.pack(
            ">BBHBBHII",
            0x24,
            channel,
            12 + len(body),
            flags,
            payload_type | (0x80 if marker else 0),
            sequence & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            7,
        )
        + body
    )


def sender_report(channel: int, ntp_s: float, timestamp: int) -> bytes:
    """Give an interleaved RTCP sender report."""
    seconds, fraction = int(ntp_s), int(ntp_s % 1 * 2**32)
    body = struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, seconds, fraction, timestamp, 0, 0)
    return struct.pack(">BBH", 0x24, channel, len(body)) + body


def goodbye(channel: int) -> bytes:
    """Give an interleaved RTCP BYE."""
    return struct.pack(">BBHBBHI", 0x24, channel, 8, 0x81, 203, 1, 7)


def h264_payloads(nal: bytes, room: int = 1400) -> list[bytes]:
    """Give a NAL unit as one payload, or as FU-A ones if it is larger than ``room``."""
    if len(nal) <= room:
        return [nal]
    pieces = [nal[i : i + room] for i in range(1, len(nal), room)]
    last = len(pieces) - 1
    return [
        bytes((nal[0] & 0xE0 | 28, (i == 0) << 7 | (i == last) << 6 | nal[0] & 31)) + piece
        for i, piece in enumerate(pieces)
    ]


def h265_payloads(nal: bytes, room: int = 1400, don: bytes = b"") -> list[bytes]:
    """Give a NAL unit as one payload or as fragmentation units; ``don`` before the first data."""
    if len(nal) <= room:
        return [nal[:2] + don + nal[2:]]
    pieces = [nal[i : i + room] for i in range(2, len(nal), room)]
    last = len(pieces) - 1
    head = bytes((nal[0] & 0x81 | 49 << 1, nal[1]))
    return [
        head
        + bytes(((i == 0) << 7 | (i == last) << 6 | nal[0] >> 1 & 63,))
        + (don if i == 0 else b"")
        + piece
        for i, piece in enumerate(pieces)
    ]


def stap_a(nals: Iterable[bytes]) -> bytes:
    """Give several NAL units in one H.264 payload."""
    return b"\x78" + b"".join(struct.pack(">H", len(nal)) + nal for nal in nals)


def aac_payload(*units: bytes) -> bytes:
    """Give AAC-hbr units in one payload."""
    headers = b"".join(struct.pack(">H", len(unit) << 3) for unit in units)
    return struct.pack(">H", 16 * len(units)) + headers + b"".join(units)


def prefixed(*nals: bytes) -> bytes:
    """Give NAL units as an access unit holds them."""
    return b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals)


@dataclass
class Packetizer:
    """Numbers the packets of one track."""

    payload_type: int = 96
    channel: int = 0
    sequence: int = 65_500
    sent: list[bytes] = field(default_factory=list)

    def send(self, payloads: Sequence[bytes], timestamp: int, *, marker: bool = True) -> None:
        """Add a unit's payloads; the marker goes on the last."""
        for index, payload in enumerate(payloads):
            last = marker and index == len(payloads) - 1
            self.sent.append(
                rtp(
                    payload,
                    self.sequence,
                    timestamp,
                    marker=last,
                    payload_type=self.payload_type,
                    channel=self.channel,
                )
            )
            self.sequence += 1

    def lose(self, count: int = 1) -> None:
        """Skip sequence numbers."""
        self.sequence += count

    @property
    def data(self) -> bytes:
        """Everything so far."""
        return b"".join(self.sent)


def h264_slice(number: int, *, key: bool = False, first: bool = True, size: int = 60) -> bytes:
    """Give something that looks like a slice, different for each number."""
    return bytes((0x65 if key else 0x41, 0x88 if first else 0x40)) + _filling(number, size)


def h265_slice(number: int, *, key: bool = False, first: bool = True, size: int = 60) -> bytes:
    """Give something that looks like a slice segment, different for each number."""
    return bytes(((19 if key else 1) << 1, 1, 0x80 if first else 0)) + _filling(number, size)


def _filling(number: int, size: int) -> bytes:
    return bytes(_bytes(number, size))


def _bytes(number: int, size: int) -> Iterator[int]:
    for index in range(size):
        yield (number * 31 + index * 7) % 251 + 1
