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


async def dial(
    settings: Settings,
    camera: CameraConfig,
    stream: StreamName,
    link: StreamLink,
    resume_after_ns: int | None,
) -> Channel:
    """Open a stream; gives the connection that it comes in on.

    Raises `NvrError` with the source's code; ``unavailable`` when the worker is not there.
    """
    if camera.problem:
        raise NvrError("config_error", camera.problem)
    request = StreamOpen(
        camera.source, camera.id, stream, camera.config, resume_after_ns=resume_after_ns
    )
    if (camera.plugin, camera.source) == (rtsp_address.PLUGIN, rtsp_address.SOURCE):
        address = rtsp_address.stream_address(camera.config, stream)
    else:
        channel = await connect(settings.plugin_socket(camera.plugin), link)
        try:
            return await _open(channel, request, link)
        except NvrError as error:
            if error.code != _NO_PUSH:
                raise
            address = await _ask_address(settings, camera, request)
    channel = await connect(settings.av_socket, link)
    at_address = StreamOpen(
        _AV_SOURCE, camera.id, stream, {}, address, resume_after_ns=resume_after_ns
    )
    return await _open(channel, at_address, link)


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
