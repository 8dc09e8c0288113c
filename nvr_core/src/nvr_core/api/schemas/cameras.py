"""Cameras, their health, and what a probe found."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from nvr_core.api.schemas.common import ConfigObject, Input, Name
from nvr_core.api.times import Time
from nvr_sdk.messages import CameraState, StreamName

_CONFIG_EXAMPLE: JsonDict = {
    "main_url": "rtsp://192.168.1.20/stream1",
    "username": "viewer",
    "password": "secret",
}
_NEW_EXAMPLE: JsonDict = {
    "name": "Front door",
    "plugin": "core",
    "source": "rtsp",
    "config": _CONFIG_EXAMPLE,
}


class StreamHealth(BaseModel):
    """How a stream is doing."""

    state: CameraState
    code: str = Field(description="Stable code of the last error; empty while online.")
    message: str = Field(description="One sentence on the last error.")
    last_seen: Time | None = Field(description="When the last data came.")
    fps: float
    bitrate: int = Field(description="Bits per second.")
    video_codec: str
    audio_codec: str
    width: int
    height: int
    reconnects: int
    dropped_units: int = Field(description="Units lost because something was too slow.")
    recording: bool = Field(description="Whether it is being recorded now.")
    lane: str = Field(
        description="Who reads it: `fast` (the engine itself), `av` (libav), `plugin`; or empty."
    )
    lane_reason: str = Field(description="Why the fast lane does not read it; or empty.")
    checked_at: Time | None = Field(description="When the engine last told.")


class CameraView(BaseModel):
    """A camera."""

    id: str = Field(description="Made from the name; never changes.")
    name: str
    enabled: bool
    plugin: str = Field(description="Plugin that brings its source; `core` for built-in ones.")
    source: str = Field(description="Id of the camera source.")
    config: dict[str, Any] = Field(
        description='A secret shows as `{"set": true}` or `{"set": false}`.'
    )
    streams: list[StreamName] = Field(description="Streams it has, main first.")
    recorded_streams: list[StreamName] = Field(description="Streams that are recorded.")
    position: int
    created_at: Time
    updated_at: Time
    health: dict[StreamName, StreamHealth] = Field(description="Per stream.")


class CameraInput(Input):
    """A camera to be added."""

    model_config = ConfigDict(json_schema_extra={"examples": [_NEW_EXAMPLE]})
    name: Name
    plugin: str = Field(min_length=1, max_length=64, description="See `/camera-sources`.")
    source: str = Field(min_length=1, max_length=32, description="See `/camera-sources`.")
    config: ConfigObject
    enabled: bool = True
    recorded_streams: list[StreamName] = Field(default=["main"], max_length=2)


class CameraPatch(Input):
    """What is to be changed; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Back door"}]})
    name: Name | None = None
    enabled: bool | None = None
    config: ConfigObject | None = Field(
        default=None,
        description='The whole configuration. A secret that is absent or `{"set": …}` is kept, '
        "null removes it.",
    )
    recorded_streams: list[StreamName] | None = Field(default=None, max_length=2)
    position: int | None = Field(
        default=None, ge=0, le=1_000_000, description="Place in the user's order."
    )


class ProbeInput(Input):
    """A camera to be looked at before it is saved."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"plugin": "core", "source": "rtsp", "config": _CONFIG_EXAMPLE}]
        }
    )
    plugin: str = Field(min_length=1, max_length=64)
    source: str = Field(min_length=1, max_length=32)
    config: ConfigObject
    camera_id: str | None = Field(
        default=None, max_length=64, description="Camera whose stored secrets are to be used."
    )


class ProbedVideo(BaseModel):
    """The video of a stream."""

    codec: str
    width: int
    height: int
    fps: float | None


class ProbedAudio(BaseModel):
    """The sound of a stream."""

    codec: str
    sample_rate: int
    channels: int


class ProbedStreamView(BaseModel):
    """A stream that a probe found."""

    name: StreamName
    video: ProbedVideo | None
    audio: ProbedAudio | None


class ProbeView(BaseModel):
    """What a probe found."""

    ok: Literal[True]
    make: str
    model: str
    streams: list[ProbedStreamView]
    warnings: list[str]
    thumbnail: str | None = Field(description="A first picture as `data:image/jpeg;base64,…`.")
