"""The built-in camera source ``rtsp``: any camera or server that is reached by an address.

It runs in the API process and registers through the same hook as every plugin's sources. The engine
reads the addresses of its streams by itself (`rtsp_address`).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError

from nvr_core.cameras._url import CheckedUrl, UrlError, check_url, refuse_forbidden_host
from nvr_core.cameras.rtsp_address import SOURCE, stream_address
from nvr_core.processes import AddressProbe, AddressProbed
from nvr_sdk.components import CameraSource, PluginContext
from nvr_sdk.config import PluginConfig, Secret, hint
from nvr_sdk.errors import ConfigError, FieldError, NvrError
from nvr_sdk.hookspecs import hookimpl
from nvr_sdk.messages import (
    Health,
    Option,
    ProbedStream,
    ProbeResult,
    StreamAddress,
    StreamName,
    StreamRequest,
)

ProbeAddress = Callable[[AddressProbe], Awaitable[AddressProbed]]

PROBE_TIMEOUT_S = 10.0
_URLS = ("main_url", "sub_url")


class RtspCameraConfig(PluginConfig):
    """How to reach one camera."""

    main_url: str = Field(
        title="Main stream",
        description="Address of the full-size stream: rtsp, rtsps, rtmp, http or https.",
        min_length=1,
        max_length=2000,
        examples=["rtsp://192.168.1.20:554/stream1"],
        json_schema_extra=hint(widget="url", order=1),
    )
    sub_url: str | None = Field(
        default=None,
        title="Sub stream",
        description="Address of a smaller stream of the same camera, if it has one.",
        max_length=2000,
        examples=["rtsp://192.168.1.20:554/stream2"],
        json_schema_extra=hint(widget="url", order=2),
    )
    username: str = Field(
        default="",
        title="User name",
        description="User name at the camera; empty if it asks for none.",
        max_length=200,
        json_schema_extra=hint(order=3),
    )
    password: Secret | None = Field(
        default=None,
        title="Password",
        description="Password at the camera. It is stored encrypted.",
        json_schema_extra=hint(widget="password", order=4),
    )
    transport: Literal["tcp", "udp"] = Field(
        default="tcp",
        title="Transport",
        description="How RTSP media travels. UDP may lose packets; use it where TCP does not work.",
        json_schema_extra=hint(widget="select", order=5, advanced=True),
    )

    @field_validator("main_url")
    @classmethod
    def _check_main(cls, value: str) -> str:
        return _bare_url(value)

    @field_validator("sub_url")
    @classmethod
    def _check_sub(cls, value: str | None) -> str | None:
        return _bare_url(value) if value and value.strip() else None


class RtspConfig(PluginConfig):
    """The source as a whole has nothing to configure."""


def move_credentials(config: Mapping[str, object]) -> dict[str, object]:
    """Move a user name and password typed into an address to their own fields.

    Where the fields hold others already, the address stays as it is, and the model refuses it.
    """
    moved = dict(config)
    for name in _URLS:
        checked = _checked_or_none(moved.get(name))
        if checked is None:
            continue
        typed = (checked.username, checked.password)
        present = (str(moved.get("username") or ""), _plain(moved.get("password")))
        if any(typed) and present in (("", ""), typed):
            moved |= {"username": typed[0], "password": typed[1] or None, name: checked.url}
    return moved


def _checked_or_none(value: object) -> CheckedUrl | None:
    try:
        return check_url(value) if isinstance(value, str) else None
    except UrlError:
        return None


def _bare_url(value: str) -> str:
    try:
        checked = check_url(value)
    except UrlError as error:
        raise PydanticCustomError(error.code, "{mend}", {"mend": error.message}) from None
    if checked.username or checked.password:
        raise PydanticCustomError(
            "credentials_in_url",
            "Remove user name and password from the address: their own fields hold others.",
        )
    return checked.url


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe found, with the first picture as JPEG (empty if there is none)."""

    result: ProbeResult
    jpeg: bytes = b""


