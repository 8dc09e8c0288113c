"""Sixteen demo cameras on one small machine (issue 2, acceptance 9)."""

from __future__ import annotations

import pytest

from nvr_demo.sei import parse_sei
from system.footage import holes, video_samples
from system.server import NvrServer


@pytest.mark.long
@pytest.mark.timeout(600)
def test_sixteen_cameras_lose_no_frame(server: NvrServer) -> None:
    live = server.add_camera("Clock", "nvr-demo", "demo", mode="live", substream=False)["id"]
    loops = [
        server.add_demo(f"Street {number}", seed=1 + number % 4, substream=False)["id"]
        for number in range(15)
    ]
    for camera_id in (live, *loops):
        server.wait_online(camera_id, timeout=120)
    before = {name: item["cpu_seconds"] for name, item in server.processes().items()}
    found = {camera_id: server.wait_segments(camera_id, 8, 300) for camera_id in (live, *loops)}
    spent = {
        name: round(item["cpu_seconds"] - before[name], 1)
        for name, item in server.processes().items()
    }
    print(f"CPU seconds while recording: {spent}")
    for camera_id, recorded in found.items():
        assert recorded["gaps"] == [] and len(recorded["ranges"]) == 1, camera_id
        frames = [
            parse_sei(sample).frame
            for segment in recorded["segments"]
            for sample in video_samples(server.segment_bytes(camera_id, segment["id"]))
        ]
        assert holes(frames) == [], camera_id
        assert server.camera(camera_id)["health"]["main"]["dropped_units"] == 0
