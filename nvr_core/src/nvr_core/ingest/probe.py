"""Looks at an address before a camera is saved: what it delivers, how fast, and a first picture."""

from __future__ import annotations

import time
from dataclasses import replace

import av.error
from av import Packet, VideoFrame
from av.container import InputContainer
from av.stream import Stream

from nvr_core.ingest.dialling import dial
from nvr_core.ingest.failures import LIBAV_ERRORS, failure
from nvr_core.ingest.picture import to_jpeg
from nvr_core.ingest.tracks import AudioInput, VideoInput, find_audio, find_video
from nvr_core.processes import AddressProbe, AddressProbed
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import ProbedStream, StreamInfo

_THUMBNAIL_WIDTH = 640
_ENOUGH_UNITS = 12


def probe_address(question: AddressProbe) -> AddressProbed:
    """Dial an address and describe what comes; blocks up to about ``timeout_s`` seconds.

    Raises `NvrError` with the codes of `dialling.dial`.
    """
    deadline = time.monotonic() + question.timeout_s
    with dial(question.address, question.timeout_s) as container:
        look = _Look(find_video(container), find_audio(container))
        try:
            look.watch(container, deadline)
        except LIBAV_ERRORS as error:
            raise failure(error, question.address) from None
        info = look.info()
        jpeg = b""
        if question.thumbnail and look.frame is not None:
            jpeg = to_jpeg(look.frame, min(_THUMBNAIL_WIDTH, look.frame.width)).jpeg
    return AddressProbed(ProbedStream(question.stream, info), jpeg)


class _Look:
    """What was seen so far."""

    def __init__(self, video: VideoInput, audio: AudioInput | None) -> None:
        self._video = video
        self._audio = audio
        self._sets = video.splitter.parameter_sets
        self._stamps: list[int] = []
        self.frame: VideoFrame | None = None

    def watch(self, container: InputContainer, deadline: float) -> None:
        """Read until there is a picture and the frame rate is known."""
        streams = [self._video.stream, *([self._audio.stream] if self._audio else [])]
        for packet in container.demux(*streams):
            if packet.stream is self._video.stream:
                self._take_video(packet)
            elif self._audio is not None and packet.size:
                self._audio.raw(bytes(packet))
            heard = self._audio is None or self._audio.ready
            if self.frame and heard and len(self._stamps) >= _ENOUGH_UNITS:
                return
            if time.monotonic() > deadline:
                break
        if self.frame is None:
            raise NvrError("no_video", "The camera answers, but no picture came in time.")

    def info(self) -> StreamInfo:
        """Describe the stream."""
        if self.frame is None:
            raise NvrError("no_video", "The camera answers, but no picture came.")
        size = (self.frame.width, self.frame.height)
        video = replace(self._video.track(self._sets, size), fps=self._fps())
        ready = self._audio is not None and self._audio.ready
        return StreamInfo(video, self._audio.track() if self._audio and ready else None)

    def _take_video(self, packet: Packet[Stream]) -> None:
        if not packet.size:
            return
        unit = self._video.splitter.split(bytes(packet))
        self._sets = self._video.splitter.merge(self._sets, unit.parameter_sets)
        if packet.pts is not None:
            self._stamps.append(packet.pts)
        if self.frame is not None:
            return
        try:
            self.frame = next(iter(self._video.stream.codec_context.decode(packet)), None)
        except av.error.InvalidDataError:
            # Joined in the middle of a group of pictures; the next key unit decodes.
            self.frame = None

    def _fps(self) -> float | None:
        if len(self._stamps) < _ENOUGH_UNITS // 2:
            return self._video.fps
        span = (max(self._stamps) - min(self._stamps)) * self._video.time_base
        return round(float((len(self._stamps) - 1) / span), 2) if span > 0 else self._video.fps