class RtspSource:
    """Camera source for addresses. Lives in the API process; `connect` comes before `probe`."""

    id: ClassVar[str] = SOURCE
    title: ClassVar[str] = "Stream address"
    description: ClassVar[str] = "Any camera or server with an RTSP, RTMP or HTTP stream."
    config_model: ClassVar[type[PluginConfig]] = RtspConfig
    camera_model: ClassVar[type[PluginConfig]] = RtspCameraConfig

    def __init__(self) -> None:
        self._probe_address: ProbeAddress | None = None

    def connect(self, probe_address: ProbeAddress) -> None:
        """Take the way to the av worker, which does the dialling."""
        self._probe_address = probe_address

    async def setup(self, context: PluginContext, config: PluginConfig) -> None:
        """Nothing to prepare."""

    async def start(self) -> None:
        """Nothing runs."""

    async def stop(self) -> None:
        """Nothing to release."""

    async def health(self) -> Health:
        """Always well."""
        return Health("ok")

    async def options(self, field: str, config: Mapping[str, object]) -> Sequence[Option]:
        """No field asks."""
        return ()

    async def streams(self, config: PluginConfig) -> Sequence[StreamName]:
        """The main stream, and the sub stream where an address is given."""
        return ("main", "sub") if _typed(config).sub_url else ("main",)

    async def address(self, request: StreamRequest) -> StreamAddress:
        """Give the configured address."""
        return stream_address(request.config, request.stream)

    async def probe(self, config: PluginConfig) -> ProbeResult:
        """Dial the camera's streams."""
        return (await self.probe_with_picture(config)).result

    async def probe_with_picture(self, config: PluginConfig) -> Probed:
        """Dial the camera's streams at the same time; the picture is the main stream's."""
        camera = _typed(config)
        found = await asyncio.gather(
            *(self._probe_stream(camera, name) for name in await self.streams(camera)),
            return_exceptions=True,
        )
        # Every dialling has ended here; the main stream's failure is told first.
        for outcome in found:
            if isinstance(outcome, BaseException):
                raise outcome
        probed = [outcome for outcome in found if not isinstance(outcome, BaseException)]
        streams = tuple(outcome.stream for outcome in probed)
        return Probed(ProbeResult(streams, warnings=_warnings(camera, streams)), probed[0].jpeg)

    async def _probe_stream(self, camera: RtspCameraConfig, name: StreamName) -> AddressProbed:
        if self._probe_address is None:
            raise NvrError("unavailable", "The server is not ready to look at cameras yet.")
        address = stream_address(plain_config(camera), name)
        await _refuse_forbidden_names(address.url, name)
        question = AddressProbe(address, name, PROBE_TIMEOUT_S, thumbnail=name == "main")
        try:
            return await self._probe_address(question)
        except NvrError as error:
            raise _at_field(error, name) from None


@hookimpl
def nvr_camera_sources() -> Sequence[type[CameraSource]]:
    """Bring the source."""
    return [RtspSource]


def plain_config(config: RtspCameraConfig) -> dict[str, object]:
    """Give a camera's configuration as plain values, password in clear."""
    return {**config.model_dump(), "password": _plain(config.password) or None}


def _typed(config: PluginConfig) -> RtspCameraConfig:
    if not isinstance(config, RtspCameraConfig):
        raise ConfigError("This is not the configuration of an rtsp camera.")
    return config


async def _refuse_forbidden_names(url: str, stream: StreamName) -> None:
    host = urlsplit(url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        for *_, address in found:
            refuse_forbidden_host(str(address[0]))
    except UrlError as error:
        raise _at_field(NvrError(error.code, error.message), stream) from None
    except OSError:
        message = f"The host {host} is not known: check its name."
        raise _at_field(NvrError("unreachable", message), stream) from None


def _at_field(error: NvrError, stream: StreamName) -> NvrError:
    """Point an error at the form's field to mend."""
    field = "password" if error.code == "auth_failed" else f"{stream}_url"
    fields = error.fields or (FieldError(f"config.{field}", error.code, error.message),)
    return NvrError(error.code, error.message, fields)


def _warnings(camera: RtspCameraConfig, streams: tuple[ProbedStream, ...]) -> tuple[str, ...]:
    found = []
    if camera.sub_url == camera.main_url:
        found.append("Main and sub stream have the same address: the camera is dialled twice.")
    for stream in streams:
        video, audio = stream.info.video, stream.info.audio
        if video is not None and video.codec == "h265":
            found.append(
                f"The {stream.name} stream is H.265, which some browsers cannot play. "
                "Choose H.264 at the camera where you can."
            )
        if audio is not None and audio.codec not in ("aac", "opus"):
            found.append(
                f"The sound of the {stream.name} stream is {audio.codec}, which browsers cannot "
                "play. Choose AAC at the camera where you can."
            )
    return tuple(found)
