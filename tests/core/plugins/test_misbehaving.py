"""Plugins that raise, hang, leak and crash, all at once, beside one that works."""

from __future__ import annotations

from core.plugins.plugin_server import INSTALLER, Server, until


async def test_all_misbehaving_plugins_at_once(server: Server) -> None:
    server.install(*INSTALLER.ALL)
    host = await server.start_host()

    def state(plugin_id: str) -> tuple[str, str]:
        plugin = host.get(plugin_id)
        return plugin.state, plugin.reason

    def ended(plugin_id: str, text: str) -> bool:
        process = host.get(plugin_id).process
        return process is not None and text in process.last_exit

    # What is known without starting anything is there at once.
    assert state("nvr-broken-manifest")[0] == "failed"
    assert "nvr-plugin.toml" in state("nvr-broken-manifest")[1]
    assert state("nvr-future")[0] == "incompatible"
    assert "99 to 120" in state("nvr-future")[1]

    await until(lambda: state("nvr-testkit") == ("running", ""))
    await until(lambda: state("nvr-raises")[0] == "failed")
    assert "RuntimeError" in state("nvr-raises")[1]
    assert "Traceback" in host.get("nvr-raises").detail
    await until(lambda: ended("nvr-segfaults", "killed by SIGSEGV"))
    await until(lambda: ended("nvr-leaks", "over its memory limit of 256 MiB"))
    await until(lambda: ended("nvr-hangs", "setup timed out after 3 s"))
    for plugin_id in ("nvr-segfaults", "nvr-leaks", "nvr-hangs"):
        assert state(plugin_id)[0] in ("setup", "retry", "running"), state(plugin_id)

    # Each reached the page by itself, with a reason that names the cause.
    told = {(p.id, p.state) for p in server.changes}
    assert ("nvr-testkit", "running") in told
    reasons = " ".join(p.reason for p in server.changes if p.id == "nvr-segfaults")
    assert "killed by SIGSEGV" in reasons
    # The good one was not touched by all this.
    process = host.get("nvr-testkit").process
    assert process is not None and process.restarts == 0
    assert state("nvr-testkit") == ("running", "")


async def test_a_plugin_that_keeps_crashing_is_quarantined_until_restarted(server: Server) -> None:
    server.install("nvr-segfaults")
    host = await server.start_host()
    await until(lambda: host.get("nvr-segfaults").state == "quarantined", timeout=60)
    assert "killed by SIGSEGV" in host.get("nvr-segfaults").reason
    assert "Segmentation fault" in host.get("nvr-segfaults").detail
    assert server.pid("nvr-segfaults") == 0

    assert (await host.restart("nvr-segfaults")).state == "setup"
    await until(lambda: host.get("nvr-segfaults").state == "running")
