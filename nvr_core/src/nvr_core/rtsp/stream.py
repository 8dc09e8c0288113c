"""Turns the units of both tracks into what a sink is given: StreamInfo and AccessUnit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from nvr_core.rtsp.rtcp import parse_rtcp
from nvr_core.rtsp.rtp import PacketTaker
from nvr_core.rtsp.sdp import Media
from nvr_core.rtsp.timeline import Timeline
from nvr_core.rtsp.tracks import make_audio, make_video
from nvr_sdk.messages import AccessUnit, AudioTrack, StreamInfo, TrackKind

_EARLY_BLOCKS = 64  # of sound, kept until the first picture is there


class StreamSink(Protocol):
    """Where a stream goes. Called on the event loop, in order; must not block."""

    def begin(self, info: StreamInfo) -> None:
        """Take note of what follows; before the first unit and on every change."""
        ...

    def push(self, unit: AccessUnit) -> None:
        """Take one unit."""
        ...


class _Sound(NamedTuple):
    timestamp: int
    duration: int
    corrupt: bool
    data: bytes
    arrived_s: float


class MediaStream:
    """One session's tracks on one timeline.

    The sink sees nothing before the first whole key unit with its parameter sets. Audio comes only
    after `use_audio`. ``arrived`` gives the time (monotonic seconds) of what is being taken in.
    """

    def __init__(self, video: Media, sink: StreamSink, arrived: Callable[[], float]) -> None:
        self._video = make_video(video, self._on_video)
        self._audio: AudioTrack | None = None
        self._sink = sink
        self._arrived = arrived
        self._timeline = Timeline(video.clock_rate or 90_000, None)
        self._info: StreamInfo | None = None
        self._early: deque[_Sound] = deque(maxlen=_EARLY_BLOCKS)
        self.video_units = 0
        """Pictures seen so far, delivered or not."""
        self.ended = False
        """True once the camera said goodbye on the video track."""

    @property
    def begun(self) -> bool:
        """True once the sink was told what follows."""
        return self._info is not None

    @property
    def video_taker(self) -> PacketTaker:
        """What takes the packets of the video track."""
        return self._video.taker

    def use_audio(self, media: Media) -> PacketTaker | None:
        """Read this track too and give what takes its packets; before the first packet only."""
        made = make_audio(media, self._on_audio)
        if made is None:
            return None
        taker, self._audio = made
        self._timeline = Timeline(self._video.media.clock_rate or 90_000, self._audio.sample_rate)
        return taker

    def on_rtcp(self, kind: TrackKind) -> Callable[[bytes], None]:
        """Give what takes the RTCP packets of a track."""

        def take(data: bytes) -> None:
            found = parse_rtcp(data)
            if found.report is not None:
                self._timeline.report(kind, found.report)
            self.ended |= found.goodbye and kind == "video"

        return take

    def starts(self, kind: TrackKind, timestamp: int) -> None:
        """Take the RTP timestamp of a track's start as PLAY's answer gives it."""
        self._timeline.starts(kind, timestamp)

    def _on_video(self, timestamp: int, key: bool, corrupt: bool, data: bytes) -> None:
        self.video_units += 1
        if key and not corrupt and (self._info is None or self._video.sets.changed):
            self._describe()
        if self._info is None:
            return
        time = self._timeline.video(timestamp, self._arrived())
        self._sink.push(AccessUnit("video", time, time, key, data, 0, corrupt))
        while self._early:
            self._push_audio(self._early.popleft())

    def _on_audio(self, timestamp: int, duration: int, corrupt: bool, data: bytes) -> None:
        block = _Sound(timestamp, duration, corrupt, data, self._arrived())
        if self._info is None:
            self._early.append(block)
        else:
            self._push_audio(block)

    def _push_audio(self, block: _Sound) -> None:
        time = self._timeline.audio(block.timestamp, block.arrived_s)
        if time is not None:
            self._sink.push(
                AccessUnit("audio", time, time, True, block.data, block.duration, block.corrupt)
            )

    def _describe(self) -> None:
        track = self._video.track()
        if track is None:
            return
        info = StreamInfo(track, self._audio)
        if info != self._info:
            self._info = info
            self._sink.begin(info)
