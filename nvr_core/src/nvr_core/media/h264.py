"""H.264 parameter sets: picture size, ``avcC`` record, codec string."""

from __future__ import annotations

from dataclasses import dataclass

from nvr_core.media.nal import BitReader, unescape

_SPS, _PPS = 7, 8
_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


@dataclass(frozen=True, slots=True)
class Sps:
    """What a sequence parameter set says, as far as it is needed here."""

    profile: int
    width: int
    """Pixels shown, after cropping."""
    height: int
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int


def parse_sps(nal: bytes) -> Sps:
    """Read a sequence parameter set; raises `ValueError` if it makes no sense."""
    bits = BitReader(unescape(nal[1:]))
    profile = bits.bits(8)
    bits.bits(16)
    bits.ue()
    chroma, luma_depth, chroma_depth, separate = 1, 8, 8, False
    if profile in _WITH_CHROMA:
        chroma = bits.ue()
        separate = chroma == 3 and bits.flag()
        luma_depth, chroma_depth = 8 + bits.ue(), 8 + bits.ue()
        bits.flag()
        if bits.flag():
            _skip_scaling_lists(bits, 12 if chroma == 3 else 8)
    bits.ue()
    _skip_picture_order(bits)
    bits.ue()
    bits.flag()
    columns, rows = bits.ue() + 1, bits.ue() + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.flag()
    bits.flag()
    crop = tuple(bits.ue() for _ in range(4)) if bits.flag() else (0, 0, 0, 0)
    unit_x, unit_y = _crop_units(0 if separate else chroma, frames_only)
    width = columns * 16 - (crop[0] + crop[1]) * unit_x
    height = rows * 16 * (1 if frames_only else 2) - (crop[2] + crop[3]) * unit_y
    if width <= 0 or height <= 0:
        raise ValueError("the picture has no size")
    return Sps(profile, width, height, chroma, luma_depth, chroma_depth)


def _skip_scaling_lists(bits: BitReader, count: int) -> None:
    for index in range(count):
        if not bits.flag():
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + bits.se()) % 256
            last = following or last


def _skip_picture_order(bits: BitReader) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.flag()
        bits.se()
        bits.se()
        for _ in range(bits.ue()):
            bits.se()


def _crop_units(chroma: int, frames_only: bool) -> tuple[int, int]:
    wide = 2 if chroma in (1, 2) else 1
    tall = 2 if chroma == 1 else 1
    return wide, tall * (1 if frames_only else 2)


def avcc(parameter_sets: tuple[bytes, ...]) -> bytes:
    """Make the ``avcC`` box's body; raises `ValueError` if a set is missing."""
    sps, pps = _of_type(parameter_sets, _SPS), _of_type(parameter_sets, _PPS)
    if not sps or not pps:
        raise ValueError("the H.264 parameter sets (SPS, PPS) are missing")
    first = sps[0]
    body = bytes((1, first[1], first[2], first[3], 0xFF, 0xE0 | len(sps)))
    body += b"".join(len(nal).to_bytes(2, "big") + nal for nal in sps)
    body += bytes((len(pps),)) + b"".join(len(nal).to_bytes(2, "big") + nal for nal in pps)
    if first[1] in (100, 110, 122, 144):
        parsed = parse_sps(first)
        depths = parsed.bit_depth_luma - 8, parsed.bit_depth_chroma - 8
        body += bytes((0xFC | parsed.chroma_format, 0xF8 | depths[0], 0xF8 | depths[1], 0))
    return body


def codec_string(parameter_sets: tuple[bytes, ...]) -> str:
    """Give the RFC 6381 name, e.g. ``avc1.64001f``."""
    return "avc1." + _of_type(parameter_sets, _SPS)[0][1:4].hex()


def picture_size(parameter_sets: tuple[bytes, ...]) -> tuple[int, int]:
    """Give width and height in pixels."""
    sps = parse_sps(_of_type(parameter_sets, _SPS)[0])
    return sps.width, sps.height


def _of_type(parameter_sets: tuple[bytes, ...], kind: int) -> list[bytes]:
    return [nal for nal in parameter_sets if len(nal) > 3 and nal[0] & 31 == kind]
