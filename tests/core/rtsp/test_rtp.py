"""Interleaved packets and RTP headers."""

from __future__ import annotations

import struct

from nvr_core.rtsp.messages import Message
from nvr_core.rtsp.rtp import Demuxer, payload_bounds
from peers.rtp_packets import rtp, sender_report

REPLY = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"


class Taker:
    payload_type = 96

    def __init__(self) -> None:
        self.got: list[tuple[bytes, int, int, bool]] = []

    def packet(self, payload: memoryview, sequence: int, timestamp: int, marker: bool) -> None:
        self.got.append((bytes(payload), sequence, timestamp, marker))

    def settle(self) -> None:
        pass


def feed(data: bytes, step: int = 100_000) -> tuple[Taker, list[bytes], list[Message]]:
    taker, rtcp, messages = Taker(), list[bytes](), list[Message]()
    demuxer = Demuxer(messages.append)
    demuxer.route(0, taker, rtcp.append)
    for start in range(0, len(data), step):
        piece = data[start : start + step]
        demuxer.space()[: len(piece)] = piece
        demuxer.received(len(piece))
    return taker, rtcp, messages


def test_packets_reports_and_answers_in_any_split() -> None:
    extension = struct.pack(">HHI", 0xBEDE, 1, 5)
    data = (
        rtp(b"plain", 1, 10)
        + REPLY
        + rtp(b"sources", 2, 11, flags=0x82, middle=bytes(8), marker=True)
        + sender_report(1, 4_000_000_000.5, 99)
        + b"\r\n"
        + rtp(b"extension", 3, 12, flags=0x90, middle=extension)
        + rtp(b"padding\0\0\3", 4, 13, flags=0xA0)
        + rtp(b"other type", 5, 13, payload_type=100)
        + rtp(b"other channel", 5, 13, channel=8)
        + rtp(b"", 5, 14)
        + rtp(b"last", 6, 15)
    )
    expected = [
        (b"plain", 1, 10, False),
        (b"sources", 2, 11, True),
        (b"extension", 3, 12, False),
        (b"padding", 4, 13, False),
        (b"last", 6, 15, False),
    ]
    for step in (1, 2, 3, 7, 16, 50, 100_000):
        taker, rtcp, messages = feed(data, step)
        assert taker.got == expected
        assert [m.cseq for m in messages] == [3]
        assert len(rtcp) == 1 and rtcp[0][1] == 200


def test_malformed_headers_have_no_payload() -> None:
    def bounds(packet: bytes) -> tuple[int, int]:
        return payload_bounds(bytearray(packet[4:]), 0, len(packet) - 4)

    assert bounds(rtp(b"abc", 1, 1)) == (12, 15)
    assert bounds(rtp(b"abc", 1, 1, flags=0x40)) == (0, 0)
    assert bounds(rtp(b"abc", 1, 1, flags=0x8F)) == (0, 0)
    assert bounds(rtp(b"abc", 1, 1, flags=0x90)) == (0, 0)
    assert bounds(rtp(b"abcdefgh", 1, 1, flags=0x90, middle=b"\0\0\xff\xff")) == (0, 0)
    assert bounds(rtp(b"ab\0", 1, 1, flags=0xA0)) == (0, 0)
    start, end = bounds(rtp(b"ab\xff", 1, 1, flags=0xA0))
    assert start >= end


def test_the_largest_packets_fit() -> None:
    data = b"".join(rtp(bytes([n]) * 65_000, n, n) for n in range(20))
    taker, _, _ = feed(data)
    assert [(p[0][0], len(p[0])) for p in taker.got] == [(n, 65_000) for n in range(20)]
