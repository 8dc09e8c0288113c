"""Finds out who delivers a stream and asks for it."""

from __future__ import annotations

from nvr_core.cameras import rtsp_address
from nvr_core.engine.cameras import CameraConfig
from nvr_core.engine.link import StreamLink
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamAddress, StreamName
from nvr_sdk.rpc import STREAM_ADDRESS, STREAM_OPEN, StreamOpen, StreamOpened
from nvr_sdk.wire import Channel, connect

_AV_SOURCE = "av"
_OPEN_TIMEOUT_S = 20.0
_NO_PUSH = "no_push"


async def dial_source(
    settings: Settings,
    camera: CameraConfig,
    stream: StreamName,
    link: StreamLink,
    resume_after_ns: int | None,
) -> Channel | StreamAddress:
    """Ask a camera's source for a stream.

    Gives the connection that it comes in on, or the address that it is to be read from (``link``
    is then not used). Raises `NvrError` with the source's code; ``unavailable`` when the worker
    is not there.
    """
    if camera.problem:
        raise NvrError("config_error", camera.problem)
    if (camera.plugin, camera.source) == (rtsp_address.PLUGIN, rtsp_address.SOURCE):
        return rtsp_address.stream_address(camera.config, stream)
    request = StreamOpen(
        camera.source, camera.id, stream, camera.config, resume_after_ns=resume_after_ns
    )
    channel = await connect(settings.plugin_socket(camera.plugin), link)
    try:
        return await _open(channel, request, link)
    except NvrError as error:
        if error.code != _NO_PUSH:
            raise
    return await _ask_address(settings, camera, request)


async def open_address(
    settings: Settings,
    key: tuple[str, StreamName],
    address: StreamAddress,
    link: StreamLink,
    resume_after_ns: int | None,
) -> Channel:
    """Have the av worker read an address; errors as `dial_source`."""
    channel = await connect(settings.av_socket, link)
    request = StreamOpen(_AV_SOURCE, *key, {}, address, resume_after_ns=resume_after_ns)
    return await _open(channel, request, link)


async def _open(channel: Channel, request: StreamOpen, link: StreamLink) -> Channel:
    try:
        answer = await channel.request(STREAM_OPEN, request, StreamOpened, _OPEN_TIMEOUT_S)
    except BaseException:
        channel.close()
        raise
    if answer.resumed:
        link.resumed()
    return channel


async def _ask_address(
    settings: Settings, camera: CameraConfig, request: StreamOpen
) -> StreamAddress:
    channel = await connect(settings.plugin_socket(camera.plugin))
    try:
        return await channel.request(STREAM_ADDRESS, request, StreamAddress, _OPEN_TIMEOUT_S)
    finally:
        channel.close()
