"""A stream server for tests: replays a clip in real time (or faster) as a pushing source would."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import av

from nvr_sdk.messages import AccessUnit, AudioTrack, StreamInfo, VideoTrack
from nvr_sdk.rpc import (
    STREAM_CLOSE,
    STREAM_ENDED,
    STREAM_OPEN,
    StreamEnded,
    StreamOpen,
    StreamOpened,
)
from nvr_sdk.wire import Channel, Kind, QuietHandler, pack, serve, unpack
from peers.clips import Clip


@dataclass(frozen=True)
class Units:
    """A clip as the engine gets it."""

    info: StreamInfo
    units: tuple[AccessUnit, ...]
    seconds: float


@cache
def load(clip: Clip) -> Units:
    """Demux an MP4 clip; its units are length-prefixed already. In order of decode time."""
    with av.open(str(clip.path)) as container:
        video, audio = container.streams.video[0], next(iter(container.streams.audio), None)
        sets = _parameter_sets(clip.codec, bytes(video.codec_context.extradata or b""))
        track = VideoTrack(clip.codec, clip.width, clip.height, sets, float(clip.fps))
        sound = None
        if audio is not None:
            config = bytes(audio.codec_context.extradata or b"")
            sound = AudioTrack("aac", audio.rate, audio.channels, config)
        units = []
        for packet in container.demux():
            if packet.size and packet.dts is not None:
                units.append(_unit(packet, packet.stream is video, sound))
    # An edit list makes the first decode times negative; a source counts from zero.
    units.sort(key=lambda unit: unit[0])
    return Units(StreamInfo(track, sound), tuple(unit for _, unit in units), float(clip.seconds))


def _unit(packet: av.Packet, is_video: bool, sound: AudioTrack | None) -> tuple[float, AccessUnit]:
    rate = 90_000 if is_video else (sound.sample_rate if sound else 1)
    dts, pts = (round(value * packet.time_base * rate) + rate for value in (packet.dts, packet.pts))
    kind = "video" if is_video else "audio"
    key = packet.is_keyframe or not is_video
    return dts / rate, AccessUnit(kind, dts, pts, key, bytes(packet))


def _parameter_sets(codec: str, record: bytes) -> tuple[bytes, ...]:
    """Read the parameter sets out of an avcC or hvcC record."""
    reader = io.BytesIO(record)

    def number(size: int) -> int:
        return int.from_bytes(reader.read(size), "big")

    def sets(count: int) -> list[bytes]:
        return [reader.read(number(2)) for _ in range(count)]

    if codec == "h264":
        reader.seek(5)
        return (*sets(number(1) & 31), *sets(number(1)))
    reader.seek(22)
    groups = []
    for _ in range(number(1)):
        reader.read(1)
        groups += sets(number(2))
    return tuple(groups)


class Source:
    """What the server replays, and how; tests change it while it runs."""

    def __init__(self, clip: Units, speed: float = 1.0) -> None:
        self.clip = clip
        self.speed = speed
        self.epoch: float | None = None
        """Wall-clock time of the first unit; None: the engine anchors by arrival."""
        self.history = False
        """Goes on at `resume_after_ns`, at its key unit, as a camera with a card does."""
        self.muted_video = False
        self.stalled = False
        self.change: Callable[[int], Units | None] = lambda sent: None
        """Asked before each loop with the number of loops sent: another clip from here on."""
        self.failure: StreamEnded | None = None
        self.opened: list[StreamOpen] = []
        self.closed_on_purpose = 0
        self.channels: set[Channel] = set()
        self.server: asyncio.AbstractServer | None = None
        self.drop: Callable[[int], bool] = lambda number: False
        """Asked with the running number of each picture: leave it out?"""

    async def serve(self, path: Path) -> None:
        """Listen like a plugin worker with one pushing source."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.server = await serve(path, lambda: _Server(self))

    async def die(self) -> None:
        """Go away as a killed worker does."""
        if self.server is not None:
            self.server.close()
        for channel in tuple(self.channels):
            channel.abort()
        while self.channels:
            await asyncio.sleep(0)


class _Server(QuietHandler):
    def __init__(self, source: Source) -> None:
        self._source = source
        self._task: asyncio.Task[None] | None = None

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        assert method == STREAM_OPEN
        request = unpack(params, StreamOpen)
        self._source.opened.append(request)
        self._source.channels.add(channel)
        self._task = asyncio.create_task(self._replay(channel, request))
        return StreamOpened()

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        if method == STREAM_CLOSE:
            self._source.closed_on_purpose += 1

    def on_closed(self, channel: Channel) -> None:
        self._source.channels.discard(channel)
        if self._task is not None:
            self._task.cancel()

    async def _replay(self, channel: Channel, request: StreamOpen) -> None:
        source = self._source
        if source.failure is not None:
            channel.note(STREAM_ENDED, source.failure)
            channel.close()
            return
        began, base, number = time.monotonic(), 0.0, 0
        skip_s, resume = 0.0, request.resume_after_ns
        if source.epoch is not None and source.history:
            if resume is not None:
                skip_s = max(0.0, resume / 1e9 - source.epoch)
            else:
                skip_s = time.time() - source.epoch
        loops = 0
        clip = None
        while True:
            fresh = source.change(loops) or clip or source.clip
            if fresh is not clip:
                clip = fresh
                epoch_ns = None if source.epoch is None else int((source.epoch - 1) * 1e9)
                channel.send(Kind.STREAM_INFO, pack(replace(clip.info, epoch_ns=epoch_ns)))
            keys = [_seconds(u, clip) for u in clip.units if u.track == "video" and u.key]
            first = max((k + base for k in keys if k + base - 1 <= skip_s + 0.001), default=None)
            for unit in clip.units:
                when = _seconds(unit, clip) + base - 1
                number += unit.track == "video"
                if skip_s and (first is None or when + 1 < first - 0.001):
                    continue
                skip_s = 0.0
                while source.stalled:
                    await asyncio.sleep(0.01)
                late = time.monotonic() - began - when / source.speed
                if source.epoch is not None:
                    late = (time.time() - source.epoch) - when / source.speed
                if late < 0:
                    await asyncio.sleep(-late)
                if unit.track == "video" and (source.muted_video or source.drop(number)):
                    continue
                channel.send(Kind.ACCESS_UNIT, pack(_shifted(unit, clip, base)))
            base += clip.seconds
            loops += 1


def _seconds(unit: AccessUnit, clip: Units) -> float:
    return unit.dts / _rate(unit, clip)


def _rate(unit: AccessUnit, clip: Units) -> int:
    if unit.track == "video":
        return 90_000
    assert clip.info.audio is not None
    return clip.info.audio.sample_rate


def _shifted(unit: AccessUnit, clip: Units, base: float) -> AccessUnit:
    ticks = round(base * _rate(unit, clip))
    return replace(unit, dts=unit.dts + ticks, pts=unit.pts + ticks)
