"""Stored configurations of an older layout, brought up to date by the worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from nvr_sdk import NvrError, rpc
from nvr_sdk.testing import PluginRunner

PLUGIN = '''
"""A sink whose configuration has changed once."""

from typing import ClassVar

from nvr_sdk import Health, PluginConfig, hookimpl


class Config(PluginConfig):
    """Its configuration."""

    version: ClassVar[int] = 2
    migrations: ClassVar = {1: lambda old: {"name": old["nmae"]}}

    name: str


class Sink:
    """A sink."""

    id = "sink"
    config_model = Config
    topics = ("*",)

    async def setup(self, context, config):
        context.log.info("configured as %s", config.name)

    async def start(self): ...
    async def stop(self): ...
    async def health(self): return Health("ok")
    async def options(self, field, config): return []
    async def handle(self, event): ...


@hookimpl
def nvr_event_sinks():
    return [Sink]
'''


def runner(tmp_path: Path, config: dict[str, object], version: int) -> PluginRunner:
    (tmp_path / "nvr_migrating.py").write_text(PLUGIN)
    return PluginRunner(
        "nvr_migrating", configs={"sink": config}, versions={"sink": version}, paths=[tmp_path]
    )


async def test_old_layout_is_migrated_at_the_start_and_on_demand(tmp_path: Path) -> None:
    async with runner(tmp_path, {"nmae": "ada"}, 1) as plugin:
        await plugin.wait_for("running")
        assert "configured as ada" in plugin.log
        call = rpc.Migrate("sink", 1, {"nmae": "bob"})
        migrated = await plugin.request(rpc.COMPONENT_MIGRATE, call, rpc.Migrated)
        assert migrated == rpc.Migrated(2, {"name": "bob"})
        camera = rpc.Migrate("sink", 1, {}, of_camera=True)
        with pytest.raises(NvrError, match="no camera source"):
            await plugin.request(rpc.COMPONENT_MIGRATE, camera, rpc.Migrated)


@pytest.mark.parametrize(
    ("version", "reason"),
    [(1, "Migration from layout 1 failed: KeyError"), (9, "The stored configuration has layout 9")],
)
async def test_what_cannot_be_migrated_is_a_state(
    tmp_path: Path, version: int, reason: str
) -> None:
    async with runner(tmp_path, {"name": "x"}, version) as plugin:
        status = await plugin.wait_for("migration_error")
        assert reason in status.reason
