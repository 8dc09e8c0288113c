"""A worker's life: import, setup, state, configuration, end. Real plugins in real processes."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import psutil
import pytest

from nvr_sdk import NvrError, rpc
from nvr_sdk.messages import DetectorSpec, Health
from nvr_sdk.testing import PluginRunner
from nvr_sdk.wire import Nothing

KIT = "nvr_testkit.plugin"
ALL_KINDS = {
    "testkit-push": "camera_source",
    "testkit-address": "camera_source",
    "testkit-recorder": "recorder",
    "testkit-detector": "detector",
    "testkit-sink": "event_sink",
    "testkit-routes": "api_routes",
}


def kit(site: Path, **configs: object) -> PluginRunner:
    named = {f"testkit-{name}": config for name, config in configs.items()}
    return PluginRunner(KIT, configs=named, paths=[site], plugin_id="nvr-testkit")


async def configure(plugin: PluginRunner, component: str, **config: object) -> None:
    await plugin.request(rpc.COMPONENT_CONFIGURE, rpc.Configure(component, config), Nothing)


async def until(plugin: PluginRunner, component: str, **wanted: object) -> rpc.PluginStatus:
    """Wait until a component's status has these values."""
    async with asyncio.timeout(20):
        while True:
            status = await plugin.status()
            facts = {c.id: {"state": c.state, "health": c.health} for c in status.components}
            if wanted == {key: facts.get(component, {}).get(key) for key in wanted}:
                return status
            await asyncio.sleep(0.02)


async def test_every_kind_comes_up_and_goes_down_in_order(site: Path) -> None:
    async with kit(site) as plugin:
        status = await plugin.wait_for("running")
        assert {c.id: c.kind for c in status.components} == ALL_KINDS
        assert all(c.state == "running" for c in status.components)
        assert status.reason == ""
        assert await plugin.stop() == 0
        stopped = plugin.data_dir / "LoopedClip.stopped"
        assert stopped.read_text() == "setup start stop"
        assert not plugin.socket.exists()


async def test_log_is_json_lines(site: Path) -> None:
    async with kit(site) as plugin:
        await plugin.wait_for("running")
        lines = [json.loads(line) for line in plugin.log.splitlines()]
    assert {"level": "info", "logger": "plugin.nvr-testkit", "message": "FileSink started"} in lines


async def test_import_that_raises_leaves_a_worker_that_tells(site: Path) -> None:
    async with PluginRunner("nvr_raises.plugin", paths=[site]) as plugin:
        status = await plugin.wait_for("failed")
        assert status.reason == "RuntimeError: this plugin raises when it is imported"
        assert 'raise RuntimeError("this plugin' in status.detail
        with pytest.raises(NvrError, match="raises when it is imported") as caught:
            await configure(plugin, "sink")
        assert caught.value.code == "not_running"


async def test_missing_module_is_a_reason(site: Path) -> None:
    async with PluginRunner("nvr_no_such_plugin", paths=[site]) as plugin:
        status = await plugin.wait_for("failed")
        assert status.reason == "ModuleNotFoundError: No module named 'nvr_no_such_plugin'"


async def test_exit_in_import_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "nvr_exits.py").write_text("import sys\nsys.exit('enough')\n")
    async with PluginRunner("nvr_exits", paths=[tmp_path]) as plugin:
        assert (await plugin.wait_for("failed")).reason == "SystemExit: enough"


async def test_hook_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (tmp_path / "nvr_misspelt.py").write_text(
        "from nvr_sdk import hookimpl\n\n@hookimpl\ndef nvr_recorder():\n    return []\n"
    )
    async with PluginRunner("nvr_misspelt", paths=[tmp_path]) as plugin:
        assert "nvr_recorder" in (await plugin.wait_for("failed")).reason


async def test_plugin_that_blocks_its_loop_in_setup_still_has_a_state(site: Path) -> None:
    async with PluginRunner("nvr_hangs.plugin", paths=[site]) as plugin:
        async with asyncio.timeout(20):
            while (status := await plugin.status()).silent_s < 1.0:
                await asyncio.sleep(0.05)
        assert status.state == "setup"
        await plugin.kill()


async def test_import_that_hangs_still_has_a_state(tmp_path: Path) -> None:
    (tmp_path / "nvr_slow_import.py").write_text("import time\ntime.sleep(3600)\n")
    async with PluginRunner("nvr_slow_import", paths=[tmp_path]) as plugin:
        status = await plugin.status()
        assert (status.state, status.reason) == ("setup", "The plugin is being imported.")


async def test_running_plugin_that_blocks_its_loop_is_told(site: Path) -> None:
    async with kit(site) as plugin:
        await plugin.wait_for("running")
        block = rpc.AskOptions("testkit-sink", "block", {})
        with pytest.raises(NvrError) as caught:
            await plugin.request(rpc.COMPONENT_OPTIONS, block, rpc.Options, timeout=0.2)
        assert caught.value.code == "timeout"
        async with asyncio.timeout(20):
            while (status := await plugin.status()).silent_s < 3.2:
                await asyncio.sleep(0.1)
        assert status.reason.startswith("The plugin has blocked its event loop for")
        await plugin.kill()


