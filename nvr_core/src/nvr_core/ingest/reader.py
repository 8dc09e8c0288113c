"""Reads one camera and hands its access units over: the push source ``av``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from av.container import InputContainer

from nvr_core.ingest.dialling import dial
from nvr_core.ingest.failures import LIBAV_ERRORS, failure
from nvr_core.ingest.nal import SplitUnit, join
from nvr_core.ingest.opening import Opener
from nvr_core.ingest.packets import Raw, read_packets
from nvr_core.ingest.timeline import Timeline, TrackClock
from nvr_core.ingest.tracks import VIDEO_RATE, AudioInput, find_audio, find_video, picture_size
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamInfo
from nvr_sdk.rpc import StreamOpen

if TYPE_CHECKING:
    # Importing the components would cost this process pydantic.
    from nvr_sdk.components import StreamWriter

_AUDIO_STEPS = {"aac": 1024, "opus": 960, "pcm_alaw": 160, "pcm_mulaw": 160}


def read_stream(request: StreamOpen, writer: StreamWriter) -> None:
    """Deliver the stream at ``request.address`` until ``writer.closed`` is set.

    Blocks in its own thread; a camera that falls silent ends it within 10 s. Raises `NvrError`
    with the codes of `dialling.dial`, ``timeout``, or ``ended`` when the camera closed.
    """
    if request.address is None:
        raise NvrError("bad_request", "The av worker needs an address to dial.")
    with dial(request.address) as container:
        try:
            _Reading(container, writer).run()
        except LIBAV_ERRORS as error:
            raise failure(error, request.address) from None
    if not writer.closed.is_set():
        raise NvrError("ended", "The camera ended the stream.")


class _Reading:
    """One connection to a camera."""

    def __init__(self, container: InputContainer, writer: StreamWriter) -> None:
        self._writer = writer
        self._video = find_video(container)
        self._audio = find_audio(container)
        self._packets = read_packets(container, self._video, self._audio, time.monotonic)
        self._sets: tuple[bytes, ...] = ()
        self._new_sets = self._video.splitter.parameter_sets
        self._announced_audio: AudioInput | None = None
        self._epoch_ns = 0

    def run(self) -> None:
        """Pass everything on, from the first key unit."""
        step = round(1 / ((self._video.fps or 25) * self._video.time_base))
        opening = Opener(self._video.time_base, step).collect(self._packets, _wall_clock())
        self._epoch_ns = opening.epoch_ns
        timeline = Timeline(opening.zero)
        video_step = round(step * self._video.time_base * VIDEO_RATE)
        self._video_clock = TrackClock(timeline, self._video.time_base, VIDEO_RATE, video_step)
        if self._audio is not None:
            self._audio_clock = TrackClock(
                timeline,
                self._audio.time_base,
                self._audio.rate,
                _AUDIO_STEPS[self._audio.codec],
            )
        for raw in opening.units:
            self._pass_on(raw, opening.zero)
        for raw in self._packets:
            if self._writer.closed.is_set():
                return
            self._pass_on(raw, opening.zero)

    def _pass_on(self, raw: Raw, zero: Fraction) -> None:
        if raw.unit is not None:
            self._pass_video(raw, raw.unit)
        elif self._audio is not None:
            self._pass_audio(raw, self._audio, zero)

    def _pass_video(self, raw: Raw, unit: SplitUnit) -> None:
        splitter = self._video.splitter
        known = self._new_sets or self._sets
        self._new_sets = splitter.merge(known, (*splitter.parameter_sets, *unit.parameter_sets))
        if not unit.coded:
            return
        if unit.key:
            self._announce(unit)
        if not self._sets:
            return
        dts, pts = self._video_clock.ticks(raw.dts, raw.pts, raw.duration)
        duration = round(raw.duration * self._video.time_base * VIDEO_RATE)
        data = join(unit.nals)
        self._writer.push(AccessUnit("video", dts, pts, unit.key, data, duration, raw.corrupt))

    def _pass_audio(self, raw: Raw, audio: AudioInput, zero: Fraction) -> None:
        early = raw.stamp is not None and raw.stamp * audio.time_base < zero
        if self._announced_audio is None or (early and self._audio_clock.fresh):
            return
        dts, pts = self._audio_clock.ticks(raw.dts, raw.pts, raw.duration)
        duration = round(raw.duration * audio.time_base * audio.rate)
        self._writer.push(AccessUnit("audio", dts, pts, True, raw.sound, duration, raw.corrupt))

    def _announce(self, unit: SplitUnit) -> None:
        """Tell what follows, if it differs from what was told; only ever before a key unit."""
        audio = self._audio if self._audio is not None and self._audio.ready else None
        complete = self._video.splitter.complete(self._new_sets)
        if not complete or (self._new_sets == self._sets and audio is self._announced_audio):
            return
        size = self._video.size
        if self._sets or not all(size):
            picture = b"".join(b"\0\0\0\1" + nal for nal in (*self._new_sets, *unit.nals))
            size = picture_size(self._video.codec, picture) or size
        if not all(size):
            return
        self._video.size = size
        self._sets = self._new_sets
        self._announced_audio = audio
        video = self._video.track(self._sets, size)
        self._writer.begin(StreamInfo(video, audio.track() if audio else None, self._epoch_ns))


def _wall_clock(clock: Callable[[], int] = time.time_ns) -> Iterator[int]:
    while True:
        yield clock()
