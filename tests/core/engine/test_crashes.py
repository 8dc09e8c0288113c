"""The engine is killed, its sources die: what is recorded stays whole, and the rest is told."""

from __future__ import annotations

import asyncio
import itertools
import signal
import subprocess
import time
from dataclasses import replace

import pytest

from core.engine.kit import (
    add_camera,
    check_consistent,
    gaps,
    hashes,
    holes,
    recorded,
    running,
    until,
)
from core.engine.replay import load
from nvr_core.processes import ENGINE_STATUS, EngineStatus
from nvr_core.settings import Settings
from nvr_sdk.components import StreamWriter
from nvr_sdk.rpc import StreamOpen
from nvr_sdk.wire import Nothing, connect, serve
from nvr_sdk.worker.streams import StreamServer
from peers.clips import make_clip


async def stop_engine(process: subprocess.Popen[bytes], number: int) -> float:
    began = time.monotonic()
    process.send_signal(number)
    assert await asyncio.to_thread(process.wait, 10) == (0 if number == signal.SIGTERM else -number)
    return time.monotonic() - began


def parts(settings: Settings) -> list[int]:
    return [path.stat().st_size for path in settings.recordings.rglob("*.part")]


async def engine_status(settings: Settings) -> EngineStatus:
    channel = await connect(settings.engine_socket)
    try:
        return await channel.request(ENGINE_STATUS, Nothing(), EngineStatus)
    finally:
        channel.close()


@pytest.mark.parametrize("history", [False, True])
async def test_a_killed_engine_loses_only_the_open_fragment(
    settings, sources, start_engine, history
) -> None:
    clip = make_clip("h264", "aac")
    source = await sources(clip)
    if history:
        source.epoch, source.history = time.time(), True
    add_camera(settings)
    process = start_engine()
    await until(lambda: parts(settings)[:1] > [200_000], 20)
    await stop_engine(process, signal.SIGKILL)
    (torn,) = settings.recordings.rglob("*.part")
    with torn.open("ab") as file:
        file.write(b"\x00\x00\x10\x00moof torn")
    killed_us = time.time_ns() // 1000
    process = start_engine()
    await until(lambda: recorded(settings) and parts(settings)[:1] > [100_000], 20)
    status = await engine_status(settings)
    assert await stop_engine(process, signal.SIGTERM) < 3
    assert (status.recovery.repaired, status.recovery.quarantined) == (1, 0)
    segments = recorded(settings)
    check_consistent(segments)
    saved = [segment for segment in segments if segment.start_us < killed_us - 1_000_000]
    assert killed_us - saved[0].end_us < 2_000_000
    found = hashes(segments)
    if history:
        assert source.opened[-1].resume_after_ns == saved[0].end_us * 1000
        assert holes(found, clip.frames) == []
        assert gaps(settings) == []
    else:
        assert len(holes(found, clip.frames)) == 1
        ((start, end, reason),) = gaps(settings)
        assert (start, end, reason) == (saved[0].end_us, segments[1].start_us, "engine_restart")


@pytest.mark.parametrize("history", [False, True])
async def test_a_source_that_dies_and_comes_back(settings, sources, history) -> None:
    clip = make_clip("h264", "aac")
    source = await sources(clip)
    if history:
        source.epoch, source.history = time.time(), True
    add_camera(settings)
    async with running(settings) as (channel, _):
        await until(lambda: recorded(settings))
        await source.die()
        await asyncio.sleep(0.8)
        await source.serve(settings.plugin_socket("test"))
        count = len(recorded(settings))
        await until(lambda: len(recorded(settings)) >= count + 2)
        status = await channel.request(ENGINE_STATUS, Nothing(), EngineStatus)
    assert status.streams[0].reconnects == 1
    segments = recorded(settings)
    check_consistent(segments)
    found = hashes(segments)
    runs = len({segment.run_id for segment in segments})
    if history:
        assert (holes(found, clip.frames), runs, gaps(settings)) == ([], 1, [])
    else:
        assert found.count(clip.frames[0]) >= 2
        ((start, end, reason),) = gaps(settings)
        assert (runs, reason) == (2, "source_restart")
        assert 0.8e6 < end - start < 2.5e6


async def test_a_stall_and_a_mute_picture_are_noticed(settings, sources) -> None:
    clip = make_clip("h264", "aac")
    stalled, mute, good = [await sources(clip, name) for name in ("stalled", "mute", "good")]
    for name in ("stalled", "mute", "good"):
        add_camera(settings, name, plugin=name)
    async with running(settings) as (channel, _):

        async def states() -> dict[str, tuple[str, str]]:
            status = await channel.request(ENGINE_STATUS, Nothing(), EngineStatus)
            return {each.camera_id: (each.state, each.code) for each in status.streams}

        while set((await states()).values()) != {("online", "")}:
            await asyncio.sleep(0.05)
        began = time.monotonic()
        stalled.stalled = mute.muted_video = True
        bad = ("offline", "timeout")
        wanted = {"stalled": bad, "mute": bad, "good": ("online", "")}
        while await states() != wanted:
            assert time.monotonic() - began < 10
            await asyncio.sleep(0.1)
        assert stalled.closed_on_purpose == mute.closed_on_purpose == 1
        stalled.stalled = mute.muted_video = False
        while set((await states()).values()) != {("online", "")}:
            assert time.monotonic() - began < 15
            await asyncio.sleep(0.05)
        assert len(good.opened) == 1


async def test_a_worker_that_lingers_hands_its_session_to_the_next_engine(
    settings, start_engine
) -> None:
    clip = make_clip("h264", "aac")
    units = load(clip)
    began = time.monotonic()

    def run(request: StreamOpen, writer: StreamWriter) -> None:
        writer.begin(units.info)
        for loop in itertools.count():
            for unit in units.units:
                rate = 90_000 if unit.track == "video" else 44_100
                ticks = round(loop * units.seconds * rate)
                late = time.monotonic() - began - (unit.dts + ticks) / rate + 1
                if writer.closed.wait(max(0.0, -late)):
                    return
                writer.push(replace(unit, dts=unit.dts + ticks, pts=unit.pts + ticks))

    server = StreamServer({"replay": run})
    listener = await serve(settings.plugin_socket("test"), server.handler)
    add_camera(settings)
    process = start_engine()
    await until(lambda: parts(settings)[:1] > [200_000], 20)
    await stop_engine(process, signal.SIGKILL)
    process = start_engine()
    await until(lambda: recorded(settings) and parts(settings)[:1] > [100_000], 20)
    await stop_engine(process, signal.SIGTERM)
    listener.close()
    await server.close()
    segments = recorded(settings)
    check_consistent(segments)
    # Even the open fragment is not lost: the worker sends its group of pictures again.
    assert holes(hashes(segments), clip.frames) == []
    assert len(segments) == 2
    assert gaps(settings) == []
