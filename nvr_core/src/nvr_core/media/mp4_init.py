"""The beginning of a fragmented MP4 (ftyp + moov), written by hand.

libav's own muxer moves the first sound to zero in a file that begins with an empty moov; here each
fragment carries its true decode time, and nothing is moved.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nvr_core.media import h264, h265
from nvr_core.media.mp4_audio import audio_codec_string, audio_sample_entry, is_playable
from nvr_core.media.mp4_box import box, full_box
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AudioTrack, StreamInfo, VideoTrack

VIDEO_TRACK = 1
AUDIO_TRACK = 2
VIDEO_TIMESCALE = 90_000

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True, slots=True)
class MediaFormat:
    """How a stream is written as MP4. Two streams with equal `init` may share a timeline."""

    init: bytes
    """ftyp + moov."""
    mime: str
    """With codecs, as ``MediaSource.isTypeSupported`` wants it."""
    video: VideoTrack
    audio: AudioTrack | None
    """None also where the stream's sound cannot be put into an MP4."""
    width: int
    height: int

    @property
    def audio_rate(self) -> int:
        """Timescale of the audio track, 0 without one."""
        return self.audio.sample_rate if self.audio else 0


def media_format(info: StreamInfo) -> MediaFormat:
    """Work out the init segment of a stream.

    Raises `NvrError` ``no_video``, or ``unsupported_codec`` when the parameter sets are unusable.
    """
    video = info.video
    if video is None:
        raise NvrError("no_video", "The camera sends no video.")
    audio = info.audio if info.audio is not None and is_playable(info.audio) else None
    coder = h264 if video.codec == "h264" else h265
    try:
        width, height = coder.picture_size(video.parameter_sets)
        codecs = [coder.codec_string(video.parameter_sets)]
        traks = [_video_trak(video, width, height)]
    except (ValueError, IndexError) as error:
        raise NvrError(
            "unsupported_codec", f"The camera's {video.codec} header cannot be read: {error}."
        ) from error
    if audio is not None:
        codecs.append(audio_codec_string(audio))
        traks.append(_audio_trak(audio))
    mime = f'video/mp4; codecs="{",".join(codecs)}"'
    return MediaFormat(_ftyp() + _moov(traks), mime, video, audio, width, height)


def _ftyp() -> bytes:
    return box(b"ftyp", b"iso5", struct.pack(">I", 512), b"iso5iso6mp41")


def _moov(traks: list[bytes]) -> bytes:
    times = struct.pack(">IIIIIH10x", 0, 0, VIDEO_TIMESCALE, 0, 0x10000, 0x100)
    following = struct.pack(">24xI", len(traks) + 1)
    defaults = [
        full_box(b"trex", 0, struct.pack(">5I", number, 1, 0, 0, 0))
        for number in range(1, len(traks) + 1)
    ]
    return box(
        b"moov", full_box(b"mvhd", 0, times, _MATRIX, following), *traks, box(b"mvex", *defaults)
    )


def _video_trak(video: VideoTrack, width: int, height: int) -> bytes:
    if video.codec == "h264":
        name, record = b"avc1", box(b"avcC", h264.avcc(video.parameter_sets))
    else:
        name, record = b"hvc1", box(b"hvcC", h265.hvcc(video.parameter_sets))
    entry = box(
        name,
        struct.pack(">6xH16xHHIIIH32sHh", 1, width, height, 0x480000, 0x480000, 0, 1, b"", 24, -1),
        record,
    )
    return _trak(VIDEO_TRACK, VIDEO_TIMESCALE, b"vide", entry, (width, height))


def _audio_trak(audio: AudioTrack) -> bytes:
    return _trak(AUDIO_TRACK, audio.sample_rate, b"soun", audio_sample_entry(audio), (0, 0))


def _trak(
    number: int, timescale: int, handler: bytes, entry: bytes, size: tuple[int, int]
) -> bytes:
    sound = handler == b"soun"
    volume = 0x100 if sound else 0
    header = full_box(b"smhd", 0, bytes(4)) if sound else full_box(b"vmhd", 1, bytes(8))
    tkhd = full_box(
        b"tkhd",
        3,
        struct.pack(">IIIII8xHHHH", 0, 0, number, 0, 0, 0, number - 1, volume, 0),
        _MATRIX,
        struct.pack(">II", size[0] << 16, size[1] << 16),
    )
    empty = [
        full_box(b"stts", 0, bytes(4)),
        full_box(b"stsc", 0, bytes(4)),
        full_box(b"stsz", 0, bytes(8)),
        full_box(b"stco", 0, bytes(4)),
    ]
    mdia = box(
        b"mdia",
        full_box(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, timescale, 0, 0x55C4, 0)),
        full_box(b"hdlr", 0, struct.pack(">4x4s12x", handler), b"nvr\x00"),
        box(
            b"minf",
            header,
            box(b"dinf", full_box(b"dref", 0, struct.pack(">I", 1), full_box(b"url ", 1))),
            box(b"stbl", full_box(b"stsd", 0, struct.pack(">I", 1), entry), *empty),
        ),
    )
    return box(b"trak", tkhd, mdia)
