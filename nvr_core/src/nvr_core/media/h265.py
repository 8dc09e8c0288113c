"""H.265 parameter sets: picture size, ``hvcC`` record, codec string."""

from __future__ import annotations

from dataclasses import dataclass

from nvr_core.media.nal import BitReader, unescape

_VPS, _SPS, _PPS = 32, 33, 34


@dataclass(frozen=True, slots=True)
class Sps:
    """What a sequence parameter set says, as far as it is needed here."""

    profile_tier_level: bytes
    """The 12 bytes of the general profile, tier and level, as ``hvcC`` wants them."""
    width: int
    """Pixels shown, after cropping."""
    height: int
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int
    temporal_layers: int
    temporal_nesting: bool


def parse_sps(nal: bytes) -> Sps:
    """Read a sequence parameter set; raises `ValueError` if it makes no sense."""
    raw = unescape(nal[2:])
    bits = BitReader(raw)
    bits.bits(4)
    layers = bits.bits(3)
    nesting = bits.flag()
    general = bits.bits(96).to_bytes(12, "big")
    _skip_sub_layers(bits, layers)
    bits.ue()
    chroma = bits.ue()
    separate = chroma == 3 and bits.flag()
    width, height = bits.ue(), bits.ue()
    if bits.flag():
        left, right, top, bottom = (bits.ue() for _ in range(4))
        unit_x = 2 if chroma in (1, 2) and not separate else 1
        unit_y = 2 if chroma == 1 and not separate else 1
        width -= (left + right) * unit_x
        height -= (top + bottom) * unit_y
    if width <= 0 or height <= 0:
        raise ValueError("the picture has no size")
    luma_depth, chroma_depth = 8 + bits.ue(), 8 + bits.ue()
    return Sps(general, width, height, chroma, luma_depth, chroma_depth, layers + 1, nesting)


def _skip_sub_layers(bits: BitReader, layers: int) -> None:
    present = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.bits(2 * (8 - layers))
    for profile, level in present:
        bits.bits((88 if profile else 0) + (8 if level else 0))


def hvcc(parameter_sets: tuple[bytes, ...]) -> bytes:
    """Make the ``hvcC`` box's body; raises `ValueError` if a set is missing."""
    groups = [(kind, _of_type(parameter_sets, kind)) for kind in (_VPS, _SPS, _PPS)]
    if not all(nals for _, nals in groups):
        raise ValueError("the H.265 parameter sets (VPS, SPS, PPS) are missing")
    sps = parse_sps(groups[1][1][0])
    body = b"\x01" + sps.profile_tier_level + b"\xf0\x00\xfc"
    body += bytes(
        (
            0xFC | sps.chroma_format,
            0xF8 | (sps.bit_depth_luma - 8),
            0xF8 | (sps.bit_depth_chroma - 8),
            0,
            0,
            (sps.temporal_layers << 3) | (sps.temporal_nesting << 2) | 3,
            len(groups),
        )
    )
    for kind, nals in groups:
        body += bytes((0x80 | kind,)) + len(nals).to_bytes(2, "big")
        body += b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)
    return body


def codec_string(parameter_sets: tuple[bytes, ...]) -> str:
    """Give the RFC 6381 name, e.g. ``hvc1.1.6.L93.90``."""
    general = parse_sps(_of_type(parameter_sets, _SPS)[0]).profile_tier_level
    space = ("", "A", "B", "C")[general[0] >> 6]
    tier = "H" if general[0] & 0x20 else "L"
    # The compatibility flags are written in reverse bit order, without leading zeros.
    compatibility = int(f"{int.from_bytes(general[1:5], 'big'):032b}"[::-1], 2)
    constraints = general[5:11].rstrip(b"\x00")
    parts = [f"{space}{general[0] & 31}", f"{compatibility:X}", f"{tier}{general[11]}"]
    return ".".join(["hvc1", *parts, *(f"{byte:X}" for byte in constraints)])


def picture_size(parameter_sets: tuple[bytes, ...]) -> tuple[int, int]:
    """Give width and height in pixels."""
    sps = parse_sps(_of_type(parameter_sets, _SPS)[0])
    return sps.width, sps.height


def _of_type(parameter_sets: tuple[bytes, ...], kind: int) -> list[bytes]:
    return [nal for nal in parameter_sets if len(nal) > 3 and (nal[0] >> 1) & 63 == kind]
