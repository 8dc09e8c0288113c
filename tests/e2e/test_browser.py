"""What a person sees and does, in a real Chromium."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nvr_demo.sei import parse_sei
from peers.clips import make_clip
from peers.rtsp_server import start_gst
from system.footage import holes, video_samples
from system.server import NvrServer, eventually, running_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Scenario = Callable[..., dict[str, Any]]
INSTALL = Path(__file__).parents[1] / "plugins" / "install.py"


def test_first_recording(tmp_path: Path, browse: Scenario) -> None:
    with NvrServer(tmp_path / "data") as server:
        seen = browse(server, "first-recording")
    assert seen["faults"] == {"dashboard": [], "camera": []}
    assert seen["width"] >= 640
    assert seen["behind"] < 5_000, "live view lags"
    assert seen["missed"] < 2_500, "playback began elsewhere"
    assert 20 <= seen["step"] <= 250, "one frame is 40 to 100 ms"
    unexpected = [t for t in seen["troubles"] if "403" not in t and "401" not in t]
    assert unexpected == []


def test_seeks_land_where_asked_and_play_on(tmp_path: Path, browse: Scenario) -> None:
    with running_server(tmp_path / "data") as server:
        camera = server.add_demo("Street")["id"]
        server.wait_segments(camera, 2)
        server.client.patch(f"/cameras/{camera}", json={"enabled": False})
        time.sleep(4)  # the gap itself
        server.client.patch(f"/cameras/{camera}", json={"enabled": True})
        eventually(lambda: len(server.recordings(camera)["ranges"]) == 2, 60, 0.5, "a gap")
        seen = browse(server, "seeking", camera=camera, rounds=12)
    assert seen["rounds"] == 12
    assert seen["middle"] < 3_000, "seeks are slow"
    for here, elsewhere in seen["differences"]:
        assert here < elsewhere, "the picture is of another time than the player says"


def test_camera_by_address(tmp_path: Path, browse: Scenario) -> None:
    clip = make_clip("h264", "aac", gop=25, seconds=8)
    with (
        start_gst(cam=clip, user="viewer", password="p@ss:/#%?", auth="digest") as peer,
        running_server(tmp_path / "data") as server,
    ):
        others = [server.add_demo("North")["id"], server.add_demo("South")["id"]]
        for camera_id in others:
            server.wait_online(camera_id)
        seen = browse(
            server,
            "add-by-address",
            address=peer.url("cam"),
            login="viewer",
            secret="p@ss:/#%?",
        )
        assert {camera["id"] for camera in server.get("/cameras")["items"]} == set(others)
        for camera_id in others:
            found = server.recordings(camera_id)
            files = [server.segment_bytes(camera_id, each["id"]) for each in found["segments"]]
            frames = [parse_sei(sample).frame for file in files for sample in video_samples(file)]
            assert frames and holes(frames) == [] and found["gaps"] == []
    assert "password" in seen["refused"].lower()
    assert "640" in seen["probe"] and "aac" in seen["probe"].lower()
    assert seen["injected"] == 0 and seen["playedMode"] == "playback"


def test_plugins_show_their_state_and_forms_save(tmp_path: Path, browse: Scenario) -> None:
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, INSTALL, site, "nvr-testkit", "nvr-raises", "nvr-future"], check=True
    )
    with running_server(tmp_path / "data", plugin_paths=(site,)) as server:
        server.wait_plugin("nvr-raises", "failed")
        server.wait_plugin("nvr-testkit", "running")
        seen = browse(
            server,
            "plugins",
            plugin="nvr-testkit",
            component="testkit-sink",
            field="delay_s",
            wrong="99",
            right="0.25",
        )
    states = {plugin["id"]: plugin["state"] for plugin in seen["shown"]}
    assert states["nvr-raises"] == "failed" and states["nvr-future"] == "incompatible"
    assert all(p["reason"] for p in seen["shown"] if p["state"] in ("failed", "incompatible"))
    assert "60" in seen["refused"]
    assert float(seen["kept"]) == 0.25
    assert seen["faults"] == []
