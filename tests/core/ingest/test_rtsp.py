"""Cameras behind an RTSP server that is not ours, compared by NAL hashes with the source."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest

from nvr_core.ingest.reader import read_stream
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamAddress
from nvr_sdk.rpc import StreamOpen
from peers.clips import frame_hash, make_clip
from peers.collector import Collector, read


@pytest.mark.parametrize(
    ("codec", "audio", "bframes"),
    [
        ("h264", "aac", 0),
        ("h264", "pcm_alaw", 2),
        ("h265", "aac", 2),
        ("h264", "opus", 0),
        ("h264", None, 0),
    ],
)
def test_every_frame_comes_once_and_in_order(gst, codec, audio, bframes) -> None:
    clip = make_clip(codec, audio, bframes=bframes)
    got = read(StreamAddress(gst(clip).url()))
    hashes = [frame_hash(unit.data, codec) for unit in got.video]
    assert tuple(hashes) == clip.frames[: len(hashes)]

    (info,) = got.infos
    assert (info.video.codec, info.video.width, info.video.height) == (codec, 640, 360)
    assert info.video.fps == 25
    assert len(info.video.parameter_sets) == (2 if codec == "h264" else 3)
    assert (info.audio.codec if info.audio else None) == audio

    assert got.video[0].dts == 0
    assert got.video[0].key
    assert_steps(got.video, 3600, 90_000)
    assert all(unit.pts >= unit.dts for unit in got.video)
    shown = sorted(unit.pts for unit in got.video)
    assert len(set(shown)) == len(shown)
    assert [unit.key for unit in got.video] == [i % 25 == 0 for i in range(len(got.video))]


def assert_steps(units: list[AccessUnit], step: int, ticks_per_s: int) -> None:
    """Every sender report sets the clock anew, and a busy sender reads it up to 1 ms late."""
    jitter = ticks_per_s // 1000
    steps = [b.dts - a.dts for a, b in pairwise(units)]
    assert all(abs(found - step) <= jitter for found in steps), steps
    assert abs(sum(steps) - step * len(steps)) <= jitter


def test_sound_runs_beside_the_picture(gst) -> None:
    got = read(StreamAddress(gst().url()))
    assert (got.infos[0].audio.sample_rate, got.infos[0].audio.channels) == (44_100, 2)
    assert got.infos[0].audio.config[:2] == b"\x12\x10"
    assert_steps(got.audio, 1024, 44_100)
    assert 0 <= got.audio[0].dts / 44_100 < 0.5
    assert abs(got.audio[-1].dts / 44_100 - got.video[-1].dts / 90_000) < 0.2


def test_the_epoch_is_that_of_the_first_picture_not_of_its_arrival_here(gst) -> None:
    # libav looks at the stream for about a second before it gives the first picture out: counted
    # from its arrival here, the last picture would be of the future. A busy machine sends late.
    assert any(abs(seconds_ahead(gst().url())) < 0.3 for _ in range(5))


def seconds_ahead(url: str) -> float:
    """Read two seconds; tell how far the last picture's time is ahead of its arrival."""
    got = read(StreamAddress(url), units=50)
    return got.infos[0].epoch_ns / 1e9 + got.video[-1].dts / 90_000 - time.time()


def test_udp(gst) -> None:
    clip = make_clip()
    got = read(StreamAddress(gst(clip).url(), transport="udp"), units=40)
    hashes = [frame_hash(unit.data, "h264") for unit in got.video]
    assert set(hashes) <= set(clip.frames)
    assert len(set(hashes)) >= 38


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_user_and_password_with_every_special_character(gst, auth) -> None:
    user, password = "us er", "p@ss:/?#[w]%41&ü"
    url = gst(user=user, password=password, auth=auth).url()
    assert len(read(StreamAddress(url, user, password), units=5).video) >= 5
    with pytest.raises(NvrError) as caught:
        read(StreamAddress(url, user, "wr0ng-secret"))
    assert caught.value.code == "auth_failed"
    assert "wr0ng-secret" not in caught.value.message


def test_a_path_that_is_not_there(gst) -> None:
    with pytest.raises(NvrError) as caught:
        read(StreamAddress(gst().url("nowhere")))
    assert caught.value.code == "path_not_found"


def test_an_unsupported_codec_is_named(gst) -> None:
    with pytest.raises(NvrError) as caught:
        read(StreamAddress(gst(make_clip("mpeg4", None)).url()))
    assert caught.value.code == "unsupported_codec"
    assert "MPEG4" in caught.value.message


def test_a_camera_that_dies_silently_is_noticed_within_ten_seconds(gst) -> None:
    server = gst()
    collector = Collector(units=10_000)
    outcome: list[NvrError] = []

    def run() -> None:
        try:
            address = StreamAddress(server.url())
            read_stream(StreamOpen("av", "cam", "main", address=address), collector)
        except NvrError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 10
    while not collector.video and time.monotonic() < deadline:
        time.sleep(0.02)
    server.pause()
    paused = time.monotonic()
    thread.join(12)
    assert not thread.is_alive()
    assert time.monotonic() - paused < 10
    assert outcome[0].code == "timeout"


def test_a_camera_that_ends_is_said_to_have_ended(gst) -> None:
    server = gst()
    stopper = threading.Timer(2.5, server.stop)
    stopper.start()
    with pytest.raises(NvrError) as caught:
        read(StreamAddress(server.url()), units=10_000)
    stopper.join()
    assert caught.value.code in ("ended", "unreachable")
