"""Parameters and results of the methods that the core's own processes answer each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nvr_sdk.messages import CameraState, ProbedStream, StreamAddress, StreamName

ENGINE_STATUS = "engine.status"
CAMERA_RELOAD = "camera.reload"
CAMERA_FORGET = "camera.forget"
LIVE_SUBSCRIBE = "live.subscribe"
LIVE_HELLO = "live.hello"
KEY_GET = "key.get"
NOTICES_SUBSCRIBE = "notices.subscribe"
RECORDERS_SET = "recorders.set"
NOTICE_STREAM = "notice.stream"
NOTICE_SEGMENT = "notice.segment"
NOTICE_GAP = "notice.gap"
NOTICE_STORAGE = "notice.storage"
ADDRESS_PROBE = "address.probe"
IMAGE_DECODE = "image.decode"
PROCESS_ENSURE = "process.ensure"
PROCESS_REMOVE = "process.remove"
PROCESS_RESTART = "process.restart"
PROCESS_LIST = "process.list"
PROCESS_WATCH = "process.watch"
NOTICE_PROCESS = "notice.process"

ON_REQUEST = "restarted on request"
"""`ProcessStatus.last_exit` of a process that somebody wished to be replaced."""


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """Health of one stream, as the engine sees it."""

    camera_id: str
    stream: StreamName
    state: CameraState
    code: str = ""
    """Stable code of the last error, empty while online."""
    message: str = ""
    """One sentence on the last error."""
    last_seen_us: int | None = None
    """Wall-clock time of the last unit, microseconds since the epoch."""
    fps: float = 0.0
    bitrate: int = 0
    """Bits per second over the last seconds."""
    video_codec: str = ""
    audio_codec: str = ""
    width: int = 0
    height: int = 0
    reconnects: int = 0
    dropped_units: int = 0
    recording: bool = False
    """True while segments of this stream are being written."""
    lane: str = ""
    """Who reads it: ``fast`` (the engine), ``av`` (the av worker), ``plugin``, or nobody yet."""
    lane_reason: str = ""
    """One sentence on why it is not the fast lane that reads an address."""


@dataclass(frozen=True, slots=True)
class StorageStatus:
    """State of one storage location."""

    id: int
    path: str
    state: Literal["ok", "full", "missing", "error"]
    message: str
    total_bytes: int
    free_bytes: int
    reserve_bytes: int


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What the recovery scan at the engine's start did."""

    adopted: int = 0
    repaired: int = 0
    quarantined: int = 0
    missing: int = 0
    """Rows dropped because their file is gone."""
    started_us: int = 0


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Answer of ``engine.status``."""

    streams: tuple[StreamStatus, ...]
    storages: tuple[StorageStatus, ...]
    recovery: RecoveryReport
    started_us: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class CameraRef:
    """Names a camera (``camera.reload``: its row was added, changed or removed)."""

    camera_id: str


@dataclass(frozen=True, slots=True)
class RecorderTargets:
    """Recorder plugins that receive every recorded stream: (worker socket, contribution id)."""

    targets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StreamRef:
    """Names a stream of a camera."""

    camera_id: str
    stream: StreamName


@dataclass(frozen=True, slots=True)
class LiveHello:
    """Note ``live.hello``: sent on subscription and when the stream changes, before any FRAGMENT.

    Each FRAGMENT frame's body is one byte of flags (bit 0: begins with a key unit) and the moof and
    mdat of one or more samples. Decode times continue from `t0`, in the video's 90 kHz clock.
    """

    mime: str
    """E.g. ``video/mp4; codecs="avc1.64001f,mp4a.40.2"``."""
    init: bytes
    """ftyp + moov."""
    width: int
    height: int
    t0_us: int
    """Wall-clock time of decode time 0."""


@dataclass(frozen=True, slots=True)
class KeyPicture:
    """Answer of ``key.get``: a complete MP4 of one key unit."""

    mp4: bytes
    time_us: int


@dataclass(frozen=True, slots=True)
class SegmentNotice:
    """Note ``notice.segment``: a segment became durable."""

    camera_id: str
    stream: StreamName
    start_us: int
    end_us: int
    size: int


@dataclass(frozen=True, slots=True)
class GapNotice:
    """Note ``notice.gap``: footage is missing between two times."""

    camera_id: str
    stream: StreamName
    start_us: int
    end_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImageDecode:
    """Decode the picture nearest at or before ``offset_s`` of an MP4 and give it as JPEG."""

    mp4: bytes
    offset_s: float = 0.0
    width: int | None = None
    """Scale to this width, keeping the ratio; None for the coded size."""
    quality: int = 85


@dataclass(frozen=True, slots=True)
class Image:
    """A JPEG."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class AddressProbe:
    """Dial an address and say what it delivers, within ``timeout_s``."""

    address: StreamAddress
    stream: StreamName = "main"
    timeout_s: float = 10.0
    thumbnail: bool = True


@dataclass(frozen=True, slots=True)
class AddressProbed:
    """Answer of ``address.probe``; failures are `NvrError` with code ``auth_failed``,
    ``unreachable``, ``timeout``, ``path_not_found``, ``unsupported_codec`` or ``no_video``."""

    stream: ProbedStream
    jpeg: bytes = b""
    """First picture, if asked for."""


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """A process that the supervisor is to keep alive."""

    name: str
    """Unique, e.g. ``plugin:nvr-demo``."""
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to the supervisor's own environment."""
    stdin: bytes = b""
    """Given to each new process on standard input."""
    memory_limit_bytes: int = 0
    """Resident size past which it is killed and restarted; 0 for none."""


@dataclass(frozen=True, slots=True)
class ProcessRef:
    """Names a process; ``reason`` is kept as the cause of its end."""

    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """State of one supervised process; also the note ``notice.process``."""

    name: str
    state: Literal["running", "backoff", "quarantined", "stopped"]
    pid: int
    restarts: int
    rss_bytes: int
    cpu_seconds: float
    started_us: int
    last_exit: str = ""
    """Why the last process ended: "exit code 1", "killed by SIGSEGV", "over its memory limit …"."""
    stderr_tail: str = ""
    """Last lines it wrote, for the curious."""


@dataclass(frozen=True, slots=True)
class ProcessList:
    """All supervised processes."""

    processes: tuple[ProcessStatus, ...]
