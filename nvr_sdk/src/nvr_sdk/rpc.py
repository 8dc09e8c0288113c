"""Parameters and results of the methods that plugin workers and stream servers answer.

Method names are in the constants; docs/design/processes.md says who calls what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nvr_sdk.messages import (
    Detection,
    FrameView,
    Health,
    Option,
    PluginState,
    StreamAddress,
    StreamName,
)

STREAM_OPEN = "stream.open"
STREAM_ADDRESS = "stream.address"
STREAM_ENDED = "stream.ended"
STREAM_CLOSE = "stream.close"
RECORDING_OPEN = "recording.open"
PLUGIN_STATUS = "plugin.status"
COMPONENT_CONFIGURE = "component.configure"
COMPONENT_MIGRATE = "component.migrate"
COMPONENT_OPTIONS = "component.options"
CAMERA_STREAMS = "camera.streams"
CAMERA_PROBE = "camera.probe"
EVENT_HANDLE = "event.handle"
FRAMES_ATTACH = "frames.attach"
DETECTOR_SPEC = "detector.spec"
DETECTOR_DETECT = "detector.detect"


@dataclass(frozen=True, slots=True)
class StreamOpen:
    """Open a stream on this connection (also the parameters of ``stream.address``)."""

    source: str
    """Contribution id of the camera source (``av`` at the av worker)."""
    camera_id: str
    """The camera."""
    stream: StreamName
    """Which of its streams."""
    config: Mapping[str, object] = field(default_factory=dict)
    """The camera's configuration with its secrets."""
    address: StreamAddress | None = None
    """At the av worker: what to dial."""
    resume_after_ns: int | None = None
    """See `StreamRequest.resume_after_ns`."""


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """The stream was accepted; its first STREAM_INFO may still take a while."""

    resumed: bool = False
    """True when a lingering session goes on: same timeline, units buffered meanwhile follow."""


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """Why a session ended."""

    code: str
    """Stable code: ``auth_failed``, ``unreachable``, ``timeout``, ``unsupported_codec`` …"""
    message: str
    """One sentence for the user."""
    dropped_units: int = 0
    """Units the worker had to drop because the engine did not take them."""


@dataclass(frozen=True, slots=True)
class RecordingOpen:
    """Receive a stream on this connection."""

    recorder: str
    """Contribution id of the recorder."""
    camera_id: str
    """The camera."""
    stream: StreamName
    """Which of its streams."""


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What a worker reads first, from standard input, as one MessagePack value."""

    plugin_id: str
    """Entry point name in the group ``nvr.plugins``."""
    module: str
    """Module to import."""
    socket: str
    """Path to listen at."""
    routes_socket: str
    """Path where its API routes listen, if it brings any."""
    data_dir: str
    """The plugin's own directory."""
    configs: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Contribution id -> configuration with secrets."""
    paths: tuple[str, ...] = ()
    """Directories put in front of ``sys.path``."""
    versions: Mapping[str, int] = field(default_factory=dict)
    """Contribution id -> layout version of its entry in `configs`; older ones are migrated."""


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """State of one contribution inside a worker."""

    kind: str
    """Contribution kind."""
    id: str
    """Contribution id."""
    state: PluginState
    """``setup``, ``running``, ``failed``, ``auth_failed`` or ``config_error``."""
    health: Health
    """Last health answer."""
    streams: tuple[str, ...] = ()
    """Camera sources: open sessions as ``camera/stream``."""


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """State of a worker, answered also while the plugin itself hangs."""

    state: PluginState
    """The worst of its components, or ``setup``/``failed`` of the plugin as a whole."""
    reason: str
    """One sentence, empty when running."""
    detail: str
    """Traceback or other detail for the curious; may be empty."""
    components: tuple[ComponentStatus, ...]
    """Its contributions."""
    silent_s: float = 0.0
    """Seconds for which the plugin's event loop has not answered; past 10 s replace the worker."""


@dataclass(frozen=True, slots=True)
class Configure:
    """Apply a configuration to a component without a restart of the worker."""

    component: str
    """Contribution id."""
    config: Mapping[str, object]
    """Full configuration with secrets."""


@dataclass(frozen=True, slots=True)
class ComponentRef:
    """Names a component (``detector.spec``)."""

    component: str
    """Contribution id."""


@dataclass(frozen=True, slots=True)
class StreamNames:
    """Answer of ``camera.streams``."""

    streams: tuple[StreamName, ...]
    """Streams that a camera with this configuration has, main first."""


@dataclass(frozen=True, slots=True)
class Options:
    """Answer of ``component.options``."""

    options: tuple[Option, ...]
    """The choices."""


@dataclass(frozen=True, slots=True)
class Migrate:
    """Bring a stored configuration to the layout that the plugin's model has now."""

    component: str
    """Contribution id."""
    version: int
    """Layout version it was stored under."""
    config: Mapping[str, object]
    """Full configuration with secrets."""
    of_camera: bool = False
    """True for a camera's configuration (`CameraSource.camera_model`)."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """Result of `Migrate`."""

    version: int
    """The model's layout version."""
    config: Mapping[str, object]
    """The configuration in that layout."""


@dataclass(frozen=True, slots=True)
class AskOptions:
    """Ask for the choices of a field."""

    component: str
    """Contribution id."""
    field: str
    """Name given in ``options_from``."""
    config: Mapping[str, object]
    """The unsaved form."""


@dataclass(frozen=True, slots=True)
class CameraQuery:
    """Ask a camera source about a camera configuration (``camera.streams``, ``camera.probe``)."""

    source: str
    """Contribution id."""
    config: Mapping[str, object]
    """The camera's configuration with secrets."""


@dataclass(frozen=True, slots=True)
class FramesAttach:
    """Map a ring of frames; the descriptor is received at the worker's frames socket."""

    ring: str
    """Name of the ring, unique per server run."""
    slots: int
    """Number of slots."""
    slot_bytes: int
    """Bytes per slot."""


@dataclass(frozen=True, slots=True)
class Detect:
    """Run a detector on frames of an attached ring."""

    detector: str
    """Contribution id."""
    ring: str
    """The ring that the frames lie in."""
    frames: tuple[FrameView, ...]
    """The frames."""


@dataclass(frozen=True, slots=True)
class Detected:
    """Result of `Detect`."""

    objects: tuple[tuple[Detection, ...], ...]
    """One tuple of detections per frame."""
    stale: tuple[int, ...] = ()
    """Sequence numbers of frames that were overwritten before they could be read."""
