"""The engine's own RTSP reader in its place, against GStreamer's server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from core.engine.kit import (
    Recorded,
    add_camera,
    as_json,
    check_consistent,
    gaps,
    hashes,
    holes,
    recorded,
    running,
    until,
)
from nvr_core.processes import ENGINE_STATUS, EngineStatus, StreamStatus
from nvr_core.rtsp.reader import RtspReader
from nvr_core.settings import Settings
from nvr_sdk.messages import AccessUnit, StreamAddress, StreamInfo
from nvr_sdk.wire import Channel, Nothing, connect
from peers.clips import make_clip
from peers.rtsp_server import RtspServer, gst_missing, start_gst

pytestmark = pytest.mark.skipif(bool(gst_missing()), reason=gst_missing() or "-")


@pytest.fixture
def av_worker(settings: Settings) -> Iterator[None]:
    """The process of the other lane."""
    command = [sys.executable, "-m", "nvr_core.ingest"]
    process = subprocess.Popen(command, env={**os.environ, **settings.to_env()})
    yield
    process.terminate()
    process.wait(10)


def add_rtsp(settings: Settings, server: RtspServer, name: str = "cam", **config: str) -> None:
    """Add a camera of the built-in source, named like its mount."""
    columns = {"config": as_json({"main_url": server.url(name), **config})}
    add_camera(settings, name, plugin="core", source="rtsp", **columns)


async def streams(channel: Channel) -> dict[str, StreamStatus]:
    status = await channel.request(ENGINE_STATUS, Nothing(), EngineStatus)
    return {stream.camera_id: stream for stream in status.streams}


async def wait_for(channel: Channel, state: str, seconds: float = 20.0) -> dict[str, StreamStatus]:
    """Wait until all streams are in a state and a lane delivers, or has failed."""
    deadline = time.monotonic() + seconds
    while True:
        found = await streams(channel)
        if all(each.state == state for each in found.values()):
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


def check_forward(segments: list[Recorded]) -> None:
    """Nothing begins before the end of what came before."""
    for before, after in pairwise(segments):
        assert after.start_us >= before.end_us - 12


async def test_thirty_seconds_without_a_hole(settings: Settings) -> None:
    clips = {"avc": make_clip("h264", "aac"), "hevc": make_clip("h265", "aac")}
    with start_gst(**clips) as server:
        for name in clips:
            add_rtsp(settings, server, name)
        began_us = time.time_ns() // 1000
        async with running(settings) as (channel, _):
            found = await wait_for(channel, "online")
            assert {stream.lane for stream in found.values()} == {"fast"}
            assert {stream.lane_reason for stream in found.values()} == {""}
            assert found["hevc"].audio_codec == "aac"
            await until(lambda: all(_seconds(settings, name) >= 30 for name in clips), 50)
            ended_us = time.time_ns() // 1000
    assert gaps(settings) == []
    for name, clip in clips.items():
        segments = recorded(settings, name)
        check_consistent(segments)
        assert holes(hashes(segments), clip.frames) == []
        assert len({segment.run_id for segment in segments}) == 1
        # The first picture's arrival is its time: that is at most a little after it was sent.
        assert began_us < segments[0].start_us
        assert segments[-1].end_us < ended_us + 2_500_000


async def test_b_frames_are_read_by_libav_from_then_on(settings: Settings, av_worker: None) -> None:
    clip = make_clip("h264", "aac", bframes=2)
    with start_gst(cam=clip) as server:
        add_rtsp(settings, server)
        async with running(settings) as (channel, _):
            await _until_lane(channel, "av")
            stream = (await wait_for(channel, "online"))["cam"]
            assert "B-frames" in stream.lane_reason
            await until(lambda: _seconds(settings, "cam") >= 4)
            server.stop()
            await wait_for(channel, "offline")
            with start_gst(port=server.port, cam=clip):
                lanes = set()
                deadline = time.monotonic() + 20
                while (stream := (await streams(channel))["cam"]).state != "online":
                    assert time.monotonic() < deadline
                    lanes.add(stream.lane)
                    await asyncio.sleep(0.02)
                assert lanes | {stream.lane} == {"av"}
                assert "B-frames" in stream.lane_reason
    segments = recorded(settings, "cam")
    check_consistent(segments)
    check_forward(segments)
    assert {reason for _, _, reason in gaps(settings)} <= {"source_restart", "camera_offline"}


async def test_a_camera_set_to_udp_is_read_by_libav(settings: Settings, av_worker: None) -> None:
    with start_gst(cam=make_clip()) as server:
        add_rtsp(settings, server, transport="udp")
        async with running(settings) as (channel, _):
            stream = (await wait_for(channel, "online"))["cam"]
    assert (stream.lane, stream.lane_reason) == ("av", "The camera is set to UDP.")


async def test_a_stalled_camera_is_noticed_and_dialled_again(settings: Settings) -> None:
    clip = make_clip()
    with start_gst(cam=clip) as server:
        add_rtsp(settings, server)
        async with running(settings) as (channel, _):
            await wait_for(channel, "online")
            await until(lambda: recorded(settings, "cam"))
            server.pause()
            began = time.monotonic()
            stream = (await wait_for(channel, "offline"))["cam"]
            assert stream.code == "timeout"
            assert time.monotonic() - began < 10
            server.resume()
            await wait_for(channel, "online")
            count = len(recorded(settings, "cam"))
            await until(lambda: len(recorded(settings, "cam")) > count)
    segments = recorded(settings, "cam")
    check_consistent(segments)
    check_forward(segments)
    ((start, end, reason),) = gaps(settings)
    assert reason == "camera_offline"
    assert 7e6 < end - start < 20e6


async def test_a_killed_engine_is_back_after_a_gap_shorter_than_three_seconds(
    settings: Settings, start_engine
) -> None:
    with start_gst(cam=make_clip(gop=25)) as server:
        add_rtsp(settings, server)
        other = Viewer(server.url())
        await until(lambda: other.pictures, 20)
        process = start_engine()
        await until(lambda: _part_size(settings) > 200_000, 20)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        (torn,) = settings.recordings.rglob("*.part")
        start_engine()
        await until(lambda: not torn.exists() and _part_size(settings) > 100_000, 20)
        channel = await connect(settings.engine_socket)
        stream = (await wait_for(channel, "online"))["cam"]
        channel.close()
        await until(lambda: len(recorded(settings, "cam")) == 2, 20)
        await other.close()
    assert stream.lane == "fast"
    segments = recorded(settings, "cam")
    check_consistent(segments)
    check_forward(segments)
    ((start, end, reason),) = gaps(settings)
    assert reason == "engine_restart"
    assert (start, end) == (segments[0].end_us, segments[1].start_us)
    assert end - start < 3e6


class Viewer:
    """Another client: the server has begun to send before the engine comes, as cameras have."""

    def __init__(self, url: str) -> None:
        self.pictures = 0
        self._task = asyncio.create_task(RtspReader().run(StreamAddress(url), self))

    def begin(self, info: StreamInfo) -> None:
        """What follows does not matter."""

    def push(self, unit: AccessUnit) -> None:
        self.pictures += unit.track == "video"

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


async def _until_lane(channel: Channel, lane: str) -> None:
    deadline = time.monotonic() + 20
    while (found := await streams(channel))["cam"].lane != lane:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)


def _seconds(settings: Settings, name: str) -> float:
    return sum(segment.duration_us for segment in recorded(settings, name)) / 1e6


def _part_size(settings: Settings) -> int:
    return sum(path.stat().st_size for path in settings.recordings.rglob("*.part"))
