"""A camera comes and goes while others record on without a lost frame (acceptance 2)."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence

import av

from nvr_demo.sei import parse_sei
from peers.clips import make_clip
from peers.rtsp_server import start_gst
from system.footage import holes, loop_holes, picture_hashes, video_samples
from system.server import NvrServer, eventually


def recorded_files(server: NvrServer, camera_id: str) -> list[bytes]:
    segments = server.recordings(camera_id)["segments"]
    return [server.segment_bytes(camera_id, segment["id"]) for segment in segments]


def demo_counters(files: Sequence[bytes]) -> list[int]:
    """The frame numbers that the demo camera put into each picture."""
    return [parse_sei(sample).frame for file in files for sample in video_samples(file)]


def test_two_record_on_while_a_third_is_added_renamed_and_removed(server: NvrServer) -> None:
    clip = make_clip("h264", "aac", gop=25, seconds=8)
    first = server.add_demo("North")["id"]
    second = server.add_demo("South")["id"]
    server.wait_online(first)
    server.wait_online(second)

    with start_gst(cam=clip, user="viewer", password="p@ss:/#%?", auth="digest") as camera:
        third = server.add_camera(
            "Third",
            "core",
            "rtsp",
            main_url=camera.url("cam"),
            username="viewer",
            password="p@ss:/#%?",
        )
        server.wait_online(third["id"])
        health = server.camera(third["id"])["health"]["main"]
        assert (health["video_codec"], health["audio_codec"]) == ("h264", "aac")

        answer = server.client.patch(f"/cameras/{third['id']}", json={"name": "Gate"})
        assert answer.json()["name"] == "Gate" and answer.json()["id"] == third["id"]

        server.wait_segments(third["id"], 2)
        files = recorded_files(server, third["id"])
        hashes = [digest for file in files for digest in picture_hashes(file)]
        source = _hashes_of_clip(clip.path.read_bytes())
        assert loop_holes(hashes, source) == []
        assert _has_audio(files[0])
        snapshot = server.client.get(f"/cameras/{third['id']}/snapshot")
        assert snapshot.headers["content-type"] == "image/jpeg" and len(snapshot.content) > 2000

        assert server.client.delete(f"/cameras/{third['id']}").status_code == 204
    assert {camera["id"] for camera in server.get("/cameras")["items"]} == {first, second}
    eventually(
        lambda: not any(files for *_, files in os.walk(server.data / "recordings" / third["id"])),
        what="files of the removed camera deleted",
    )

    for camera_id in (first, second):
        before = len(server.recordings(camera_id)["segments"])
        server.wait_segments(camera_id, before + 1)
        found = server.recordings(camera_id)
        assert found["gaps"] == [] and len(found["ranges"]) == 1
        assert holes(demo_counters(recorded_files(server, camera_id))) == []


def _hashes_of_clip(mp4: bytes) -> list[str]:
    return picture_hashes(mp4)


def _has_audio(mp4: bytes) -> bool:
    with av.open(io.BytesIO(mp4)) as container:
        return any(packet.size for packet in container.demux(container.streams.audio[0]))
