"""Chooses what to read from a session description and makes the readers for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nvr_core.media import h264, h265
from nvr_core.rtsp.aac import AacDepacketizer, AacFormat
from nvr_core.rtsp.audio import OnAudio, PacketAudio, g711_duration, opus_duration, opus_head
from nvr_core.rtsp.failures import needs_av_lane, protocol_error
from nvr_core.rtsp.h264 import H264Depacketizer, has_h264, offer_h264
from nvr_core.rtsp.h265 import H265Depacketizer, has_h265, offer_h265
from nvr_core.rtsp.parameter_sets import ParameterSets
from nvr_core.rtsp.rtp import PacketTaker
from nvr_core.rtsp.sdp import Description, Media
from nvr_core.rtsp.video import OnVideo, VideoDepacketizer
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AudioCodec, AudioTrack, VideoCodec, VideoTrack

_VIDEO: dict[str, VideoCodec] = {"H264": "h264", "H265": "h265", "HEVC": "h265"}
_MAX_SIDE = 16_384


def choose_video(description: Description) -> Media:
    """Give the first video track that can be read; raises `NvrError` if there is none."""
    medias = [m for m in description.medias if m.kind == "video" and not m.send_only]
    if not medias:
        raise NvrError("no_video", "The camera offers no video at this address.")
    for media in medias:
        if media.codec in _VIDEO and media.number("packetization-mode", 1) < 2:
            return media
    names = ", ".join(sorted({media.codec or "unknown" for media in medias}))
    raise NvrError(
        "unsupported_codec",
        f"The camera sends {names}: set it to H.264 or H.265.",
    )


def choose_audio(description: Description) -> Media | None:
    """Give the first audio track that can be read, if any.

    Raises ``needs_av_lane`` where only the other lane can take the sound out.
    """
    medias = [m for m in description.medias if m.kind == "audio" and not m.send_only]
    for media in medias:
        if make_audio(media, _ignore) is not None:
            return media
    if any(media.codec == "MP4A-LATM" for media in medias):
        raise needs_av_lane("its sound is AAC packed as LATM")
    return None


def _ignore(_timestamp: int, _duration: int, _corrupt: bool, _unit: bytes) -> None:
    pass


def make_audio(media: Media, on_unit: OnAudio) -> tuple[PacketTaker, AudioTrack] | None:
    """Make the reader of an audio track; None if its codec or packing is not supported."""
    kind, rate = media.payload_type, media.clock_rate
    if media.codec == "MPEG4-GENERIC":
        try:
            layout = AacFormat(media)
        except ValueError:
            return None
        track = AudioTrack("aac", layout.sample_rate, layout.channels, layout.config)
        return AacDepacketizer(kind, on_unit, layout), track
    if rate <= 0 or not 1 <= media.channels <= 8:
        return None
    if media.codec == "OPUS":
        track = AudioTrack("opus", rate, media.channels, opus_head(media.channels))
        return PacketAudio(kind, on_unit, opus_duration), track
    if media.codec in ("PCMA", "PCMU"):
        codec: AudioCodec = "pcm_alaw" if media.codec == "PCMA" else "pcm_mulaw"
        track = AudioTrack(codec, rate, media.channels)
        return PacketAudio(kind, on_unit, g711_duration(media.channels)), track
    return None


@dataclass(frozen=True, slots=True)
class VideoReader:
    """The reader of a video track and the parameter sets that it keeps up to date."""

    media: Media
    taker: VideoDepacketizer
    sets: ParameterSets
    complete: Callable[[ParameterSets], bool]
    size: Callable[[tuple[bytes, ...]], tuple[int, int]]

    def track(self) -> VideoTrack | None:
        """Describe the video as its newest parameter sets say; None while they are missing."""
        if not self.complete(self.sets):
            return None
        self.sets.changed = False
        parameter_sets = self.sets.ordered()
        try:
            width, height = self.size(parameter_sets)
        except ValueError as error:
            raise protocol_error(f"its parameter sets cannot be read ({error})") from error
        if max(width, height) > _MAX_SIDE:
            raise protocol_error(f"a picture of {width}x{height} pixels")
        media = self.media
        codec, rate = _VIDEO[media.codec], media.clock_rate or 90_000
        return VideoTrack(codec, width, height, parameter_sets, media.fps, rate)


def make_video(media: Media, on_unit: OnVideo) -> VideoReader:
    """Make the reader of a track from `choose_video`, with the sets that the description has."""
    sets, kind = ParameterSets(), media.payload_type
    if _VIDEO[media.codec] == "h264":
        for nal in media.binary("sprop-parameter-sets"):
            offer_h264(sets, nal)
        taker = H264Depacketizer(kind, on_unit, sets)
        return VideoReader(media, taker, sets, has_h264, h264.picture_size)
    for name in ("sprop-vps", "sprop-sps", "sprop-pps"):
        for nal in media.binary(name):
            offer_h265(sets, nal)
    numbered = media.number("sprop-max-don-diff", 0) > 0
    reader = H265Depacketizer(kind, on_unit, sets, order_numbers=numbered)
    return VideoReader(media, reader, sets, has_h265, h265.picture_size)
