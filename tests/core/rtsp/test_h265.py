"""H.265 out of RTP: every kind of packet, with and without decoding order numbers."""

from __future__ import annotations

import struct

import pytest

from nvr_core.rtsp.h265 import H265Depacketizer, has_h265, offer_h265
from nvr_core.rtsp.parameter_sets import ParameterSets
from peers.rtp_packets import (
    H265_PPS,
    H265_SPS,
    H265_VPS,
    h265_payloads,
    h265_slice,
    prefixed,
)

SETS = (H265_VPS, H265_SPS, H265_PPS)


class Feed:
    def __init__(self, *, order_numbers: bool = False) -> None:
        self.units: list[tuple[int, bool, bool, bytes]] = []
        self.sets = ParameterSets()
        self.reader = H265Depacketizer(
            96, lambda *unit: self.units.append(unit), self.sets, order_numbers=order_numbers
        )
        self.sequence = 0

    def send(self, *payloads: bytes, time: int) -> None:
        for index, payload in enumerate(payloads):
            marker = index == len(payloads) - 1
            self.reader.packet(memoryview(payload), self.sequence, time, marker)
            self.reader.settle()
            self.sequence += 1

    def end(self) -> list[tuple[int, bool, bool, bytes]]:
        self.send(*h265_payloads(h265_slice(99)), time=1 << 30)
        return self.units


def aggregate(*nals: bytes, numbered: bool = False) -> bytes:
    parts = [struct.pack(">H", len(nal)) + nal for nal in nals]
    if numbered:
        return b"\x60\x01\0\5" + parts[0] + b"".join(b"\1" + part for part in parts[1:])
    return b"\x60\x01" + b"".join(parts)


@pytest.mark.parametrize("order_numbers", [False, True])
@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("kind", [16, 19, 20, 21])
def test_a_key_unit_of_any_packets(order_numbers: bool, together: bool, kind: int) -> None:
    don = b"\0\x09" if order_numbers else b""
    feed = Feed(order_numbers=order_numbers)
    nal = bytes((kind << 1, 1)) + h265_slice(1, size=4000)[2:]
    single = [payload for nals in SETS for payload in h265_payloads(nals, don=don)]
    first = [aggregate(*SETS, numbered=order_numbers)] if together else single
    feed.send(*first, *h265_payloads(nal, don=don), time=3600)
    assert feed.end() == [(3600, True, False, prefixed(*SETS, nal))]
    assert has_h265(feed.sets) and feed.sets.ordered() == SETS


def test_pictures_without_key_and_delimiters() -> None:
    feed = Feed()
    sei = b"\x4e\x01\x05\x80"
    feed.send(h265_slice(0, key=True), time=0)
    feed.send(b"\x46\x01\x10", sei, h265_slice(1), h265_slice(2, first=False), time=3600)
    feed.end()
    assert feed.units[1] == (
        3600,
        False,
        False,
        prefixed(sei, h265_slice(1), h265_slice(2, first=False)),
    )


@pytest.mark.parametrize(
    "payload", [b"\x62\x01", b"\x62\x01\x93", b"\x62\x01\x13x", b"\x60\x01\xff\xffab", b"\x64\x01a"]
)
def test_malformed_payloads_make_the_unit_corrupt(payload: bytes) -> None:
    feed = Feed()
    feed.send(payload, h265_slice(1, key=True), time=3600)
    assert feed.end()[0][1:3] == (True, True)


def test_loss() -> None:
    feed = Feed()
    feed.send(h265_slice(0, key=True), time=0)
    payloads = h265_payloads(h265_slice(1, size=5000))
    feed.send(*payloads[:2], time=3600)
    feed.sequence += 1
    feed.send(*payloads[3:], time=3600)
    feed.send(h265_slice(2), time=7200)
    # Nothing whole was left of the second picture, so the one after it tells of the loss.
    assert [(unit[0], unit[2]) for unit in feed.end()] == [(0, False), (7200, True)]


def test_broken_sets_are_left_out() -> None:
    sets = ParameterSets()
    for junk in (b"", b"\x40\x01", b"\x44\x01\0\0\0\0\0\0\0\0\0\0"):
        offer_h265(sets, junk)
    assert sets.ordered() == ()
