"""H.264 out of RTP: every kind of packet, unit borders, loss."""

from __future__ import annotations

import struct

import pytest

from nvr_core.rtsp.h264 import H264Depacketizer, has_h264, offer_h264
from nvr_core.rtsp.parameter_sets import ParameterSets
from nvr_core.rtsp.video import MAX_UNIT
from nvr_sdk.errors import NvrError
from peers.rtp_packets import H264_PPS, H264_SPS, h264_payloads, h264_slice, prefixed, stap_a

Unit = tuple[int, bool, bool, bytes]


class Feed:
    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.sets = ParameterSets()
        self.reader = H264Depacketizer(96, lambda *unit: self.units.append(unit), self.sets)
        self.sequence = 65_530

    def send(self, *payloads: bytes, time: int, marker: bool = True) -> None:
        for index, payload in enumerate(payloads):
            last = marker and index == len(payloads) - 1
            buffer = bytearray(payload)
            self.reader.packet(memoryview(buffer), self.sequence & 0xFFFF, time, last)
            self.reader.settle()
            buffer[:] = bytes(len(buffer))  # the receive buffer is written anew
            self.sequence += 1

    def picture(self, number: int, *, key: bool = False, size: int = 60) -> bytes:
        nal = h264_slice(number, key=key, size=size)
        self.send(*h264_payloads(nal), time=number * 3600)
        return nal


def trusted() -> Feed:
    """Give a feed that has seen enough to trust the marker, with nothing open."""
    feed = Feed()
    for number in range(-4, 0):
        feed.picture(number, key=number == -4)
    feed.picture(0)
    feed.units.clear()
    return feed


def test_single_units_aggregates_and_fragments_make_the_same_unit() -> None:
    nals = [H264_SPS, H264_PPS, h264_slice(1, key=True, size=4000)]
    expected = [(3600, True, False, prefixed(*nals))]
    single = trusted()
    single.send(nals[0], nals[1], *h264_payloads(nals[2]), time=3600)
    together = trusted()
    together.send(stap_a(nals[:2]), *h264_payloads(nals[2], 300), time=3600)
    numbered = trusted()
    stap_b = b"\x79\0\1" + stap_a(nals[:2])[1:]
    pieces = h264_payloads(nals[2], 1000)
    fu_b = bytes((pieces[0][0] & 0xE0 | 29,)) + pieces[0][1:2] + b"\0\7" + pieces[0][2:]
    numbered.send(stap_b, fu_b, *pieces[1:], time=3600)
    for feed in (single, together, numbered):
        assert feed.units == expected
        assert has_h264(feed.sets) and feed.sets.ordered() == (H264_SPS, H264_PPS)


def test_delimiters_are_dropped_and_other_units_kept() -> None:
    feed = trusted()
    sei, nal = b"\x06\x05\x01\xaa\x80", h264_slice(1)
    feed.send(b"\x09\xf0", sei, stap_a([b"\x09\xf0", nal]), time=3600)
    assert feed.units == [(3600, False, False, prefixed(sei, nal))]


def test_a_parameter_set_in_fragments() -> None:
    feed = trusted()
    feed.send(*h264_payloads(H264_SPS, 10), time=3600, marker=False)
    feed.send(H264_PPS, h264_slice(1, key=True), time=3600)
    assert feed.sets.ordered() == (H264_SPS, H264_PPS)


def test_without_markers_the_timestamp_cuts() -> None:
    feed = Feed()
    nals = [h264_slice(n, key=n == 0) for n in range(6)]
    for number, nal in enumerate(nals):
        feed.send(nal, time=number * 3600, marker=False)
    assert [unit[3] for unit in feed.units] == [prefixed(nal) for nal in nals[:-1]]
    assert not any(unit[2] for unit in feed.units)


def test_with_trusted_markers_a_unit_does_not_wait() -> None:
    feed = trusted()
    nal = feed.picture(1)
    assert feed.units == [(3600, False, False, prefixed(nal))]


def test_a_marker_on_every_slice_is_not_believed() -> None:
    feed = Feed()
    expected = []
    for number in range(8):
        slices = [h264_slice(number, key=number == 0), h264_slice(number + 50, first=False)]
        for nal in slices:
            feed.send(nal, time=number * 3600)
        expected.append(prefixed(*slices))
    assert [unit[3] for unit in feed.units] == expected[:-1]
    assert not any(unit[2] for unit in feed.units)


def test_a_marker_that_becomes_wrong_is_noticed() -> None:
    feed = trusted()
    for number in range(1, 6):
        feed.send(h264_slice(number), time=number * 3600)
        feed.send(h264_slice(number + 50, first=False), time=number * 3600)
    torn = [unit for unit in feed.units if unit[2]]
    assert len(torn) == 1
    assert feed.units[-1] == (
        4 * 3600,
        False,
        False,
        prefixed(h264_slice(4), h264_slice(54, first=False)),
    )


