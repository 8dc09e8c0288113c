"""Plugins' settings come back from the mirror, secrets too, and all or nothing is taken."""

from __future__ import annotations

import pytest
import yaml

from core.plugins.plugin_server import Server, until
from core.plugins.secretive import PLUGIN_ID, write_secretive
from nvr_core.cameras.mirror import parse, render
from nvr_core.plugins.host import PluginHost
from nvr_core.plugins.importing import ImportedPlugins, apply_plugins, prepare_plugins
from nvr_sdk.errors import NvrError

CANARY = "canary-41c2"


async def running(server: Server) -> PluginHost:
    write_secretive(server.site)
    host = await server.start_host()
    await until(lambda: host.get(PLUGIN_ID).state == "running")
    return host


async def take_over(host: PluginHost, text: str) -> ImportedPlugins:
    return await apply_plugins(host, await prepare_plugins(host, parse(text).plugins))


async def test_settings_and_secrets_come_back(server: Server) -> None:
    host = await running(server)
    await host.put_config(PLUGIN_ID, "sink", {"server": "db", "token": CANARY})
    exported = render(server.database)
    assert CANARY not in exported
    assert (await take_over(host, exported)).unchanged == ["nvr-demo", PLUGIN_ID]

    await host.put_config(PLUGIN_ID, "sink", {"server": "other", "token": None})
    await host.disable(PLUGIN_ID)
    assert (await take_over(host, exported)).updated == [PLUGIN_ID]
    assert host.get(PLUGIN_ID).enabled
    assert (await host.config(PLUGIN_ID))[0].config["server"] == "db"
    assert (await take_over(host, exported)).updated == []


async def test_what_is_not_right_changes_nothing(server: Server) -> None:
    host = await running(server)
    await host.put_config(PLUGIN_ID, "sink", {"server": "db"})
    document = yaml.safe_load(render(server.database))
    plugin = next(each for each in document["plugins"] if each["id"] == PLUGIN_ID)
    plugin["enabled"] = False
    plugin["components"]["sink"]["config"]["retries"] = -1
    with pytest.raises(NvrError) as caught:
        await take_over(host, yaml.safe_dump(document))
    assert caught.value.fields[0].path.endswith("components.sink.config.retries")
    assert host.get(PLUGIN_ID).enabled
    missing = "version: 1\nplugins: [{id: nvr-elsewhere}]"
    assert (await take_over(host, missing)).missing == ["nvr-elsewhere"]
