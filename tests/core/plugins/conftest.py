"""A supervisor, a database and installed plugins, for tests of the plugin host."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from core.plugins.plugin_server import Server
from nvr_core.db.engine import Database, make_engine
from nvr_core.db.models import PluginRow
from nvr_core.security.vault import Vault
from nvr_core.settings import Settings
from nvr_core.supervisor.control import Control, Watchers
from nvr_core.supervisor.keeper import Keeper
from nvr_core.supervisor.managed import Surroundings
from nvr_sdk import wire


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A supervisor and an empty server; plugins of this environment are disabled."""
    settings = Settings(data=tmp_path / "data", plugin_paths=(tmp_path / "site",))
    settings.data.mkdir()
    settings.run.mkdir(parents=True, mode=0o700)
    settings.plugin_paths[0].mkdir()
    engine = make_engine(settings.effective_database_url)
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    database = Database(settings.effective_database_url)
    with database.write() as session:
        session.add(PluginRow(id="nvr-demo", enabled=False, updated_us=0))
    watchers = Watchers()
    keeper = Keeper(
        Surroundings(
            environment={**os.environ, **settings.to_env()},
            on_change=watchers.tell,
            on_line=lambda name, line: None,
        )
    )
    listener = await wire.serve(settings.supervisor_socket, lambda: Control(keeper, watchers))
    memory = asyncio.create_task(keeper.watch_memory())
    server = Server(settings, database, Vault(settings.secret_key), keeper)
    yield server
    for host in server.hosts:
        await host.stop()
    memory.cancel()
    await asyncio.wait({memory})
    await keeper.stop(keeper.names(), grace=2.0)
    listener.close()
    database.close()
    shutil.rmtree(settings.run)