def test_parameter_sets_with_marker_and_time_of_their_own_belong_to_the_next_picture() -> None:
    feed = trusted()
    key = h264_slice(1, key=True)
    feed.send(H264_SPS, time=3000)
    feed.send(H264_PPS, time=3100)
    feed.send(key, time=3600)
    assert feed.units == [(3600, True, False, prefixed(H264_SPS, H264_PPS, key))]


@pytest.mark.parametrize("lost", range(5))
def test_a_lost_packet_makes_its_unit_corrupt(lost: int) -> None:
    feed = trusted()
    payloads = h264_payloads(h264_slice(1, size=4500), 1000)
    assert len(payloads) == 5
    for index, payload in enumerate(payloads):
        if index == lost:
            feed.sequence += 1
        else:
            feed.send(payload, time=3600, marker=index == 4)
    feed.picture(2)
    feed.picture(3)
    corrupt = {unit[0]: unit[2] for unit in feed.units}
    # Whatever was missing is told: the unit is torn, or the one after a lost whole is marked.
    assert corrupt.get(3600, True) and not corrupt[3 * 3600]
    assert 3600 in corrupt or corrupt[7200]


def test_a_lost_unit_makes_the_next_corrupt_unless_it_is_key() -> None:
    feed = trusted()
    feed.sequence += 3
    feed.picture(1)
    feed.sequence += 3
    feed.picture(2, key=True)
    feed.picture(3)
    assert [unit[1:3] for unit in feed.units] == [(False, True), (True, False), (False, False)]


def test_a_key_picture_without_its_first_slice_is_corrupt() -> None:
    feed = Feed()
    feed.send(h264_slice(1, key=True, first=False), time=3600)
    feed.picture(2)
    assert feed.units[0][1:3] == (True, True)


@pytest.mark.parametrize(
    "payload",
    [
        b"\x7c",
        b"\x7c\x85",
        b"\x7c\x05data",
        b"\x78\xff\xffabc",
        b"\x78\0\0abc",
        b"\x7a" + bytes(20),
        b"\x41",
    ],
)
def test_malformed_payloads_make_the_unit_corrupt(payload: bytes) -> None:
    feed = trusted()
    feed.send(payload, h264_slice(1), time=3600)
    feed.picture(2)
    assert [unit[2] for unit in feed.units] == [True, False]


def test_a_unit_that_is_only_a_torn_fragment_marks_the_next() -> None:
    feed = trusted()
    feed.send(*h264_payloads(h264_slice(1, size=4000))[:-1], time=3600)
    feed.picture(2)
    feed.picture(3)
    assert [(unit[0], unit[2]) for unit in feed.units] == [(7200, True), (10_800, False)]


def test_unknown_kinds_are_ignored() -> None:
    feed = trusted()
    nal = h264_slice(1)
    feed.send(b"\x00junk", b"\x7e\x01", nal, time=3600)
    assert feed.units == [(3600, False, False, prefixed(nal))]


def test_an_endless_unit_is_refused() -> None:
    feed = trusted()
    start = b"\x7c\x81" + bytes(60_000)
    with pytest.raises(NvrError) as caught:
        for _ in range(MAX_UNIT // 60_000 + 2):
            feed.send(start, time=3600, marker=False)
    assert caught.value.code == "protocol_error"


def test_parameter_sets_are_bounded_and_replaced_by_id() -> None:
    sets = ParameterSets()
    offer_h264(sets, H264_SPS)
    offer_h264(sets, H264_PPS)
    sets.changed = False
    offer_h264(sets, bytes(H264_PPS))
    assert not sets.changed
    other = H264_PPS + b"\x80"
    offer_h264(sets, other)
    assert sets.changed and sets.ordered() == (H264_SPS, other)
    for number in range(2000):
        offer_h264(sets, b"\x68" + struct.pack(">H", number) + b"\xff")
    for junk in (b"", b"\x67", b"\x68", b"\x68\0\0\0\0\0\0\0\0", b"\x67" + bytes(5000)):
        offer_h264(sets, junk)
    assert len(sets.ordered()) <= 48


def test_a_key_picture_of_which_nothing_is_left_does_not_colour_the_next() -> None:
    feed = trusted()
    payloads = h264_payloads(h264_slice(1, key=True, size=4500), 1000)
    feed.send(payloads[0], time=3600, marker=False)
    feed.sequence += 1
    feed.send(payloads[2], time=3600, marker=False)
    feed.sequence += 2
    feed.picture(2)
    feed.picture(3, key=True)
    assert [unit[:3] for unit in feed.units] == [(7200, False, True), (10_800, True, False)]
