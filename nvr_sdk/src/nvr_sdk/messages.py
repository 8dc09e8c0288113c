"""What travels between the core and its plugins: frozen dataclasses, nothing else.

Every message is encoded by `nvr_sdk.wire` as MessagePack, so fields hold plain values: numbers,
strings, bytes, tuples and other messages. Times are either *ticks* of a track's own clock or
nanoseconds since the Unix epoch (fields ending in ``_ns``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

VideoCodec = Literal["h264", "h265"]
AudioCodec = Literal["aac", "pcm_alaw", "pcm_mulaw", "opus"]
TrackKind = Literal["video", "audio"]
StreamName = Literal["main", "sub"]
Scalar = str | int | float | bool | None
HealthState = Literal["ok", "degraded", "failed"]
CameraState = Literal[
    "starting", "online", "offline", "auth_failed", "unsupported", "config_error", "disabled"
]
PluginState = Literal[
    "discovered",
    "disabled",
    "setup",
    "running",
    "retry",
    "failed",
    "incompatible",
    "auth_failed",
    "config_error",
    "migration_error",
    "quarantined",
]


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """How the video of a stream is coded."""

    codec: VideoCodec
    """The codec of every video access unit until the next `StreamInfo`."""
    width: int
    """Coded picture width in pixels."""
    height: int
    """Coded picture height in pixels."""
    parameter_sets: tuple[bytes, ...]
    """NAL units without start code or length, in order: SPS, PPS (H.264); VPS, SPS, PPS (H.265)."""
    fps: float | None = None
    """Nominal frames per second, where the source knows it."""
    clock_rate: int = 90_000
    """Ticks per second of this track's `AccessUnit.dts` and ``pts``."""


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """How the audio of a stream is coded."""

    codec: AudioCodec
    """The codec of every audio access unit until the next `StreamInfo`."""
    sample_rate: int
    """Samples per second; also the ticks per second of this track's timestamps."""
    channels: int
    """Number of channels."""
    config: bytes = b""
    """AAC: AudioSpecificConfig (ISO 14496-3). Opus: body of the identification header."""


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a stream consists of; sent before its first access unit and again on every change."""

    video: VideoTrack | None
    """The video track; recorders and live view need one."""
    audio: AudioTrack | None = None
    """The audio track, if there is any."""
    epoch_ns: int | None = None
    """Wall-clock time (ns since the Unix epoch) of tick 0 of both tracks, if the source knows it.

    Left out, the engine anchors the stream at the arrival of its first access unit.
    """


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded picture, or one coded block of sound.

    Tick 0 of the video track and of the audio track is the same instant. ``dts`` rises strictly
    within a track and never wraps (sources extend 32-bit RTP timestamps).
    """

    track: TrackKind
    """The track it belongs to."""
    dts: int
    """Decoding time, in ticks of the track's clock."""
    pts: int
    """Presentation time, in ticks of the track's clock; equals ``dts`` without B-frames."""
    key: bool
    """True for a random access point (IDR, CRA, BLA); always True for audio."""
    data: bytes
    """Video: NAL units, each behind a 4-byte big-endian length. Audio: the raw frame (no ADTS)."""
    duration: int = 0
    """Duration in ticks, 0 where unknown (the next unit's ``dts`` then tells)."""
    corrupt: bool = False
    """True when a part is known to be missing; recorders drop up to the next key unit."""


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where and how the engine's readers dial a stream; credentials are kept apart from the URL."""

    url: str
    """``rtsp://``, ``rtsps://``, ``rtmp://`` or ``http(s)://`` URL without user and password."""
    username: str = ""
    """User name, or empty."""
    password: str = ""
    """Password in clear; never logged, never part of an error message."""
    transport: Literal["tcp", "udp"] = "tcp"
    """RTP transport for RTSP."""


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """The engine's request to a pushing camera source: give me this stream."""

    camera_id: str
    """The camera's stable id."""
    stream: StreamName
    """Which of the camera's streams."""
    config: Mapping[str, object]
    """The camera's configuration, already valid under the source's `camera_model`."""
    resume_after_ns: int | None = None
    """Wall-clock end of what the engine holds already, when the last session broke off recently.

    A source that keeps history (the demo, cameras with a card) goes on from there; others ignore
    it. Only sources that set `StreamInfo.epoch_ns` can use it.
    """


@dataclass(frozen=True, slots=True)
class FrameView:
    """A decoded picture in shared memory, lent to a detector for the duration of one call.

    The pixels are read with `nvr_sdk.frames.FrameReader.view`; they are valid until the call
    returns, after which the slot may be written again.
    """

    camera_id: str
    """The camera that the picture is from."""
    sequence: int
    """Rises by one with each frame of the ring; gaps are dropped frames."""
    time_ns: int
    """Wall-clock time of the picture."""
    width: int
    """Pixels per row."""
    height: int
    """Rows."""
    pixel_format: Literal["bgr24", "rgb24", "gray8"]
    """Layout: height x width x channels, 8 bits each."""
    slot: int
    """Slot of the shared-memory ring that holds the pixels."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in relative coordinates: 0 is the left or top edge, 1 the right or bottom."""

    left: float
    """Left edge."""
    top: float
    """Top edge."""
    right: float
    """Right edge."""
    bottom: float
    """Bottom edge."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One object that a detector found in one frame."""

    label: str
    """What it is, e.g. ``person``."""
    score: float
    """Confidence from 0 to 1."""
    box: Box
    """Where it is."""
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    """What else the detector knows (a plate's text, a colour)."""


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """What a detector wants to be fed with, and what it can find."""

    width: int
    """Preferred input width in pixels."""
    height: int
    """Preferred input height in pixels."""
    pixel_format: Literal["bgr24", "rgb24", "gray8"]
    """Pixel layout of the frames it takes."""
    labels: tuple[str, ...]
    """Every label it can return."""
    batch: int = 1
    """Most frames it takes in one call."""
    consumes: tuple[str, ...] = ()
    """Labels of upstream objects whose crops it wants; empty for whole frames."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as given to event sinks and to the web socket."""

    id: str
    """Unique id; sorts by time."""
    topic: str
    """Dotted name of what happened, e.g. ``camera.state``, ``recording.gap``, ``plugin.state``."""
    time_ns: int
    """When, in ns since the Unix epoch."""
    camera_id: str | None = None
    """The camera it concerns, if any."""
    data: Mapping[str, Scalar] = field(default_factory=dict)
    """Details, flat; the keys per topic are listed in docs/reference/events.md."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a component is doing."""

    state: HealthState
    """``ok``, ``degraded`` (works, with a limit) or ``failed``."""
    message: str = ""
    """One sentence for the user; empty when all is well."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field whose options come from the component at run time."""

    value: str
    """What is stored."""
    title: str
    """What the user reads."""


@dataclass(frozen=True, slots=True)
class ProbedStream:
    """One stream that a probe found on a camera."""

    name: StreamName
    """Which stream."""
    info: StreamInfo
    """What it consists of."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a camera source found out about a camera before it is saved."""

    streams: tuple[ProbedStream, ...]
    """The streams found, main first."""
    make: str = ""
    """Manufacturer, where known."""
    model: str = ""
    """Model, where known."""
    warnings: tuple[str, ...] = ()
    """Sentences the user should read before saving."""
