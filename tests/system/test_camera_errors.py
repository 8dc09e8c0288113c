"""What a user gets told when a camera, the disk or a configuration is wrong (acceptance 5)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from peers.clips import make_clip
from peers.rtsp_server import start_gst
from system.server import NvrServer, eventually, running_server


def probe_error(server: NvrServer, **config: Any) -> tuple[str, set[str], str]:
    body = {"plugin": "core", "source": "rtsp", "config": config}
    answer = server.client.post("/cameras/probe", json=body)
    assert answer.status_code in (422, 504), answer.text
    error = answer.json()["error"]
    return error["code"], {field["path"] for field in error["fields"]}, error["message"]


def test_each_camera_fault_has_its_code_and_field(server: NvrServer) -> None:
    clip = make_clip("h264", "aac")
    odd = make_clip("vp8", None)
    with start_gst(cam=clip, user="viewer", password="right", auth="digest") as locked:
        url = locked.url("cam")
        code, fields, message = probe_error(
            server, main_url=url, username="viewer", password="canary-wrong"
        )
        assert code == "auth_failed" and "config.password" in fields
        assert "canary-wrong" not in message
        code, fields, _ = probe_error(
            server, main_url=url.replace("/cam", "/nothing"), username="viewer", password="right"
        )
        assert code == "path_not_found" and "config.main_url" in fields
    code, fields, _ = probe_error(server, main_url="rtsp://127.0.0.1:9/none")
    assert code == "unreachable" and "config.main_url" in fields
    with start_gst(cam=odd) as peer:
        code, fields, message = probe_error(server, main_url=peer.url("cam"))
        assert code == "unsupported_codec" and "vp8" in message.lower()
    for url in ("exec:ls", "file:///etc/passwd", "concat:a|b", "rtsp://host/\nx", ""):
        code, fields, _ = probe_error(server, main_url=url)
        assert code in ("forbidden_url", "validation_failed", "config_error"), (url, code)
        assert "config.main_url" in fields


def test_a_saved_camera_shows_why_it_is_off(server: NvrServer) -> None:
    clip = make_clip("h264", "aac")
    with start_gst(cam=clip, user="viewer", password="right", auth="basic") as locked:
        camera = server.add_camera(
            "Gate", "core", "rtsp", main_url=locked.url("cam"), username="viewer", password="wrong"
        )["id"]

        def health() -> dict[str, Any]:
            return dict(server.camera(camera)["health"].get("main", {}))

        eventually(lambda: health().get("state") == "auth_failed", what="auth_failed is shown")
        answer = server.client.patch(
            f"/cameras/{camera}",
            json={
                "config": {
                    "main_url": locked.url("cam"),
                    "username": "viewer",
                    "password": "right",
                }
            },
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["config"]["password"] == {"set": True}
        server.wait_online(camera)

        locked.pause()
        eventually(lambda: health().get("state") == "offline", 12, what="a stalled camera is seen")
        locked.resume()
        server.wait_online(camera)


def test_a_broken_plugin_config_is_refused_with_its_field(server: NvrServer) -> None:
    camera = server.client.post(
        "/cameras",
        json={
            "name": "x",
            "plugin": "nvr-demo",
            "source": "demo",
            "config": {"mode": "no such mode"},
        },
    )
    assert camera.status_code == 422
    error = camera.json()["error"]
    assert error["code"] == "validation_failed"
    assert any(field["path"] == "config.mode" for field in error["fields"]), error


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    place = tmp_path / "data" / "recordings"
    place.mkdir(parents=True)
    place.parent.chmod(0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "nvr", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_told_and_recording_comes_back(tmp_path: Path, small_disk: Path) -> None:
    with running_server(tmp_path / "data") as server:
        camera = server.add_demo("Street")["id"]
        server.wait_segments(camera, 1)
        filler = small_disk / "filler"
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        filler.write_bytes(b"\0" * max(0, free - (256 << 10)))

        def storage() -> dict[str, Any]:
            return dict(server.get("/system")["storages"][0])

        full = eventually(lambda: (s := storage())["state"] == "full" and s, 30, what="full")
        assert "full" in full["message"].lower() or "space" in full["message"].lower()
        eventually(
            lambda: server.camera(camera)["health"]["main"]["recording"] is False,
            12,
            what="the camera shows that it is not recorded",
        )
        filler.unlink()
        eventually(lambda: storage()["state"] == "ok", 30, what="space is back")
        count = len(server.recordings(camera)["segments"])
        found = server.wait_segments(camera, count + 1)
        assert "disk_full" in {gap["reason"] for gap in found["gaps"]}
