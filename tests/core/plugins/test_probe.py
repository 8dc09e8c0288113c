"""The built-in source against a real RTSP server, through the real av worker."""

from __future__ import annotations

import socket
import sys

import pytest

from core.plugins.plugin_server import Server, until
from nvr_core.processes import ProcessSpec
from nvr_sdk.errors import NvrError
from peers.clips import make_clip
from peers.rtsp_server import gst_missing, start_gst

pytestmark = pytest.mark.skipif(bool(gst_missing()), reason=str(gst_missing()))


async def test_a_real_camera_is_probed(server: Server) -> None:
    argv = (sys.executable, "-m", "nvr_core.ingest")
    server.keeper.start(ProcessSpec("av", argv, env=server.settings.to_env()))
    host = await server.start_host()
    await until(server.settings.av_socket.exists)
    clip = make_clip("h264", "aac", width=320, height=180, fps=25, seconds=4, gop=25)

    with start_gst(cam=clip, user="u", password="right") as rtsp:
        config = {"main_url": rtsp.url("cam"), "username": "u", "password": "right"}
        found = await host.camera_probe("core", "rtsp", config)
        [stream] = found.result.streams
        assert stream.info.video is not None and stream.info.audio is not None
        assert (stream.info.video.codec, stream.info.video.width) == ("h264", 320)
        assert stream.info.audio.codec == "aac"
        assert found.jpeg.startswith(b"\xff\xd8")
        assert found.result.warnings == ()

        with pytest.raises(NvrError) as caught:
            await host.camera_probe("core", "rtsp", {**config, "password": "wrong"})
        assert caught.value.code == "auth_failed"
        assert caught.value.fields[0].path == "config.password"

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"rtsp://127.0.0.1:{unused.getsockname()[1]}/cam"
    with pytest.raises(NvrError) as caught:
        await host.camera_probe("core", "rtsp", {"main_url": url})
    assert caught.value.code == "unreachable"
    assert caught.value.fields[0].path == "config.main_url"
