"""A data directory with a database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from core.engine.kit import make_database
from core.engine.replay import Source, load
from nvr_core.settings import Settings
from peers.clips import Clip


@pytest.fixture
async def sources(settings: Settings) -> AsyncIterator[Callable[..., Awaitable[Source]]]:
    """Start sources of the plugin ``test`` (or another) that end with the test."""
    started: list[Source] = []

    async def start(clip: Clip, plugin: str = "test") -> Source:
        source = Source(load(clip))
        await source.serve(settings.plugin_socket(plugin))
        started.append(source)
        return source

    yield start
    for source in started:
        await source.die()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    found = Settings(tmp_path / "data")
    make_database(found)
    yield found
    shutil.rmtree(found.run)


@pytest.fixture
def start_engine(settings: Settings) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start engines that end with the test."""
    started = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "nvr_core.engine"]
        started.append(subprocess.Popen(command, env={**os.environ, **settings.to_env()}))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(10)
