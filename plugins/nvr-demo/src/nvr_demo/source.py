"""The camera source ``demo``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar

import cv2

from nvr_demo.config import DemoCamera, DemoSourceConfig
from nvr_demo.encoders import AudioEncoder, VideoEncoder
from nvr_demo.formats import stream_format
from nvr_demo.library import LoopLibrary
from nvr_demo.live import run_live
from nvr_demo.loop import LoopKey
from nvr_demo.replay import replay
from nvr_demo.timeline import Pace, stream_info
from nvr_sdk import (
    ConfigError,
    Health,
    NvrError,
    Option,
    PluginConfig,
    PluginContext,
    ProbedStream,
    ProbeResult,
    StreamRequest,
    StreamWriter,
)
from nvr_sdk.messages import StreamName


class DemoSource:
    """Streams of generated streets. See `nvr_sdk.PushSource` for the contracts."""

    id: ClassVar[str] = "demo"
    config_model: ClassVar[type[PluginConfig]] = DemoSourceConfig
    camera_model: ClassVar[type[PluginConfig]] = DemoCamera

    def __init__(self) -> None:
        self._library: LoopLibrary | None = None

    async def setup(self, context: PluginContext, config: PluginConfig) -> None:
        """Open the library of loops in the plugin's data directory."""
        await self.stop()
        # One thread per picture is enough; more would only take turns with the recorder.
        cv2.setNumThreads(1)
        self._library = LoopLibrary(context.data_dir / "loops")

    async def start(self) -> None:
        """Nothing to begin: streams start when they are asked for."""

    async def stop(self) -> None:
        """Give up loops that are being made."""
        library, self._library = self._library, None
        if library is not None:
            await asyncio.to_thread(library.close)

    async def health(self) -> Health:
        """All is well, or a loop is being made."""
        if self._library is not None and self._library.making():
            return Health("ok", "A street is being drawn for loop mode.")
        return Health("ok")

    async def options(self, field: str, config: Mapping[str, object]) -> Sequence[Option]:
        """No field has options of its own."""
        return ()

    async def streams(self, config: PluginConfig) -> Sequence[StreamName]:
        """Main, and sub where it is wanted."""
        camera = _camera(config)
        return ("main", "sub") if camera.substream else ("main",)

    async def probe(self, config: PluginConfig) -> ProbeResult:
        """Tell the streams; for loop mode also begin to make the loop."""
        camera = _camera(config)
        names = await self.streams(camera)
        streams = await asyncio.to_thread(_probed, camera, names)
        warnings: tuple[str, ...] = ()
        if camera.mode == "loop":
            key = LoopKey(camera.seed, camera.weather)
            future = await asyncio.to_thread(self._open_library().prepare, key)
            if not future.done():
                warnings = (
                    "The street is drawn at first use; until then the picture stands still.",
                )
        return ProbeResult(streams, make="nvr", model="Demo street", warnings=warnings)

    def run_stream(self, request: StreamRequest, writer: StreamWriter) -> None:
        """Deliver one stream until the writer closes."""
        camera = DemoCamera.model_validate(dict(request.config))
        pace = Pace()
        if camera.mode == "live":
            run_live(camera, request, writer, pace)
            return
        key = LoopKey(camera.seed, camera.weather)
        library = self._open_library()
        awaited = library.prepare(key)
        if awaited.done():
            replay(awaited.result(), request, writer, pace)
        else:
            replay(library.still(key), request, writer, pace, awaited)

    def _open_library(self) -> LoopLibrary:
        if self._library is None:
            raise NvrError("unavailable", "The demo source is not set up.")
        return self._library


def _camera(config: PluginConfig) -> DemoCamera:
    if not isinstance(config, DemoCamera):
        raise ConfigError(f"This is not a demo camera's configuration: {type(config).__name__}.")
    return config


def _probed(camera: DemoCamera, names: Sequence[StreamName]) -> tuple[ProbedStream, ...]:
    audio = AudioEncoder(first=0).track
    streams = []
    for name in names:
        shape = stream_format(camera.mode, name)
        video = VideoEncoder(shape.view, shape.fps, shape.gop, shape.quality).track
        streams.append(ProbedStream(name, stream_info(video, audio)))
    return tuple(streams)
