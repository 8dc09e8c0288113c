"""One state out of what disk, user, supervisor and worker say."""

from __future__ import annotations

from dataclasses import replace

from nvr_core.plugins._merge import Facts, plugin_state, plugin_view
from nvr_core.plugins.discovery import FoundPlugin
from nvr_core.processes import ON_REQUEST, ProcessStatus
from nvr_sdk.manifest import ApiRange, Contribution, Manifest
from nvr_sdk.messages import Health
from nvr_sdk.rpc import ComponentStatus, PluginStatus

SINK = Contribution(kind="event_sink", id="sink", title="Sink", config_schema={})
MANIFEST = Manifest(id="nvr-x", name="X", api=ApiRange(min=1, max=1), contributions=(SINK,))
FOUND = FoundPlugin("nvr-x", "1.0", "nvr-x", "nvr_x.plugin", MANIFEST)
PROCESS = ProcessStatus("plugin:nvr-x", "running", 7, 0, 1, 0.1, 1_000_000)
SINK_RUNS = ComponentStatus("event_sink", "sink", "running", Health("ok"))
RUNNING = PluginStatus("running", "", "", (SINK_RUNS,))
ALL_WELL = Facts(FOUND, enabled=True, process=PROCESS, worker=RUNNING)


def test_all_is_well() -> None:
    assert plugin_state(ALL_WELL) == ("running", "", "")


def test_what_comes_first_outweighs_what_comes_after() -> None:
    broken = replace(FOUND, problem="failed", reason="No manifest.", detail="why")
    crashed = replace(PROCESS, state="backoff", pid=0, last_exit="exit code 1", stderr_tail="boom")
    steps = [
        (replace(ALL_WELL, worker=replace(RUNNING, state="auth_failed", reason="R.")), "R."),
        (replace(ALL_WELL, worker=None), "Its worker is starting."),
        (replace(ALL_WELL, process=crashed), "exit code 1"),
        (replace(ALL_WELL, process=replace(crashed, state="quarantined")), "ended too often"),
        (replace(ALL_WELL, process=None), "about to be started"),
        (replace(ALL_WELL, trouble=("config_error", "A secret.")), "A secret."),
        (replace(ALL_WELL, safe_mode=True, trouble=("config_error", "x")), "safe mode"),
        (replace(ALL_WELL, enabled=False, safe_mode=True), ""),
        (replace(ALL_WELL, found=broken, enabled=False), "No manifest."),
    ]
    states = [plugin_state(facts) for facts, _ in steps]
    assert [state for state, _, _ in states] == [
        "auth_failed",
        "setup",
        "retry",
        "quarantined",
        "setup",
        "config_error",
        "discovered",
        "disabled",
        "failed",
    ]
    for (_, reason, _), (_, words) in zip(states, steps, strict=True):
        assert words in reason
    assert states[2][2] == "boom"


def test_a_worker_that_starts_again_says_why() -> None:
    again = replace(PROCESS, restarts=2, last_exit="killed by SIGSEGV")
    assert "killed by SIGSEGV" in plugin_state(replace(ALL_WELL, process=again, worker=None))[1]


def test_a_component_that_the_manifest_promises_and_nobody_brings_is_failed() -> None:
    view = plugin_view(replace(ALL_WELL, worker=replace(RUNNING, components=())))
    assert view.state == "running"
    assert (view.contributions[0].state, view.contributions[0].health.state) == ("failed", "failed")


def test_a_broken_plugin_is_shown_by_its_id() -> None:
    broken = replace(FOUND, manifest=None, problem="failed", reason="No manifest.")
    view = plugin_view(Facts(broken, enabled=True))
    assert (view.name, view.contributions, view.process) == ("nvr-x", (), None)


def test_a_worker_that_runs_again_tells_of_its_last_end_for_a_while() -> None:
    again = replace(PROCESS, restarts=1, last_exit="over its memory limit of 1 GiB")
    soon = replace(ALL_WELL, process=again, now_us=PROCESS.started_us + 60_000_000)
    assert plugin_state(soon) == (
        "running",
        "Its last worker ended: over its memory limit of 1 GiB.",
        "",
    )
    assert plugin_state(replace(soon, now_us=PROCESS.started_us + 700_000_000))[1] == ""
    wished = replace(again, last_exit=ON_REQUEST)
    assert plugin_state(replace(soon, process=wished))[1] == ""
