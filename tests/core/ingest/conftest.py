from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from peers.clips import Clip, make_clip
from peers.rtsp_server import RtspServer, gst_missing, start_gst


@pytest.fixture
def gst() -> Iterator[Callable[..., RtspServer]]:
    """Start GStreamer's RTSP server; it is stopped after the test."""
    if reason := gst_missing():
        pytest.skip(reason)
    running: list[RtspServer] = []

    def start(clip: Clip | None = None, **more) -> RtspServer:
        server = start_gst(cam=clip or make_clip(), **more)
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()
