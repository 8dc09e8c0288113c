"""Disks that are full, missing or broken stop recording, say so, and recording comes back."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.engine.kit import (
    add_camera,
    check_consistent,
    gaps,
    hashes,
    recorded,
    rows,
    running,
    until,
)
from nvr_core.processes import ENGINE_STATUS, EngineStatus
from nvr_core.recording.storage import MARKER
from nvr_core.settings import Settings
from nvr_sdk.wire import Channel, Nothing
from peers.clips import make_clip


async def storage_state(control: Channel) -> str:
    status = await control.request(ENGINE_STATUS, Nothing(), EngineStatus)
    return status.storages[0].state if status.storages else ""


async def until_state(control: Channel, wanted: str) -> None:
    deadline = time.monotonic() + 10
    while (state := await storage_state(control)) != wanted:
        assert time.monotonic() < deadline, f"the storage is {state}, not {wanted}"
        await asyncio.sleep(0.05)


async def until_recording(control: Channel, wanted: bool) -> None:
    deadline = time.monotonic() + 10
    while True:
        status = await control.request(ENGINE_STATUS, Nothing(), EngineStatus)
        if any(each.recording for each in status.streams) is wanted:
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.fixture
def small_disk(settings: Settings):
    """Mount a small tmpfs where recordings go."""
    settings.recordings.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(settings.recordings)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs needs root")
    yield settings.recordings
    subprocess.run(["umount", "-l", str(settings.recordings)], check=True)


@pytest.mark.parametrize("reserve", [0, 1 << 20])
async def test_a_full_disk(settings, sources, small_disk: Path, reserve: int) -> None:
    """With a reserve it is kept; without one, even ENOSPC loses nothing that was written."""
    clip = make_clip("h264", "aac")
    await sources(clip)
    async with running(settings):
        await until(lambda: rows(settings, "SELECT 1 FROM storage"))
    add_camera(settings)
    add_camera(settings, "view", recorded_streams="[]")
    with closing(sqlite3.connect(settings.database)) as db, db:
        db.execute("UPDATE storage SET reserve_bytes = ?", (reserve,))
    ballast = small_disk / "ballast"
    async with running(settings) as (control, _):
        await until(lambda: recorded(settings))
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        ballast.write_bytes(b"x" * max(0, free - reserve - 60_000))
        if reserve:
            await until_state(control, "full")
        else:
            # Recording stops at the first write that fails; no part is left behind.
            await until_recording(control, False)
            assert not list(small_disk.rglob("*.part"))
        ballast.unlink()
        await until_state(control, "ok")
        count = len(recorded(settings))
        await until(lambda: len(recorded(settings)) >= count + 2, 20)
        status = await control.request(ENGINE_STATUS, Nothing(), EngineStatus)
        assert {each.state for each in status.streams} == {"online"}
    segments = recorded(settings)
    check_consistent(segments)
    assert hashes(segments)
    assert "disk_full" in {reason for _, _, reason in gaps(settings)}
    for start, end, reason in gaps(settings):
        if reason == "disk_full":
            assert start in {segment.end_us for segment in segments}
            assert end in {segment.start_us for segment in segments}


async def test_an_unmounted_disk_is_never_written_into(settings, sources) -> None:
    await sources(make_clip("h264", "aac"))
    add_camera(settings)
    async with running(settings) as (control, _):
        await until(lambda: recorded(settings))
        (settings.recordings / MARKER).rename(settings.data / "hidden")
        await until_state(control, "missing")
        await until(lambda: not list(settings.recordings.rglob("*.part")))
        before = sorted(settings.recordings.rglob("*"))
        status = await control.request(ENGINE_STATUS, Nothing(), EngineStatus)
        assert [each.recording for each in status.streams] == [False]
        assert "mount" in status.storages[0].message
        assert sorted(settings.recordings.rglob("*")) == before
        count = len(recorded(settings))
        (settings.data / "hidden").rename(settings.recordings / MARKER)
        await until(lambda: len(recorded(settings)) > count)
    check_consistent(recorded(settings))
    assert "storage_missing" in {reason for _, _, reason in gaps(settings)}


async def test_another_disk_in_its_place_is_not_touched(settings, sources) -> None:
    source = await sources(make_clip("h264", "aac"))
    async with running(settings):
        await until(lambda: rows(settings, "SELECT 1 FROM storage"))
    (settings.recordings / MARKER).write_text("another\n")
    add_camera(settings)
    async with running(settings) as (control, _):
        await until_state(control, "missing")
        await until(lambda: source.opened)
    assert [path.name for path in settings.recordings.iterdir()] == [MARKER]
    assert recorded(settings) == []
