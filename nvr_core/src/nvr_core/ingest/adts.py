"""AAC with ADTS headers, as MPEG transport streams carry it, made plain."""

from __future__ import annotations


def has_header(data: bytes) -> bool:
    """Tell whether a frame begins with an ADTS header."""
    return len(data) > 7 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0


def strip(data: bytes) -> bytes:
    """Give the raw frame behind the header."""
    return data[7 if data[1] & 1 else 9 :]


def config(data: bytes) -> bytes:
    """Make the AudioSpecificConfig (ISO 14496-3) that the header implies."""
    profile = (data[2] >> 6) + 1
    rate_index = (data[2] >> 2) & 0xF
    channels = (data[2] & 1) << 2 | data[3] >> 6
    return bytes([profile << 3 | rate_index >> 1, (rate_index & 1) << 7 | channels << 3])
