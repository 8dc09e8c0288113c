"""A writer that collects, a decoder, and one loop made once for all tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from nvr_demo.loop import Loop, LoopKey, make_and_keep
from nvr_sdk import AccessUnit, AudioTrack, StreamInfo, VideoTrack

KEY = LoopKey(seed=5, weather="day")


class Collector:
    """A `StreamWriter` that keeps all and closes when it has seen enough."""

    def __init__(self, enough: Callable[[Collector], bool]) -> None:
        self.closed = threading.Event()
        self.infos: list[StreamInfo] = []
        self.units: list[AccessUnit] = []
        self._enough = enough

    def begin(self, info: StreamInfo) -> None:
        self.infos.append(info)

    def push(self, unit: AccessUnit) -> None:
        assert self.infos, "a unit came before the description"
        if self.closed.is_set():
            return
        self.units.append(unit)
        if self._enough(self):
            self.closed.set()

    @property
    def video(self) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.track == "video"]

    @property
    def audio(self) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.track == "audio"]


def pictures(count: int) -> Collector:
    """A writer that is content with so many pictures."""
    return Collector(lambda writer: len(writer.video) >= count)


def decode_video(track: VideoTrack, units: list[bytes]) -> list[NDArray[np.uint8]]:
    """Decode length-prefixed access units to BGR pictures; fails on any decoding error."""
    context = av.CodecContext.create("h264", "r")
    context.options = {"err_detect": "explode"}
    context.thread_count = 1
    headers = b"".join(b"\0\0\0\1" + unit for unit in track.parameter_sets)
    frames = []
    for index, unit in enumerate(units):
        data = (headers if index == 0 else b"") + annexb(unit)
        packet = av.Packet(data)
        packet.pts = packet.dts = index
        frames += context.decode(packet)
    frames += context.decode(None)
    return [frame.to_ndarray(format="bgr24") for frame in frames]


def decode_audio(track: AudioTrack, frames: list[bytes]) -> NDArray[np.float32]:
    """Decode AAC frames to samples; the first block only serves as the overlap of the second."""
    context = av.CodecContext.create("aac", "r")
    context.extradata = track.config
    blocks = []
    for data in frames:
        for frame in context.decode(av.Packet(data)):
            blocks.append(frame.to_ndarray().reshape(-1))
    return np.concatenate(blocks)


def annexb(unit: bytes) -> bytes:
    out, position = b"", 0
    while position < len(unit):
        size = int.from_bytes(unit[position : position + 4], "big")
        out += b"\0\0\0\1" + unit[position + 4 : position + 4 + size]
        position += 4 + size
    return out


@pytest.fixture(scope="session")
def loop_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "loops"


@pytest.fixture(scope="session")
def loop(loop_dir: Path) -> Loop:
    return make_and_keep(loop_dir, KEY, threading.Event(), keep=8)
