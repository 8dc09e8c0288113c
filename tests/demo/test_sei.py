"""The stamp in each picture."""

from __future__ import annotations

from nvr_demo.encoders import prefix_lengths
from nvr_demo.sei import STAMP_UUID, Stamp, parse_sei, stamp_nal

STAMP = Stamp(26_850_000_123, 1_790_000_008_200_000_000)


def test_a_stamp_is_read_back_in_both_framings() -> None:
    nal, picture = stamp_nal(STAMP), bytes((0x65, 1, 2, 3))
    assert parse_sei(prefix_lengths((nal, picture))) == STAMP
    assert parse_sei(b"\0\0\0\1" + nal + b"\0\0\0\1" + picture) == STAMP


def test_the_layout_is_the_documented_one() -> None:
    nal = stamp_nal(STAMP)
    assert nal[:3] == bytes((6, 5, 57)) and nal[3:19] == STAMP_UUID.bytes
    assert nal[19:60] == b"00000000026850000123 01790000008200000000"
    assert nal[60:] == b"\x80"
    assert b"\0\0" not in nal


def test_no_stamp_is_none() -> None:
    assert parse_sei(b"") is None
    assert parse_sei(prefix_lengths((bytes((0x41, 9, 9)),))) is None
    assert parse_sei(stamp_nal(STAMP)[:40]) is None
    assert parse_sei(stamp_nal(STAMP).replace(b"0179", b"x179")) is None
