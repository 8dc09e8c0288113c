"""A camera that plays a short H.264 clip over and over, a counter in each picture."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from pydantic import Field

from nvr_sdk import (
    AccessUnit,
    AuthFailed,
    PluginConfig,
    ProbedStream,
    ProbeResult,
    StreamInfo,
    StreamRequest,
    StreamWriter,
    VideoTrack,
    hint,
)
from nvr_testkit.base import KitComponent, KitConfig

UUID = b"nvr-testkit-unit"
"""Marks the counter in the SEI of each unit."""


class Clip(msgspec.Struct):
    """A clip of whole GOPs; `tools/make_clip.py` makes it."""

    width: int
    height: int
    parameter_sets: tuple[bytes, ...]
    keys: tuple[bool, ...]
    units: tuple[bytes, ...]


@cache
def load_clip() -> Clip:
    """Read the clip that comes with the package."""
    return msgspec.msgpack.decode(Path(__file__).with_name("clip.bin").read_bytes(), type=Clip)


class ClipCamera(PluginConfig):
    """One looping camera."""

    fps: float = Field(
        default=25.0,
        gt=0,
        le=1000,
        title="Frame rate",
        description="Pictures per second.",
        json_schema_extra=hint(unit="fps"),
    )
    units: int | None = Field(
        default=None, ge=1, title="Units", description="End after so many; empty: never."
    )
    then: Literal["return", "auth", "raise", "ignore_close"] = Field(
        default="return", title="Then", description="What happens after the last unit."
    )
    padding: int = Field(
        default=0, ge=0, title="Padding", description="Bytes of filler added to each unit."
    )


class LoopedClip(KitComponent):
    """Pushes units at the camera's frame rate; unit n carries the number n."""

    id = "testkit-push"
    config_model = KitConfig
    camera_model = ClipCamera

    async def streams(self, config: ClipCamera) -> Sequence[str]:
        """Main only."""
        return ["main"]

    async def probe(self, config: ClipCamera) -> ProbeResult:
        """Describe the clip."""
        info = stream_info(config.fps)
        return ProbeResult((ProbedStream("main", info),), make="nvr", model="testkit")

    def run_stream(self, request: StreamRequest, writer: StreamWriter) -> None:
        """Push until closed, or as many units as the configuration says."""
        camera = ClipCamera.model_validate(dict(request.config))
        writer.begin(stream_info(camera.fps))
        started = time.monotonic()
        number = 0
        while camera.units is None or number < camera.units:
            due = started + number / camera.fps
            if writer.closed.wait(max(0.0, due - time.monotonic())):
                return
            writer.push(numbered_unit(number, camera))
            number += 1
        finish(camera.then)


def finish(then: str) -> None:
    """End a stream in the way that was asked for."""
    if then == "auth":
        raise AuthFailed
    if then == "raise":
        raise RuntimeError("the clip broke")
    if then == "ignore_close":
        time.sleep(3600)


def stream_info(fps: float) -> StreamInfo:
    """Describe the clip."""
    clip = load_clip()
    return StreamInfo(VideoTrack("h264", clip.width, clip.height, clip.parameter_sets, fps))


def numbered_unit(number: int, camera: ClipCamera) -> AccessUnit:
    """Give unit ``number``, with the number in an SEI message before the picture."""
    clip = load_clip()
    index = number % len(clip.units)
    ticks = round(number * 90_000 / camera.fps)
    filler = _nal(b"\x0c" + b"\xff" * camera.padding + b"\x80") if camera.padding else b""
    data = _nal(_sei(b"%016d" % number)) + clip.units[index] + filler
    return AccessUnit("video", ticks, ticks, clip.keys[index], data, round(90_000 / camera.fps))


def number_of(data: bytes) -> int:
    """Read the number from a unit's data."""
    start = data.index(UUID) + len(UUID)
    return int(data[start : start + 16])


def _sei(text: bytes) -> bytes:
    payload = UUID + text
    return b"\x06\x05" + bytes([len(payload)]) + payload + b"\x80"


def _nal(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body