async def test_segfault_is_an_exit_with_a_traceback(site: Path) -> None:
    async with PluginRunner("nvr_segfaults.plugin", paths=[site]) as plugin:
        assert await plugin.wait_exit() == -signal.SIGSEGV
        assert "Fatal Python error: Segmentation fault" in plugin.log


async def test_leak_starts_only_once_running(site: Path) -> None:
    async with PluginRunner("nvr_leaks.plugin", paths=[site]) as plugin:
        await plugin.wait_for("running")
        process = psutil.Process(plugin.pid)
        async with asyncio.timeout(20):
            while process.memory_info().rss < 256 << 20:
                await asyncio.sleep(0.05)
        assert (await plugin.status()).state == "running"


@pytest.mark.parametrize(
    ("on_setup", "state", "reason"),
    [
        ("refuse", "config_error", "testkit-sink: The test kit was told to refuse."),
        ("auth", "auth_failed", "testkit-sink: User name or password was refused."),
        ("raise", "failed", "testkit-sink: ZeroDivisionError: told to raise"),
    ],
)
async def test_failed_setup_leaves_the_others_running(
    site: Path, on_setup: str, state: str, reason: str
) -> None:
    async with kit(site, sink={"on_setup": on_setup}) as plugin:
        status = await plugin.wait_for(state)
        assert status.reason == reason
        assert "Traceback" in status.detail
        others = [c.state for c in status.components if c.id != "testkit-sink"]
        await configure(plugin, "testkit-sink")
        status = await plugin.wait_for("running")
    assert set(others) <= {"running", "setup"}
    assert status.detail == ""


async def test_setup_that_waits_forever_keeps_the_others_running(site: Path) -> None:
    async with kit(site, sink={"on_setup": "hang"}) as plugin:
        status = await until(plugin, "testkit-push", state="running")
        assert status.state == "setup"
        assert status.reason == "testkit-sink is being set up."


async def test_invalid_config_at_start_is_a_config_error_without_the_value(site: Path) -> None:
    async with kit(site, sink={"delay_s": "s3cret"}) as plugin:
        status = await plugin.wait_for("config_error")
        assert "config.delay_s" in status.reason
        assert "s3cret" not in status.reason + status.detail + plugin.log


async def test_configure_applies_without_restart(site: Path) -> None:
    async with kit(site) as plugin:
        await plugin.wait_for("running")
        pid = plugin.pid
        await configure(plugin, "testkit-detector", threshold=17, batch=9)
        spec = await plugin.request(
            rpc.DETECTOR_SPEC, rpc.ComponentRef("testkit-detector"), DetectorSpec
        )
        assert spec.batch == 9
        assert psutil.Process(pid).is_running()
        await plugin.stop()
        calls = (plugin.data_dir / "BrightestRectangle.stopped").read_text()
    assert calls == "setup start stop setup start stop"


async def test_invalid_configure_touches_nothing(site: Path) -> None:
    async with kit(site) as plugin:
        await plugin.wait_for("running")
        with pytest.raises(NvrError) as caught:
            await configure(plugin, "testkit-detector", threshold=0, nonsense=True)
        assert caught.value.code == "config_error"
        paths = {field.path for field in caught.value.fields}
        assert paths == {"config.threshold", "config.nonsense"}
        await plugin.stop()
        assert (plugin.data_dir / "BrightestRectangle.stopped").read_text() == "setup start stop"


async def test_refused_configure_restores_the_previous(site: Path) -> None:
    async with kit(site, detector={"batch": 3}) as plugin:
        await plugin.wait_for("running")
        with pytest.raises(NvrError, match="told to refuse"):
            await configure(plugin, "testkit-detector", batch=5, on_setup="refuse")
        with pytest.raises(NvrError, match="ZeroDivisionError") as caught:
            await configure(plugin, "testkit-detector", batch=5, on_setup="raise")
        assert caught.value.code == "plugin_failed"
        assert (await plugin.status()).state == "running"
        spec = await plugin.request(
            rpc.DETECTOR_SPEC, rpc.ComponentRef("testkit-detector"), DetectorSpec
        )
        assert spec.batch == 3


@pytest.mark.parametrize(
    ("told", "health"),
    [
        ("degraded", Health("degraded", "as told")),
        ("raise", Health("failed", "OSError: no health today")),
    ],
)
async def test_health_is_asked_for(site: Path, told: str, health: Health) -> None:
    async with kit(site, sink={"health": told}) as plugin:
        await plugin.wait_for("running")
        await until(plugin, "testkit-sink", health=health)


async def test_worker_dies_with_its_parent(site: Path, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from nvr_sdk.testing import PluginRunner\n"
        "async def main():\n"
        f"    async with PluginRunner({KIT!r}, paths=[Path({str(site)!r})]) as plugin:\n"
        "        await plugin.wait_for('running')\n"
        "        print(plugin.pid, flush=True)\n"
        "        await asyncio.sleep(3600)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=asyncio.subprocess.PIPE
    )
    worker = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(10):
        while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.02)


async def test_sigterm_ends_a_blocked_plugin_in_time(site: Path) -> None:
    async with PluginRunner("nvr_hangs.plugin", paths=[site]) as plugin:
        async with asyncio.timeout(20):
            while (await plugin.status()).silent_s < 0.6:
                await asyncio.sleep(0.05)
        async with asyncio.timeout(5.5):
            assert await plugin.stop() == 0
