"""The plugin host as a whole: restarts of the API, safe mode, hangs, camera sources, options."""

from __future__ import annotations

import os
import signal

import pytest

from core.plugins.plugin_server import Server, alive, until
from nvr_core.plugins.host import PluginHost
from nvr_sdk.errors import NvrError

KIT = "nvr-testkit"


async def running(server: Server) -> PluginHost:
    server.install(KIT)
    host = await server.start_host()
    await until(lambda: host.get(KIT).state == "running")
    return host


async def test_a_new_api_process_finds_the_workers_running(server: Server) -> None:
    first = await running(server)
    pid = server.pid(KIT)
    await first.stop()
    assert alive(pid)
    second = await server.start_host()
    await until(lambda: second.get(KIT).state == "running")
    process = second.get(KIT).process
    assert process is not None
    assert (process.pid, process.restarts, server.pid(KIT)) == (pid, 0, pid)
    # And it really talks to that worker.
    assert await second.options(KIT, "testkit-push", "lens", {"a": 1}) != ()


async def test_an_uninstalled_plugin_loses_its_worker(server: Server) -> None:
    first = await running(server)
    pid = server.pid(KIT)
    await first.stop()
    for path in server.site.glob("*.dist-info/entry_points.txt"):
        path.unlink()
    second = await server.start_host()
    await until(lambda: server.pid(KIT) == 0)
    assert not alive(pid)
    with pytest.raises(NvrError, match="There is no plugin"):
        second.get(KIT)


async def test_a_killed_worker_comes_back(server: Server) -> None:
    host = await running(server)
    pid = server.pid(KIT)
    os.kill(pid, signal.SIGKILL)
    await until(lambda: server.pid(KIT) not in (0, pid) and host.get(KIT).state == "running")
    process = host.get(KIT).process
    assert process is not None
    assert (process.restarts, process.last_exit) == (1, "killed by SIGKILL")


async def test_a_worker_that_hangs_while_running_is_replaced(server: Server) -> None:
    host = await running(server)
    pid = server.pid(KIT)
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: server.pid(KIT) not in (0, pid), timeout=30)
    await until(lambda: host.get(KIT).state == "running")
    process = host.get(KIT).process
    assert process is not None and process.last_exit == "it did not answer for 10 s"


async def test_safe_mode_starts_nothing_and_says_so(server: Server) -> None:
    server.install(KIT)
    host = await server.start_host(safe_mode=True)
    plugin = host.get(KIT)
    assert (plugin.state, plugin.enabled) == ("discovered", True)
    assert "safe mode" in plugin.reason
    with pytest.raises(NvrError) as caught:
        await host.restart(KIT)
    assert caught.value.code == "plugin_disabled"
    assert server.pid(KIT) == 0
    assert all(not source.available for source in host.camera_sources() if source.plugin == KIT)


async def test_the_users_decision_outlives_the_server(server: Server) -> None:
    first = await running(server)
    await first.disable(KIT)
    await first.stop()
    second = await server.start_host()
    assert second.get(KIT).state == "disabled"
    assert server.pid(KIT) == 0


async def test_a_component_that_refuses_to_work_is_named(server: Server) -> None:
    host = await running(server)
    with pytest.raises(NvrError, match="User name or password") as caught:
        await host.put_config(KIT, "testkit-sink", {"on_setup": "auth"})
    assert caught.value.code == "auth_failed"
    assert host.get(KIT).state == "running"


async def test_camera_sources_of_core_and_plugins(server: Server) -> None:
    host = await running(server)
    sources = {(each.plugin, each.source): each for each in host.camera_sources()}
    assert {("core", "rtsp"), (KIT, "testkit-push"), (KIT, "testkit-address")} <= set(sources)
    assert sources[KIT, "testkit-push"].available
    assert sources[KIT, "testkit-push"].camera_schema["properties"]["fps"]["default"] == 25.0

    checked = await host.check_camera_config(KIT, "testkit-push", {"fps": 5})
    assert checked["then"] == "return"
    assert await host.camera_streams(KIT, "testkit-push", checked) == ("main",)
    found = await host.camera_probe(KIT, "testkit-push", {"fps": 5})
    assert (found.result.make, found.result.model) == ("nvr", "testkit")
    assert found.result.streams[0].info.video is not None

    two = {"host": "camera.test", "sub_path": "small"}
    assert await host.camera_streams(KIT, "testkit-address", two) == ("main", "sub")

    await host.disable(KIT)
    assert {s.reason for s in host.camera_sources() if s.plugin == KIT} == {
        "The plugin is disabled."
    }
    with pytest.raises(NvrError) as caught:
        await host.camera_streams(KIT, "testkit-push", checked)
    assert caught.value.code == "plugin_disabled"


async def test_camera_mistakes_are_named_by_field(server: Server) -> None:
    host = await running(server)
    with pytest.raises(NvrError) as caught:
        await host.check_camera_config(KIT, "testkit-push", {"fps": 5000})
    assert [(f.path, f.code) for f in caught.value.fields] == [("config.fps", "too_large")]
    # What only the plugin's own model can tell comes from the worker, with the same paths.
    with pytest.raises(NvrError) as caught:
        await host.camera_streams(KIT, "testkit-push", {"fps": 0})
    assert caught.value.code == "config_error"
    assert [f.path for f in caught.value.fields] == ["config.fps"]
    with pytest.raises(NvrError) as caught:
        await host.camera_probe(KIT, "testkit-address", {"host": "unreachable.test"})
    assert caught.value.code == "unreachable"
    for plugin, source in ((KIT, "nothing"), ("nothing", "rtsp"), ("core", "nothing")):
        with pytest.raises(NvrError) as caught:
            host.camera_schema(plugin, source)
        assert caught.value.code == "source_not_found"


async def test_options_come_from_the_component(server: Server) -> None:
    host = await running(server)
    options = await host.options(KIT, "testkit-push", "lens", {"a": 1})
    assert [(o.value, o.title) for o in options] == [
        ("lens-1", "lens 1 of 1"),
        ("lens-2", "lens 2 of 1"),
    ]
    with pytest.raises(NvrError) as caught:
        await host.options(KIT, "nothing", "lens", {})
    assert caught.value.code == "component_not_found"
    with pytest.raises(NvrError) as caught:
        await host.options(KIT, "testkit-push", "broken", {})
    assert "KeyError" in caught.value.message


async def test_the_core_itself_is_a_plugin_that_cannot_be_changed(server: Server) -> None:
    host = await server.start_host()
    core = host.get("core")
    assert (core.builtin, core.isolation, core.state) == (True, "in_process", "running")
    assert host.list()[0] == core
    for change in (host.enable, host.disable, host.restart):
        with pytest.raises(NvrError) as caught:
            await change("core")
        assert caught.value.code == "plugin_builtin"


async def test_decisions_made_without_a_supervisor_are_applied_when_it_is_back(
    server: Server,
) -> None:
    server.install(KIT)
    socket = server.settings.supervisor_socket
    hidden = socket.rename(socket.with_suffix(".away"))
    host = await server.start_host()
    assert (await host.disable(KIT)).state == "disabled"
    assert (await host.enable(KIT)).enabled is True
    await host.put_config(KIT, "testkit-routes", {"greeting": "Moin"})
    with pytest.raises(NvrError) as caught:
        await host.restart(KIT)
    assert caught.value.code == "unavailable"
    hidden.rename(socket)
    await until(lambda: host.get(KIT).state == "running")
    assert (await host.config(KIT))[-1].config["greeting"] == "Moin"
