"""Configuration of components: checked, applied, kept secret, migrated."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.plugins.plugin_server import Server, until
from core.plugins.secretive import PLUGIN_ID, write_secretive
from nvr_core.db.models import PluginConfigRow
from nvr_core.plugins.host import PluginHost
from nvr_sdk.errors import NvrError

CANARY = "canary-7f3a"


async def running(server: Server, layout: int = 1) -> PluginHost:
    write_secretive(server.site, layout)
    host = await server.start_host()
    await until(lambda: host.get(PLUGIN_ID).state == "running")
    return host


def applied(server: Server) -> dict[str, Any]:
    """The configuration that the component was last set up with."""
    return dict(json.loads((server.settings.plugin_data(PLUGIN_ID) / "setup.json").read_text()))


async def shown(host: PluginHost) -> dict[str, Any]:
    return (await host.config(PLUGIN_ID))[0].config


async def test_defaults_are_shown_before_anything_is_stored(server: Server) -> None:
    host = await running(server)
    assert await shown(host) == {"server": "localhost", "token": {"set": False}, "retries": 3}
    assert host.schema(PLUGIN_ID)[0].version == 1


async def test_a_change_is_applied_to_the_running_component(server: Server) -> None:
    host = await running(server)
    pid = server.pid(PLUGIN_ID)
    answer = await host.put_config(PLUGIN_ID, "sink", {"server": "db", "token": CANARY})
    assert answer.config == {"server": "db", "token": {"set": True}, "retries": 3}
    assert applied(server) == {"server": "db", "token": CANARY, "retries": 3, "setups": 2}
    assert server.pid(PLUGIN_ID) == pid

    # The secret is kept without being sent again, by sentinel or by absence, until it is removed.
    await host.put_config(PLUGIN_ID, "sink", {"server": "db2", "token": {"set": True}})
    assert applied(server)["token"] == CANARY
    await host.put_config(PLUGIN_ID, "sink", {"server": "db3"})
    assert applied(server)["token"] == CANARY
    assert CANARY not in json.dumps(await shown(host))
    await host.put_config(PLUGIN_ID, "sink", {"server": "db3", "token": None})
    assert applied(server)["token"] is None
    assert (await shown(host))["token"] == {"set": False}
    assert server.pid(PLUGIN_ID) == pid


async def test_the_secret_is_encrypted_at_rest(server: Server) -> None:
    host = await running(server)
    await host.put_config(PLUGIN_ID, "sink", {"token": CANARY})
    for path in server.settings.data.glob("nvr.db*"):
        assert CANARY.encode() not in path.read_bytes(), path


async def test_a_restarted_worker_gets_what_was_applied(server: Server) -> None:
    host = await running(server)
    await host.put_config(PLUGIN_ID, "sink", {"server": "db", "token": CANARY})
    pid = server.pid(PLUGIN_ID)
    await host.restart(PLUGIN_ID)
    await until(lambda: server.pid(PLUGIN_ID) not in (0, pid))
    await until(lambda: applied(server)["setups"] == 1)
    assert applied(server) == {"server": "db", "token": CANARY, "retries": 3, "setups": 1}


async def test_a_field_marked_so_restarts_the_worker(server: Server) -> None:
    host = await running(server)
    pid = server.pid(PLUGIN_ID)
    await host.put_config(PLUGIN_ID, "sink", {"retries": 9})
    await until(lambda: server.pid(PLUGIN_ID) not in (0, pid))
    await until(lambda: applied(server)["retries"] == 9)
    assert applied(server)["setups"] == 1
    await until(lambda: host.get(PLUGIN_ID).state == "running")


MISTAKES: list[tuple[dict[str, object], str, str]] = [
    ({"retries": -1}, "config.retries", "too_small"),
    ({"retries": "many"}, "config.retries", "wrong_type"),
    ({"retries": 1 << 70}, "config.retries", "too_large"),
    ({"server": "\ud800"}, "config.server", "wrong_format"),
    ({"sever": "x"}, "config.sever", "unknown_field"),
    ({"token": 5}, "config.token", "wrong_type"),
]


async def test_mistakes_are_named_by_field_and_change_nothing(server: Server) -> None:
    host = await running(server)
    for config, path, code in MISTAKES:
        with pytest.raises(NvrError) as caught:
            await host.put_config(PLUGIN_ID, "sink", config)
        assert caught.value.code == "validation_failed"
        assert [(field.path, field.code) for field in caught.value.fields] == [(path, code)]
        assert caught.value.fields[0].message.endswith(".")
    assert await shown(host) == {"server": "localhost", "token": {"set": False}, "retries": 3}
    assert applied(server)["setups"] == 1


async def test_what_the_component_refuses_is_not_stored(server: Server) -> None:
    host = await running(server)
    await host.put_config(PLUGIN_ID, "sink", {"server": "db"})
    with pytest.raises(NvrError, match="This host is refused") as caught:
        await host.put_config(PLUGIN_ID, "sink", {"server": "refused"})
    assert caught.value.code == "config_error"
    assert (await shown(host))["server"] == "db"
    assert applied(server)["server"] == "db"
    assert host.get(PLUGIN_ID).state == "running"


async def test_a_disabled_plugin_is_configured_for_later(server: Server) -> None:
    host = await running(server)
    await host.disable(PLUGIN_ID)
    assert (host.get(PLUGIN_ID).state, server.pid(PLUGIN_ID)) == ("disabled", 0)
    await host.put_config(PLUGIN_ID, "sink", {"server": "later"})
    assert (host.get(PLUGIN_ID).state, server.pid(PLUGIN_ID)) == ("disabled", 0)
    await host.enable(PLUGIN_ID)
    await until(lambda: host.get(PLUGIN_ID).state == "running")
    assert applied(server)["server"] == "later"


async def test_an_older_layout_is_migrated_and_stored(server: Server) -> None:
    host = await running(server)
    await host.put_config(PLUGIN_ID, "sink", {"server": "db", "token": CANARY})
    await host.disable(PLUGIN_ID)
    await host.stop()

    host = await running_after_update(server)
    assert applied(server) == {"host": "db", "token": CANARY, "retries": 3, "setups": 1}

    async def stored() -> bool:
        return await shown(host) == {"host": "db", "token": {"set": True}, "retries": 3}

    await until(stored)
    with server.database.read() as session:
        row = session.get(PluginConfigRow, (PLUGIN_ID, "sink"))
    assert row is not None and row.version == 2 and "token" not in row.config


async def running_after_update(server: Server) -> PluginHost:
    write_secretive(server.site, layout=2)
    host = await server.start_host()
    await host.enable(PLUGIN_ID)
    await until(lambda: host.get(PLUGIN_ID).state == "running")
    return host


async def test_a_newer_layout_is_refused_and_kept(server: Server) -> None:
    host = await running(server, layout=2)
    await host.put_config(PLUGIN_ID, "sink", {"host": "db"})
    await host.disable(PLUGIN_ID)
    await host.stop()
    write_secretive(server.site, layout=1)
    host = await server.start_host()
    assert host.get(PLUGIN_ID).state == "disabled"
    await host.enable(PLUGIN_ID)
    await until(lambda: host.get(PLUGIN_ID).state == "migration_error")
    assert "newer" in host.get(PLUGIN_ID).reason
    with pytest.raises(NvrError) as caught:
        await host.put_config(PLUGIN_ID, "sink", {"server": "other"})
    assert caught.value.code == "migration_error"
    with server.database.read() as session:
        row = session.get(PluginConfigRow, (PLUGIN_ID, "sink"))
    assert row is not None and (row.version, row.config["host"]) == (2, "db")


async def test_an_unreadable_secret_can_be_entered_again(server: Server) -> None:
    host = await running(server)
    await host.put_config(PLUGIN_ID, "sink", {"token": CANARY})
    await host.disable(PLUGIN_ID)
    server.settings.secret_key.write_bytes(bytes(32))
    await host.stop()
    server.vault = type(server.vault)(server.settings.secret_key)
    host = await server.start_host()
    await host.enable(PLUGIN_ID)
    await until(lambda: host.get(PLUGIN_ID).state == "config_error")
    assert "enter it again" in host.get(PLUGIN_ID).reason

    assert (await shown(host))["token"] == {"set": False}
    await host.put_config(PLUGIN_ID, "sink", {"token": "entered again"})
    await until(lambda: host.get(PLUGIN_ID).state == "running")
    assert applied(server)["token"] == "entered again"
