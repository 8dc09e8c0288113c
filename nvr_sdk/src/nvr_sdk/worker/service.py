"""What a worker answers: every method of `nvr_sdk.rpc`, on the RPC loop."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nvr_sdk import rpc
from nvr_sdk.components import AddressSource, PushSource
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import DetectorSpec, Event, ProbeResult, StreamAddress, StreamRequest
from nvr_sdk.wire import Channel, Nothing, unpack
from nvr_sdk.worker.component_runner import ComponentRunner, as_nvr_error
from nvr_sdk.worker.configuration import migrate, validate
from nvr_sdk.worker.detectors import Detectors
from nvr_sdk.worker.plugin_host import PluginHost
from nvr_sdk.worker.plugin_loop import PluginLoop
from nvr_sdk.worker.recordings import Recordings
from nvr_sdk.worker.streams import RunStream, StreamHandler, StreamServer

log = logging.getLogger("nvr.worker")


class WorkerService:
    """Ties the plugin, its streams, recordings and detectors to the worker's socket."""

    def __init__(self, setup: rpc.WorkerSetup) -> None:
        self._plugin = PluginLoop()
        self._host = PluginHost(setup)
        self._streams = StreamServer(_Sources(self._host))
        self._recordings = Recordings()
        self._detectors = Detectors(Path(setup.socket))
        self._activation: asyncio.Task[None] | None = None
        self._methods: Mapping[str, Callable[[bytes], Awaitable[object]]] = {
            rpc.PLUGIN_STATUS: self._plugin_status,
            rpc.COMPONENT_CONFIGURE: self._configure,
            rpc.COMPONENT_MIGRATE: self._migrate,
            rpc.COMPONENT_OPTIONS: self._options,
            rpc.CAMERA_STREAMS: self._camera_streams,
            rpc.CAMERA_PROBE: self._camera_probe,
            rpc.STREAM_ADDRESS: self._stream_address,
            rpc.EVENT_HANDLE: self._handle_event,
            rpc.FRAMES_ATTACH: self._attach_frames,
            rpc.DETECTOR_SPEC: self._detector_spec,
            rpc.DETECTOR_DETECT: self._detect,
        }

    def handler(self) -> WorkerHandler:
        """Make the handler of one connection."""
        return WorkerHandler(self._streams, self._answer, self)

    async def start(self) -> None:
        """Begin to bring the plugin up; returns at once, `plugin.status` tells how it goes."""
        await self._detectors.start()
        self._plugin.start()
        self._activation = asyncio.create_task(self._plugin.call(self._host.activate()))
        self._activation.add_done_callback(_report)

    async def stop(self, timeout: float) -> None:
        """End streams, recordings and components, within ``timeout`` seconds altogether."""
        try:
            async with asyncio.timeout(timeout):
                await asyncio.gather(
                    self._streams.close(timeout / 2),
                    self._recordings.close_recorder(None, timeout / 2),
                )
                self._detectors.close()
                await self._stop_plugin()
        except TimeoutError:
            log.warning("the plugin did not stop within %g s", timeout)
        self._plugin.stop()

    async def _stop_plugin(self) -> None:
        if self._activation is not None:
            self._activation.cancel()
        # A plugin that never got through its import has nothing to stop, and may never answer.
        if self._host.runners:
            await self._plugin.call(self._host.stop())

    def open_recording(self, channel: Channel, request: rpc.RecordingOpen) -> None:
        """Begin a recording on this connection."""
        recorder = self._component(request.recorder, "recorder")
        self._recordings.open(channel, recorder, request)

    def take_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        """Give a frame to the connection's recording."""
        self._recordings.feed(channel, kind, body)

    def channel_gone(self, channel: Channel) -> None:
        """Finish the connection's recording."""
        self._recordings.channel_gone(channel)

    async def _answer(self, method: str, params: bytes) -> object:
        answer = self._methods.get(method)
        if answer is None:
            raise NvrError("unknown_method", f"No method {method!r} here.")
        return await answer(params)

    async def _plugin_status(self, params: bytes) -> rpc.PluginStatus:
        return self._host.status(self._streams.open_streams, self._plugin.silent_s)

    async def _configure(self, params: bytes) -> Nothing:
        call = unpack(params, rpc.Configure)
        runner = self._host.runner(call.component)
        # To the end, whether or not the caller still waits: half a change is no state to be in.
        await asyncio.shield(asyncio.ensure_future(self._apply(runner, call.config)))
        return Nothing()

    async def _apply(self, runner: ComponentRunner, config: Mapping[str, object]) -> None:
        await self._call(runner.id, runner.check, config)
        if runner.kind == "camera_source":
            self._streams.close_source(runner.id, "reconfigured", "The source is set up anew.")
        if runner.kind == "recorder":
            await self._recordings.close_recorder(runner.id, timeout=2.0)
        await self._plugin.call(runner.configure(config))

    async def _migrate(self, params: bytes) -> rpc.Migrated:
        call = unpack(params, rpc.Migrate)
        runner = self._host.runner(call.component)
        model = runner.camera_model if call.of_camera else runner.config_model
        config = await self._call(runner.id, migrate, model, call.version, call.config)
        return rpc.Migrated(model.version, config)

    async def _options(self, params: bytes) -> rpc.Options:
        call = unpack(params, rpc.AskOptions)
        component = self._component(call.component)
        choices = await self._call(call.component, component.options, call.field, call.config)
        return rpc.Options(tuple(choices))

    async def _camera_streams(self, params: bytes) -> rpc.StreamNames:
        source, config = await self._camera(unpack(params, rpc.CameraQuery))
        return rpc.StreamNames(tuple(await self._call(source.id, source.streams, config)))

    async def _camera_probe(self, params: bytes) -> ProbeResult:
        source, config = await self._camera(unpack(params, rpc.CameraQuery))
        result: ProbeResult = await self._call(source.id, source.probe, config)
        return result

    async def _stream_address(self, params: bytes) -> StreamAddress:
        call = unpack(params, rpc.StreamOpen)
        source, _ = await self._camera(rpc.CameraQuery(call.source, call.config))
        if not isinstance(source, AddressSource):
            raise NvrError("no_address", f"{call.source!r} pushes its streams: use stream.open.")
        address: StreamAddress = await self._call(source.id, source.address, stream_request(call))
        return address

    async def _handle_event(self, params: bytes) -> Nothing:
        event = unpack(params, Event)
        for queue in self._host.event_queues:
            queue.put(event)
        return Nothing()

    async def _attach_frames(self, params: bytes) -> Nothing:
        await self._detectors.attach(unpack(params, rpc.FramesAttach))
        return Nothing()

    async def _detector_spec(self, params: bytes) -> DetectorSpec:
        identity = unpack(params, rpc.ComponentRef).component
        detector = self._component(identity, "detector")
        spec: DetectorSpec = await self._call(identity, detector.spec)
        return spec

    async def _detect(self, params: bytes) -> rpc.Detected:
        call = unpack(params, rpc.Detect)
        detector = self._component(call.detector, "detector")
        try:
            return await self._detectors.detect(detector, call)
        except Exception as error:
            raise as_nvr_error(error, call.detector) from error

    async def _camera(self, query: rpc.CameraQuery) -> tuple[Any, Any]:
        source = self._component(query.source, "camera_source")
        return source, await self._call(source.id, validate, source.camera_model, query.config)

    def _component(self, identity: str, kind: str | None = None) -> Any:
        runner = self._host.runner(identity)
        if kind not in (None, runner.kind):
            raise NvrError("unknown_component", f"{identity!r} is a {runner.kind}, not a {kind}.")
        return runner.component()

    async def _call(self, identity: str, function: Callable[..., Any], *args: Any) -> Any:
        async def call() -> Any:
            # On the plugin loop also what is no coroutine function: validators, migrations.
            result = function(*args)
            return await result if inspect.isawaitable(result) else result

        try:
            return await self._plugin.call(call())
        except Exception as error:
            # The boundary that contains a component's method: its failure is the caller's answer.
            if not isinstance(error, NvrError):
                log.exception("%s failed", identity)
            raise as_nvr_error(error, identity) from error


