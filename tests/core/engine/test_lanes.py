"""What the engine remembers about the lanes of its streams."""

from __future__ import annotations

import pytest

from nvr_core.engine.lanes import Lanes
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamAddress

KEY = ("porch", "main")
B_FRAMES = NvrError("needs_av_lane", "B-frames.")


def test_rtsp_over_tcp_is_fast_until_it_was_refused() -> None:
    lanes, address = Lanes(), StreamAddress("rtsp://camera/1")
    assert lanes.reason(KEY, address) == ""
    assert lanes.reason(KEY, StreamAddress("rtsps://camera/1")) == ""
    assert lanes.refused(KEY, address, B_FRAMES)
    assert lanes.reason(KEY, address) == "B-frames."
    assert lanes.reason(KEY, StreamAddress("rtsp://camera/1?token=7")) == "B-frames."
    assert lanes.reason(("porch", "sub"), address) == ""
    assert lanes.reason(KEY, StreamAddress("rtsp://camera/2")) == ""


@pytest.mark.parametrize("code", ["timeout", "unreachable", "auth_failed", "forbidden_url"])
def test_what_libav_could_not_read_either_is_not_remembered(code: str) -> None:
    lanes, address = Lanes(), StreamAddress("rtsp://camera/1")
    assert not lanes.refused(KEY, address, NvrError(code, "No."))
    assert lanes.reason(KEY, address) == ""


def test_udp_and_other_protocols_are_read_by_libav() -> None:
    lanes = Lanes()
    assert "UDP" in lanes.reason(KEY, StreamAddress("rtsp://camera/1", transport="udp"))
    assert "RTSP" in lanes.reason(KEY, StreamAddress("http://camera/1.mp4"))
