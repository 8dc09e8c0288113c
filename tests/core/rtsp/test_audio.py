"""AAC, G.711 and Opus out of RTP."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr_core.rtsp.aac import AacDepacketizer, AacFormat, read_config
from nvr_core.rtsp.audio import PacketAudio, g711_duration, opus_duration
from nvr_core.rtsp.sdp import Media
from peers.rtp_packets import aac_payload

Unit = tuple[int, int, bool, bytes]


def media(clock_rate: int = 44_100, **parameters: str) -> Media:
    return Media("audio", 97, "MPEG4-GENERIC", clock_rate, 2, {"config": "1210", **parameters})


class Feed:
    def __init__(self, **parameters: str) -> None:
        self.units: list[Unit] = []
        layout = AacFormat(media(**parameters))
        self.reader = AacDepacketizer(97, lambda *unit: self.units.append(unit), layout)
        self.sequence = 65_535

    def send(self, payload: bytes, time: int = 0) -> None:
        self.reader.packet(memoryview(payload), self.sequence & 0xFFFF, time, True)
        self.sequence += 1


def test_one_and_several_units_in_a_packet() -> None:
    feed = Feed()
    feed.send(aac_payload(b"a" * 340), 5)
    feed.send(aac_payload(b"b" * 3, b"c" * 300, b"d"), 0xFFFFFFFF)
    assert feed.units == [
        (5, 1024, False, b"a" * 340),
        (0xFFFFFFFF, 1024, False, b"b" * 3),
        (1023, 1024, False, b"c" * 300),
        (2047, 1024, False, b"d"),
    ]


def test_a_unit_over_several_packets() -> None:
    feed = Feed()
    header = struct.pack(">HH", 16, 3000 << 3)
    for start in range(0, 3000, 1400):
        feed.send(header + b"x" * min(1400, 3000 - start), 7)
    feed.send(aac_payload(b"next"), 1031)
    assert feed.units == [(7, 1024, False, b"x" * 3000), (1031, 1024, False, b"next")]


def test_lost_packets_mark_the_next_unit_and_torn_units_vanish() -> None:
    feed = Feed()
    header = struct.pack(">HH", 16, 3000 << 3)
    feed.send(header + b"x" * 1400, 7)
    feed.sequence += 1
    feed.send(header + b"x" * 200, 7)
    feed.send(aac_payload(b"next"), 1031)
    feed.send(aac_payload(b"more"), 2055)
    assert feed.units == [(1031, 1024, True, b"next"), (2055, 1024, False, b"more")]


def test_other_header_sizes_and_auxiliary_data() -> None:
    low = Feed(mode="AAC-lbr", sizelength="6", indexlength="2", indexdeltalength="2")
    low.send(b"\0\x10" + bytes((5 << 2, 3 << 2)) + b"aaaaabbb")
    assert [unit[3] for unit in low.units] == [b"aaaaa", b"bbb"]
    extra = Feed(auxiliarydatasizelength="8")
    extra.send(b"\0\x10" + struct.pack(">H", 3 << 3) + b"\x10\xaa\xbb" + b"abc")
    assert [unit[3] for unit in extra.units] == [b"abc"]


def test_the_duration_follows_the_core_rate() -> None:
    # Explicit SBR: core 24 kHz, clock 48 kHz; 960 samples by the short frame flag.
    assert AacFormat(media(48_000, config="2B118800")).duration == 2048
    assert read_config(bytes.fromhex("1214"))[2] == 960


@pytest.mark.parametrize(
    "parameters",
    [
        {"config": ""},
        {"config": "zz"},
        {"config": "ffff"},
        {"config": "1f90"},
        {"mode": "CELP-cbr"},
        {"constantsize": "10"},
        {"ctsdeltalength": "4"},
        {"sizelength": "0"},
        {"indexlength": "30"},
    ],
)
def test_what_cannot_be_read(parameters: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        AacFormat(media(**parameters))


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=8), st.integers(0, 16))
@settings(deadline=None)
def test_any_bytes(payloads: list[bytes], auxiliary: int) -> None:
    feed = Feed(auxiliarydatasizelength=str(auxiliary))
    for payload in payloads:
        feed.send(payload)
    for unit in feed.units:
        assert 0 < len(unit[3]) <= 480


def test_g711() -> None:
    units: list[Unit] = []
    reader = PacketAudio(8, lambda *unit: units.append(unit), g711_duration(2))
    reader.packet(memoryview(b"ab" * 160), 65_535, 100, False)
    reader.packet(memoryview(b"cd" * 160), 0, 260, False)
    reader.packet(memoryview(b"ef"), 9, 420, False)
    assert [unit[:3] for unit in units] == [(100, 160, False), (260, 160, False), (420, 1, True)]


@pytest.mark.parametrize(
    ("unit", "duration"),
    [
        (b"\x00", 480),
        (b"\x18", 2880),
        (b"\x68", 960),
        (b"\x80", 120),
        (b"\xf8", 960),
        (b"\xf9", 1920),
        (b"\xfb\x03", 2880),
        (b"\xfb\x3f", 5760),
        (b"\xfb", 0),
    ],
)
def test_opus_durations(unit: bytes, duration: int) -> None:
    assert opus_duration(unit) == duration