class WorkerHandler(StreamHandler):
    """The handler of one connection: streams from here, recordings to here, and calls."""

    def __init__(
        self,
        streams: StreamServer,
        answer: Callable[[str, bytes], Awaitable[object]],
        service: WorkerService,
    ) -> None:
        super().__init__(streams, answer)
        self._service = service

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        """Answer, or turn this connection into a stream or a recording."""
        if method == rpc.RECORDING_OPEN:
            self._service.open_recording(channel, unpack(params, rpc.RecordingOpen))
            return Nothing()
        return await super().on_request(channel, method, params)

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        """Take a frame of a recording."""
        self._service.take_frame(channel, kind, body)

    def on_closed(self, channel: Channel) -> None:
        """Finish the recording, or let the stream linger."""
        super().on_closed(channel)
        self._service.channel_gone(channel)


class _Sources(Mapping[str, RunStream]):
    """The running push sources of a plugin, as the stream server wants them."""

    def __init__(self, host: PluginHost) -> None:
        self._host = host

    def __getitem__(self, identity: str) -> RunStream:
        source = self._host.runner(identity).component()
        if not isinstance(source, PushSource):
            raise NvrError("no_push", f"{identity!r} does not push streams: use stream.address.")

        def run(call: rpc.StreamOpen, writer: Any) -> None:
            validate(source.camera_model, call.config)
            source.run_stream(stream_request(call), writer)

        return run

    def __iter__(self) -> Iterator[str]:
        return (runner.id for runner in self._host.runners)

    def __len__(self) -> int:
        return len(self._host.runners)


def stream_request(call: rpc.StreamOpen) -> StreamRequest:
    """Give the plugin's view of an open."""
    return StreamRequest(call.camera_id, call.stream, call.config, call.resume_after_ns)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("bringing the plugin up failed", exc_info=error)
