"""A camera that is reached at an address."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from pydantic import Field

from nvr_sdk import (
    NvrError,
    PluginConfig,
    ProbedStream,
    ProbeResult,
    Secret,
    StreamAddress,
    StreamInfo,
    StreamRequest,
    VideoTrack,
    hint,
)
from nvr_testkit.base import KitComponent, KitConfig


class AddressConfig(KitConfig):
    """Configuration of the source."""

    default_port: int = Field(
        default=554,
        ge=1,
        le=65535,
        title="Default port",
        description="Port of cameras without one.",
    )


class AddressedDevice(PluginConfig):
    """One camera at an address."""

    host: str = Field(min_length=1, title="Host", description="Name or IP address of the camera.")
    port: int | None = Field(
        default=None, ge=1, le=65535, title="Port", description="Empty: the source's default."
    )
    path: str = Field(
        default="main",
        title="Path",
        description="Path of the main stream.",
        json_schema_extra=hint(options_from="path"),
    )
    sub_path: str | None = Field(
        default=None, title="Path of the sub stream", description="Empty: there is none."
    )
    username: str = Field(default="", title="User name", description="Empty: no login.")
    password: Secret | None = Field(
        default=None, title="Password", description="Password of the user."
    )


class AddressedCamera(KitComponent):
    """Returns RTSP addresses; host ``unreachable.test`` plays a dead camera."""

    id = "testkit-address"
    config_model = AddressConfig
    camera_model = AddressedDevice

    def __init__(self) -> None:
        super().__init__()
        self.asked = itertools.count(1)

    async def streams(self, config: AddressedDevice) -> Sequence[str]:
        """Main, and sub where the camera has a path for it."""
        return ["main"] if config.sub_path is None else ["main", "sub"]

    async def probe(self, config: AddressedDevice) -> ProbeResult:
        """Describe the camera without dialling it."""
        if config.host == "unreachable.test":
            raise NvrError("unreachable", "The camera does not answer.")
        info = StreamInfo(VideoTrack("h264", 640, 360, (b"\x67", b"\x68"), 15.0))
        return ProbeResult((ProbedStream("main", info),), warnings=("Not dialled.",))

    async def address(self, request: StreamRequest) -> StreamAddress:
        """Give the stream's address; the log tells how often it was asked."""
        camera = AddressedDevice.model_validate(dict(request.config))
        if camera.host == "unreachable.test":
            raise NvrError("unreachable", "The camera does not answer.")
        self.context.log.info("address asked %d times", next(self.asked))
        port = camera.port or self.config.default_port
        path = camera.sub_path if request.stream == "sub" else camera.path
        return StreamAddress(
            url=f"rtsp://{camera.host}:{port}/{path}",
            username=camera.username,
            password="" if camera.password is None else camera.password.get_secret_value(),
        )
