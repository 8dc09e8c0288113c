"""A data directory with a database."""

from __future__ import annotations

import shutil
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
