"""What the streams of an opened container are to us: tracks with codec, size and configuration."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from nvr_core.ingest import adts
from nvr_core.ingest.nal import UnitSplitter
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AudioCodec, AudioTrack, VideoCodec, VideoTrack

VIDEO_RATE = 90_000
"""Ticks per second of every video track."""

_VIDEO_CODECS: dict[str, VideoCodec] = {"h264": "h264", "hevc": "h265"}


class VideoInput:
    """The video stream of a container."""

    def __init__(self, stream: VideoStream) -> None:
        self.stream = stream
        self.codec = _VIDEO_CODECS[stream.codec_context.name]
        self.time_base = Fraction(stream.time_base or Fraction(1, VIDEO_RATE))
        self.fps = _rate(stream)
        extradata = bytes(stream.codec_context.extradata or b"")
        self.splitter = UnitSplitter(self.codec, extradata)
        self.size = (stream.codec_context.width, stream.codec_context.height)

    def track(self, sets: tuple[bytes, ...], size: tuple[int, int]) -> VideoTrack:
        """Describe it with these parameter sets and this picture size."""
        return VideoTrack(self.codec, *size, parameter_sets=sets, fps=self.fps)


class AudioInput:
    """An audio stream that can be passed on."""

    def __init__(self, stream: AudioStream, codec: AudioCodec) -> None:
        self.stream = stream
        self.codec = codec
        self.rate = stream.codec_context.sample_rate
        self.channels = stream.codec_context.channels
        self.time_base = Fraction(stream.time_base or Fraction(1, self.rate))
        self.config = bytes(stream.codec_context.extradata or b"")
        if codec == "opus":
            self.config = self.config.removeprefix(b"OpusHead")
        elif codec != "aac":
            self.config = b""

    @property
    def ready(self) -> bool:
        """True when everything that describes it is known."""
        return self.codec != "aac" or bool(self.config)

    def raw(self, data: bytes) -> bytes:
        """Give the plain frame in a packet, learning the configuration from its header."""
        if self.codec != "aac" or not adts.has_header(data):
            return data
        if not self.config:
            self.config = adts.config(data)
        return adts.strip(data)

    def track(self) -> AudioTrack:
        """Describe it."""
        return AudioTrack(self.codec, self.rate, self.channels, self.config)


def find_video(container: InputContainer) -> VideoInput:
    """Give the video stream; raises `NvrError` ``no_video`` or ``unsupported_codec``."""
    if not container.streams.video:
        raise NvrError("no_video", "There is no video in this stream: check its address.")
    stream = container.streams.video[0]
    name = stream.codec_context.name
    if name not in _VIDEO_CODECS:
        raise NvrError(
            "unsupported_codec",
            f"The video is {name.upper()}; only H.264 and H.265 can be recorded. "
            "Choose one of them at the camera.",
        )
    stream.codec_context.thread_count = 1
    return VideoInput(stream)


def find_audio(container: InputContainer) -> AudioInput | None:
    """Give the first audio stream of a codec that can be passed on; others are left out."""
    for stream in container.streams.audio:
        for codec in get_args(AudioCodec):
            if stream.codec_context.name == codec and stream.codec_context.sample_rate:
                return AudioInput(stream, codec)
    return None


def picture_size(codec: VideoCodec, unit: bytes) -> tuple[int, int] | None:
    """Decode one key unit (Annex B with its parameter sets) for its size; None if it is broken."""
    decoder = av.VideoCodecContext.create("h264" if codec == "h264" else "hevc", "r")
    decoder.thread_count = 1
    try:
        for frame in [*decoder.decode(av.Packet(unit)), *decoder.decode(None)]:
            return frame.width, frame.height
    except av.error.FFmpegError:
        return None
    return None


def _rate(stream: VideoStream) -> float | None:
    rate = stream.average_rate or stream.guessed_rate
    return float(rate) if rate and 0 < rate <= 240 else None
