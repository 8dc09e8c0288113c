"""How sound is described in an MP4: AAC (``mp4a``) and Opus. G.711 has no place there."""

from __future__ import annotations

import struct

from nvr_core.media.mp4_box import box, full_box
from nvr_core.media.nal import BitReader
from nvr_sdk.messages import AudioTrack

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_OPUS_PRE_SKIP = 312


def is_playable(audio: AudioTrack) -> bool:
    """Tell whether browsers and MP4 take this sound as it is."""
    return audio.codec in ("aac", "opus") and audio.sample_rate > 0


def frame_ticks(audio: AudioTrack) -> int:
    """Usual duration of one frame in samples; what is assumed until the next one tells."""
    return 1024 if audio.codec == "aac" else audio.sample_rate // 50


def audio_codec_string(audio: AudioTrack) -> str:
    """Give the RFC 6381 name, e.g. ``mp4a.40.2``."""
    if audio.codec == "opus":
        return "opus"
    return f"mp4a.40.{_object_type(_aac_config(audio))}"


def audio_sample_entry(audio: AudioTrack) -> bytes:
    """Make the entry of the sample description box."""
    rate = audio.sample_rate if audio.sample_rate < 1 << 16 else 0
    common = struct.pack(">6xH8xHHHHI", 1, audio.channels, 16, 0, 0, rate << 16)
    if audio.codec == "opus":
        return box(b"Opus", common, box(b"dOps", _dops(audio)))
    return box(b"mp4a", common, full_box(b"esds", 0, _es_descriptor(_aac_config(audio))))


def _aac_config(audio: AudioTrack) -> bytes:
    if audio.config:
        return audio.config
    # Not told: AAC-LC at the rate and channels that the track names.
    index = _AAC_RATES.index(audio.sample_rate) if audio.sample_rate in _AAC_RATES else 4
    return struct.pack(">H", 2 << 11 | index << 7 | audio.channels << 3)


def _object_type(config: bytes) -> int:
    bits = BitReader(config)
    kind = bits.bits(5)
    return 32 + bits.bits(6) if kind == 31 else kind


def _es_descriptor(config: bytes) -> bytes:
    decoder = struct.pack(">BB3xII", 0x40, 0x15, 0, 0) + _descriptor(5, config)
    body = struct.pack(">HB", 2, 0) + _descriptor(4, decoder) + _descriptor(6, b"\x02")
    return _descriptor(3, body)


def _descriptor(tag: int, body: bytes) -> bytes:
    size = len(body)
    length = bytes((0x80 | size >> 21 & 127, 0x80 | size >> 14 & 127, 0x80 | size >> 7 & 127))
    return bytes((tag,)) + length + bytes((size & 127,)) + body


def _dops(audio: AudioTrack) -> bytes:
    head = audio.config.removeprefix(b"OpusHead")
    if len(head) < 11:
        return struct.pack(">BBHIhB", 0, audio.channels, _OPUS_PRE_SKIP, audio.sample_rate, 0, 0)
    # The header is little-endian, the box big-endian.
    channels, skip, rate, gain, family = struct.unpack_from("<xBHIhB", head)
    return struct.pack(">BBHIhB", 0, channels, skip, rate, gain, family) + head[11:]
