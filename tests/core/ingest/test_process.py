"""The av worker as a process of its own, asked over its socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr_core import processes as p
from nvr_core.settings import Settings
from nvr_sdk import rpc, wire
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamAddress, StreamInfo
from peers.clips import frame_hash, make_clip
from peers.waiting import until, wait_until


class Reader(wire.QuietHandler):
    def __init__(self) -> None:
        self.infos: list[StreamInfo] = []
        self.units: list[AccessUnit] = []
        self.ended: list[rpc.StreamEnded] = []

    def on_frame(self, channel: wire.Channel, kind: int, body: bytes) -> None:
        if kind == wire.Kind.STREAM_INFO:
            self.infos.append(wire.unpack(body, StreamInfo))
        else:
            self.units.append(wire.unpack(body, AccessUnit))

    def on_note(self, channel: wire.Channel, method: str, params: bytes) -> None:
        assert method == rpc.STREAM_ENDED
        self.ended.append(wire.unpack(params, rpc.StreamEnded))

    def video(self) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.track == "video"]


class Worker:
    def __init__(self, settings: Settings) -> None:
        self.socket = settings.av_socket
        self.errors = settings.data / "stderr"
        with self.errors.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "nvr_core.ingest"],
                env={**os.environ, **settings.to_env()},
                stderr=stderr,
            )
        wait_until(self.socket.exists, 20)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    settings = Settings(data=tmp_path)
    settings.run.mkdir(exist_ok=True)
    started = Worker(settings)
    yield started
    started.process.kill()
    started.process.wait()


async def open_stream(worker: Worker, address: StreamAddress) -> tuple[wire.Channel, Reader]:
    reader = Reader()
    channel = await wire.connect(worker.socket, reader)
    request = rpc.StreamOpen("av", "cam", "main", address=address)
    await channel.request(rpc.STREAM_OPEN, request, rpc.StreamOpened)
    return channel, reader


async def test_a_stream_flows_and_ends_when_nobody_wants_it(worker, gst) -> None:
    clip = make_clip()
    channel, reader = await open_stream(worker, StreamAddress(gst(clip).url()))
    await until(lambda: len(reader.video()) >= 60, 20)
    hashes = [frame_hash(unit.data, "h264") for unit in reader.video()]
    assert tuple(hashes) == clip.frames[: len(hashes)]
    assert reader.infos[0].epoch_ns is not None
    channel.note(rpc.STREAM_CLOSE)
    channel.close()


async def test_a_refused_password_is_told_and_never_written_anywhere(worker, gst) -> None:
    server = gst(user="admin", password="right")
    channel, reader = await open_stream(
        worker, StreamAddress(server.url(), "admin", "canary-password")
    )
    (ended,) = await until(lambda: reader.ended, 20)
    assert ended.code == "auth_failed"
    assert "canary" not in ended.message
    assert "canary" not in worker.errors.read_text()
    channel.close()


async def test_a_probe_describes_the_stream_with_a_picture(worker, gst) -> None:
    channel = await wire.connect(worker.socket)
    question = p.AddressProbe(StreamAddress(gst(make_clip("h265", "aac")).url()))
    probed = await channel.request(p.ADDRESS_PROBE, question, p.AddressProbed, timeout=20)
    video, audio = probed.stream.info.video, probed.stream.info.audio
    assert (video.codec, video.width, video.height, video.fps) == ("h265", 640, 360, 25)
    assert (audio.codec, audio.sample_rate, audio.channels) == ("aac", 44_100, 2)
    assert probed.jpeg[:2] == b"\xff\xd8"
    channel.close()


async def test_a_probe_of_a_camera_that_never_answers_is_over_in_time(worker) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    channel = await wire.connect(worker.socket)
    question = p.AddressProbe(StreamAddress(f"rtsp://127.0.0.1:{port}/x"), timeout_s=4)
    with pytest.raises(NvrError) as caught:
        await channel.request(p.ADDRESS_PROBE, question, p.AddressProbed, timeout=12)
    assert caught.value.code == "timeout"
    channel.close()
    silent.close()


async def test_a_picture_is_decoded(worker) -> None:
    channel = await wire.connect(worker.socket)
    question = p.ImageDecode(make_clip().path.read_bytes(), width=160)
    image = await channel.request(p.IMAGE_DECODE, question, p.Image, timeout=20)
    assert (image.width, image.height) == (160, 90)
    channel.close()


async def test_it_ends_at_once_also_with_a_stream_open(worker, gst) -> None:
    server = gst()
    channel, reader = await open_stream(worker, StreamAddress(server.url()))
    await until(lambda: reader.units, 20)
    server.pause()
    worker.process.send_signal(signal.SIGTERM)
    await until(lambda: worker.process.poll() is not None, 3)
    assert worker.process.returncode == 0
    await until(lambda: channel.closed)
    assert reader.ended[0].code == "stopped"
