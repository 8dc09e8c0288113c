from hypothesis import given
from hypothesis import strategies as st

from nvr_core.ingest import adts
from nvr_core.ingest.nal import UnitSplitter, join, split_annexb, split_lengths

SPS, PPS, IDR, SLICE, SEI, AUD = (bytes([kind]) + b"\x11\x22" for kind in (7, 8, 5, 1, 6, 9))
nal_units = st.lists(
    st.binary(min_size=1, max_size=40).map(lambda b: b"\x65" + b.replace(b"\0", b"\1") + b"\x80"),
    min_size=1,
    max_size=6,
)


def annexb(*nals: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + nal for nal in nals)


@given(nal_units)
def test_units_survive_both_ways_of_framing(nals: list[bytes]) -> None:
    assert list(split_annexb(annexb(*nals))) == nals
    assert list(split_lengths(join(nals), 4)) == nals


@given(st.binary(max_size=200))
def test_any_bytes_can_be_split(data: bytes) -> None:
    list(split_annexb(data))
    list(split_lengths(data, 4))
    UnitSplitter("h264", b"").split(data)
    UnitSplitter("h265", b"").split(data)


def test_delimiters_and_parameter_sets_are_taken_out() -> None:
    unit = UnitSplitter("h264", b"").split(annexb(AUD, SPS, PPS, SEI, IDR, IDR))
    assert unit.nals == (SEI, IDR, IDR)
    assert unit.parameter_sets == (SPS, PPS)
    assert unit.key
    assert unit.coded


def test_a_unit_without_a_slice_is_not_coded() -> None:
    unit = UnitSplitter("h264", b"").split(annexb(SPS, PPS, SEI))
    assert not unit.coded
    assert not unit.key


def test_only_idr_pictures_are_keys_in_h264() -> None:
    assert not UnitSplitter("h264", b"").split(annexb(SLICE)).key


def test_cra_and_bla_are_keys_in_h265() -> None:
    keys = [
        UnitSplitter("h265", b"").split(annexb(bytes([kind << 1, 1, 0x80]))).key
        for kind in range(64)
    ]
    assert [kind for kind, key in enumerate(keys) if key] == [16, 17, 18, 19, 20, 21]


def test_length_prefixed_streams_are_read_as_their_header_says() -> None:
    avcc = b"\x01\x64\x00\x1f\xfd\xe1\x00\x03" + SPS + b"\x01\x00\x03" + PPS
    splitter = UnitSplitter("h264", avcc)
    assert splitter.parameter_sets == (SPS, PPS)
    assert splitter.split(b"\x00\x03" + IDR + b"\x00\x03" + SEI).nals == (IDR, SEI)


def test_new_sets_replace_those_of_their_kind_only() -> None:
    splitter = UnitSplitter("h264", annexb(SPS, PPS))
    other = b"\x08\x99"
    assert splitter.merge((SPS, PPS), (other,)) == (SPS, other)
    assert splitter.complete((SPS, other))
    assert not splitter.complete((SPS,))


def test_adts_gives_the_same_configuration_as_aac_in_mp4() -> None:
    # 44.1 kHz, stereo, AAC-LC: the AudioSpecificConfig is 12 10.
    header = bytes([0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC])
    assert adts.has_header(header + b"raw")
    assert adts.strip(header + b"raw") == b"raw"
    assert adts.config(header) == b"\x12\x10"
    assert not adts.has_header(b"\x21\x10\x04\x60\x8c\x1c\x00\x00")
