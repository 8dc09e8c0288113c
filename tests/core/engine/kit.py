"""An engine under test with a camera, its database and its recordings."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlmodel import SQLModel

import nvr_core.db.models  # noqa: F401 - fills the metadata
from nvr_core.engine.engine import Engine
from nvr_core.media.timeline import TICKS
from nvr_core.recording.keyframes import unpack_keyframes
from nvr_core.recording.paths import segment_path
from nvr_core.recording.segmenter import Limits
from nvr_core.settings import Settings
from nvr_sdk.wire import Channel, QuietHandler, connect
from peers.clips import frame_hashes

SHORT = Limits(segment=2 * TICKS)


def make_database(settings: Settings) -> None:
    """Make the tables, as the migrations do."""
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.run.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{settings.database}")
    SQLModel.metadata.create_all(engine)
    engine.dispose()


def add_camera(settings: Settings, camera_id: str = "porch", **columns: object) -> None:
    """Add or replace a camera of the plugin ``test``."""
    row: dict[str, object] = {
        "id": camera_id, "name": camera_id, "enabled": 1, "plugin": "test", "source": "replay",
        "config": "{}", "config_version": 1, "secrets": b"", "streams": '["main"]',
        "recorded_streams": '["main"]', "position": 0, "created_us": 0, "updated_us": 0,
    }  # fmt: skip
    row.update(columns)
    with closing(sqlite3.connect(settings.database)) as db, db:
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        db.execute(f"INSERT OR REPLACE INTO camera ({names}) VALUES ({marks})", tuple(row.values()))


@dataclass(frozen=True)
class Recorded:
    """A row of the index with its file."""

    path: Path
    start_us: int
    duration_us: int
    run_id: int
    base_ticks: int
    size: int
    keyframes: tuple[Any, ...]
    init: bytes
    run_start_us: int

    @property
    def end_us(self) -> int:
        return self.start_us + self.duration_us


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """Read from the database."""
    with closing(sqlite3.connect(settings.database, timeout=5)) as db:
        return list(db.execute(query))


def recorded(settings: Settings, camera_id: str = "porch") -> list[Recorded]:
    """List what the index holds of a camera."""
    found = rows(
        settings,
        "SELECT s.start_us, s.duration_us, s.run_id, s.base_ticks, s.size, s.keyframes, s.suffix,"
        " t.name, r.init, r.start_us FROM segment s JOIN stream t ON t.id = s.stream_id"
        f" JOIN run r ON r.id = s.run_id WHERE t.camera_id = '{camera_id}' ORDER BY s.start_us",
    )
    return [
        Recorded(
            segment_path(settings.recordings, camera_id, name, start, suffix),
            start, duration, run, base, size, unpack_keyframes(keys), init, run_start,
        )
        for start, duration, run, base, size, keys, suffix, name, init, run_start in found
    ]  # fmt: skip


def gaps(settings: Settings) -> list[tuple[int, int, str]]:
    """List the gaps: start, end, reason."""
    found = rows(settings, "SELECT start_us, end_us, reason FROM gap ORDER BY start_us")
    return [(start, end, reason) for start, end, reason in found]


def hashes(segments: list[Recorded]) -> list[str]:
    """Hash every frame of the segments in order."""
    return [frame for segment in segments for frame in frame_hashes(segment.path)]


def holes(found: list[str], frames: tuple[str, ...]) -> list[tuple[str, int]]:
    """List the jumps in a recording of a looping clip: (frame's hash, frames missing)."""
    places = [frames.index(each) for each in found]
    return [
        (found[number], (now - before - 1) % len(frames))
        for number, (before, now) in enumerate(pairwise(places), 1)
        if now != (before + 1) % len(frames)
    ]


def check_consistent(segments: list[Recorded]) -> None:
    """Every row has its file, joins its run, and its keyframes lie where they say."""
    for segment in segments:
        data = segment.path.read_bytes()
        assert len(data) == segment.size
        assert data.startswith(segment.init)
        position = segment.keyframes[0].offset
        for entry in segment.keyframes:
            assert entry.offset == position
            assert data[entry.offset + 4 : entry.offset + 8] == b"moof"
            position += entry.size
        assert position == segment.size
    for before, after in pairwise(segments):
        if before.run_id == after.run_id:
            assert abs(after.start_us - before.end_us) < 60_000


async def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait for something, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


class Listener(QuietHandler):
    """Collects what the engine sends."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, bytes]] = []
        self.frames: list[bytes] = []
        self.closed = False

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        self.notes.append((method, params))

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        self.frames.append(body)

    def on_closed(self, channel: Channel) -> None:
        self.closed = True


@asynccontextmanager
async def running(settings: Settings, limits: Limits = SHORT):
    """Run an engine in this loop; gives the control channel and what it sends."""
    stop = asyncio.Event()
    task = asyncio.create_task(Engine(settings, limits=limits).run(stop))
    await until(lambda: task.done() or settings.engine_socket.exists())
    if task.done():
        task.result()
    listener = Listener()
    channel = await connect(settings.engine_socket, listener)
    try:
        yield channel, listener
    finally:
        channel.close()
        stop.set()
        await task


def as_json(value: object) -> str:
    """For columns of type JSON."""
    return json.dumps(value)
