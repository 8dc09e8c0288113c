"""Plugins that raise, hang, leak and crash, all at once (issue 2, acceptance 4)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nvr_demo.sei import parse_sei
from system.footage import holes, video_samples
from system.server import NvrServer, eventually, running_server

INSTALL = Path(__file__).parents[1] / "plugins" / "install.py"
BAD = (
    "nvr-raises",
    "nvr-hangs",
    "nvr-leaks",
    "nvr-segfaults",
    "nvr-broken-manifest",
    "nvr-future",
)


@pytest.fixture
def bad_site(tmp_path: Path) -> Path:
    """A site directory with all misbehaving plugins."""
    site = tmp_path / "site"
    subprocess.run([sys.executable, INSTALL, site, *BAD], check=True)
    return site


def plugin(server: NvrServer, plugin_id: str) -> dict[str, Any]:
    """A plugin as the API shows it; empty while the API is busy starting."""
    found = {item["id"]: item for item in server.get("/plugins")["items"]}
    return dict(found.get(plugin_id, {}))


def wait_for(server: NvrServer, plugin_id: str, states: set[str], words: str) -> dict[str, Any]:
    """Wait until a plugin is in one of ``states`` with a reason that holds ``words``."""

    def told() -> dict[str, Any] | None:
        shown = plugin(server, plugin_id)
        reason = f"{shown.get('reason', '')} {shown.get('detail', '')}".lower()
        return shown if shown.get("state") in states and words in reason else None

    return eventually(told, 90, every=0.5, what=f"{plugin_id} in {states} with {words!r}")


@pytest.mark.timeout(240)
def test_all_bad_plugins_at_once_harm_nobody(tmp_path: Path, bad_site: Path) -> None:
    with running_server(tmp_path / "data", plugin_paths=(bad_site,)) as server:
        camera = server.add_demo("Street")["id"]
        server.wait_online(camera)

        ended = {"retry", "quarantined"}
        wait_for(server, "nvr-raises", {"failed"}, "error")
        wait_for(server, "nvr-hangs", ended, "timed out")
        wait_for(server, "nvr-leaks", ended, "memory limit")
        wait_for(server, "nvr-segfaults", ended, "sigsegv")
        wait_for(server, "nvr-broken-manifest", {"failed"}, "manifest")
        wait_for(server, "nvr-future", {"incompatible"}, "api")
        quarantined = wait_for(server, "nvr-segfaults", {"quarantined"}, "sigsegv")
        assert quarantined["process"]["restarts"] >= 4

        assert plugin(server, "nvr-demo")["state"] == "running"
        server.wait_segments(camera, 2)
        found = server.recordings(camera)
        files = [server.segment_bytes(camera, segment["id"]) for segment in found["segments"]]
        assert found["gaps"] == []
        assert holes([parse_sei(s).frame for file in files for s in video_samples(file)]) == []
