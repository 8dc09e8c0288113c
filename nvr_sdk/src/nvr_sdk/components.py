"""The kinds of component a plugin can bring, as Protocols: no base class to inherit from.

A component is a class with a constructor without arguments. Its worker makes one instance per
contribution, calls ``setup`` with the validated configuration, then ``start``. All coroutine
methods run on the worker's event loop and must not block it (`asyncio.to_thread` helps); a worker
whose loop does not answer for 10 s is replaced. Any of them may raise `NvrError`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from nvr_sdk.config import PluginConfig
from nvr_sdk.messages import (
    AccessUnit,
    Detection,
    DetectorSpec,
    Event,
    FrameView,
    Health,
    Option,
    ProbeResult,
    StreamAddress,
    StreamInfo,
    StreamName,
    StreamRequest,
)

if TYPE_CHECKING:
    from nvr_sdk.frames import FrameReader

AsgiScope = MutableMapping[str, Any]
AsgiReceive = Callable[[], Awaitable[MutableMapping[str, Any]]]
AsgiSend = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[AsgiScope, AsgiReceive, AsgiSend], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PluginContext:
    """What a plugin gets from its host."""

    plugin_id: str
    """The plugin's id, as in its manifest."""
    data_dir: Path
    """A directory of the plugin's own; it exists, and nobody else writes there."""
    log: logging.Logger
    """Logger whose lines appear in the server's log under the plugin's name."""


@runtime_checkable
class Component(Protocol):
    """What all components have in common."""

    id: ClassVar[str]
    """Contribution id, unique inside the plugin; equals the manifest's."""
    config_model: ClassVar[type[PluginConfig]]
    """Model of this component's configuration."""

    async def setup(self, context: PluginContext, config: PluginConfig) -> None:
        """Take the configuration and get ready; called again when the configuration changes."""
        ...

    async def start(self) -> None:
        """Begin to work. Called once after each successful ``setup``."""
        ...

    async def stop(self) -> None:
        """End all work and release everything; called before the worker ends or is set up anew."""
        ...

    async def health(self) -> Health:
        """Tell how the component is doing; called every 10 s while running."""
        ...

    async def options(self, field: str, config: Mapping[str, object]) -> Sequence[Option]:
        """Give the choices of a field marked ``options_from``; ``config`` is the unsaved form."""
        ...


@runtime_checkable
class CameraSource(Component, Protocol):
    """Knows how to reach one make of camera. See `AddressSource` and `PushSource`."""

    camera_model: ClassVar[type[PluginConfig]]
    """Model of one camera's configuration (the "Add camera" form)."""

    async def streams(self, config: PluginConfig) -> Sequence[StreamName]:
        """Name the streams a camera with this configuration has, main first. No network access."""
        ...

    async def probe(self, config: PluginConfig) -> ProbeResult:
        """Look at a camera before it is saved; raise `NvrError` with the reason if it fails."""
        ...


@runtime_checkable
class AddressSource(CameraSource, Protocol):
    """A camera source that returns a stream address; the engine dials it."""

    async def address(self, request: StreamRequest) -> StreamAddress:
        """Give the address of a stream. Called at each (re)connect, so it may change."""
        ...


class StreamWriter(Protocol):
    """Where a pushing source puts a stream. Thread-safe; never blocks."""

    @property
    def closed(self) -> threading.Event:
        """Set when nobody wants the stream any more; the source then returns."""
        ...

    def begin(self, info: StreamInfo) -> None:
        """Announce what follows; again whenever codec, size or tracks change."""
        ...

    def push(self, unit: AccessUnit) -> None:
        """Hand over one unit; if the engine cannot keep up, whole GOPs are dropped and counted."""
        ...


@runtime_checkable
class PushSource(CameraSource, Protocol):
    """A camera source that delivers access units itself."""

    def run_stream(self, request: StreamRequest, writer: StreamWriter) -> None:
        """Deliver one stream until ``writer.closed`` is set.

        Runs in a thread of its own per stream. Returning or raising ends the session; the engine
        asks again with backoff. Raise `AuthFailed` or `ConfigError` to be left alone until the
        configuration changes.
        """
        ...


class RecordingSession(Protocol):
    """One stream as received by a recorder. Called from one thread, in order."""

    def begin(self, info: StreamInfo) -> None:
        """Take note of what follows; called before the first unit and on every change."""
        ...

    def write(self, unit: AccessUnit) -> None:
        """Take one unit; may block, whole GOPs are then dropped and counted by the host."""
        ...

    def close(self) -> None:
        """Finish; called exactly once."""
        ...


@runtime_checkable
class Recorder(Component, Protocol):
    """Receives the streams of cameras and keeps them in its own way."""

    def open_recording(self, camera_id: str, stream: StreamName) -> RecordingSession:
        """Begin to receive one stream. Runs in a thread of its own per stream."""
        ...


@runtime_checkable
class Detector(Component, Protocol):
    """Finds objects in pictures."""

    async def spec(self) -> DetectorSpec:
        """Say what to be fed with; asked once after each ``start``."""
        ...

    def detect(
        self, frames: Sequence[FrameView], reader: FrameReader
    ) -> Sequence[Sequence[Detection]]:
        """Find objects, one list per frame. Runs in a thread; views are valid until it returns."""
        ...


@runtime_checkable
class EventSink(Component, Protocol):
    """Receives events: notifications, MQTT, webhooks."""

    topics: ClassVar[tuple[str, ...]]
    """Topics wanted; a trailing ``*`` matches any ending, ``("*",)`` all."""

    async def handle(self, event: Event) -> None:
        """Take one event; in order, one at a time; the oldest waiting are dropped past 1000."""
        ...


@runtime_checkable
class ApiRoutes(Component, Protocol):
    """Serves routes of its own below ``/api/v1/plugins/<plugin id>/api/``."""

    def app(self) -> AsgiApp:
        """Give the ASGI application; the core has authorised the caller before it sees a request.

        The caller's user name is in the header ``x-nvr-user``.
        """
        ...
