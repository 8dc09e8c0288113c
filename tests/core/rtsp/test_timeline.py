"""64-bit times, jumps, and the common zero of both tracks."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr_core.rtsp.rtcp import SenderReport, parse_rtcp
from nvr_core.rtsp.timeline import Timeline, TrackClock
from nvr_sdk.errors import NvrError
from peers.rtp_packets import goodbye, sender_report

WRAP = 1 << 32


@given(st.integers(0, WRAP - 1), st.lists(st.integers(1, 800_000), min_size=1, max_size=200))
@settings(deadline=None)
def test_wraps_are_invisible(start: int, steps: list[int]) -> None:
    clock, time, arrival = TrackClock(90_000), start, 0.0
    assert clock.advance(start, 0.0) == 0
    for step in steps:
        time += step
        arrival += step / 90_000
        assert clock.advance(time % WRAP, arrival) == time - start
    assert clock.jumps == 0


@given(st.lists(st.tuples(st.integers(0, WRAP - 1), st.floats(0, 60)), max_size=100))
@settings(deadline=None)
def test_times_rise_strictly_whatever_the_camera_sends(units: list[tuple[int, float]]) -> None:
    line, arrival, last = Timeline(90_000, 8000), 100.0, -1
    for timestamp, wait in units:
        arrival += wait
        try:
            time = line.video(timestamp, arrival)
        except NvrError as error:
            assert error.code == "needs_av_lane"
            return
        assert time > last
        last = time


def test_a_jump_takes_as_long_as_it_took() -> None:
    line = Timeline(90_000, None)
    times = [
        line.video(timestamp, arrival)
        for timestamp, arrival in [(1000, 0.0), (4600, 0.04), (3_000_000_000, 0.08), (7, 0.5)]
    ]
    assert times == [0, 3600, 7200, 7200 + 37_800]


def test_a_long_pause_is_no_jump() -> None:
    line = Timeline(90_000, None)
    line.video(0, 0.0)
    assert line.video(90_000 * 60, 59.0) == 90_000 * 60


def test_missing_timestamps_are_taken_from_arrival() -> None:
    line = Timeline(90_000, None)
    times = [line.video(5, index * 0.04) for index in range(50)]
    assert times[-1] == pytest.approx(49 * 3600, abs=3 * 3600)
    assert all(b > a for a, b in pairwise(times))


def test_field_pairs_do_not_drift() -> None:
    line = Timeline(90_000, None)
    times = [line.video(index // 2 * 3600, index * 0.02) for index in range(100)]
    assert times[98:] == [49 * 3600, 49 * 3600 + 1]


def test_b_frames_are_noticed() -> None:
    line = Timeline(90_000, None)
    order = [0, 3, 1, 2, 6, 4, 5, 9]
    with pytest.raises(NvrError) as caught:
        for index, shown in enumerate(order):
            line.video(shown * 3600, index * 0.04)
    assert caught.value.code == "needs_av_lane"


def test_a_clock_set_back_once_is_no_b_frame() -> None:
    line = Timeline(90_000, None)
    times = [
        line.video((index - (20 if index >= 50 else 0)) * 3600, index * 0.04)
        for index in range(500)
    ]
    assert times == [index * 3600 for index in range(500)]


def test_sound_by_arrival_then_by_the_start_then_by_reports() -> None:
    line = Timeline(90_000, 8000)
    assert line.video(900_000, 10.0) == 0
    assert line.audio(50_000, 10.5) == 4000
    # PLAY said: video 898200 (20 ms before) and sound 49000 are the same instant.
    line.starts("video", 898_200)
    line.starts("audio", 49_000)
    assert line.audio(50_160, 10.52) is None  # 1000 ticks: before what was delivered
    assert line.audio(54_000, 11.0) == 54_000 - 49_160
    # Reports: at 1000 s video was at 1 s, sound at timestamp 58000.
    line.report("audio", SenderReport(1000.0, 58_000))
    assert line.audio(54_160, 11.02) == 54_160 - 49_160
    line.report("video", SenderReport(1000.0, 990_000))
    assert line.audio(60_000, 11.5) == 60_000 - 50_000


def test_small_differences_between_reports_do_not_shake_the_sound() -> None:
    line = Timeline(90_000, 8000)
    line.video(0, 0.0)
    line.audio(0, 0.0)
    line.report("video", SenderReport(1000.0, 90_000))
    line.report("audio", SenderReport(1000.0, 8000))
    assert line.audio(8000, 1.0) == 8000
    line.report("audio", SenderReport(1000.0, 8200))
    assert line.audio(8160, 1.02) == 8160
    line.report("audio", SenderReport(1000.0, 8400))
    assert line.audio(8800, 1.1) == 8400


def test_absurd_reports_and_starts_are_ignored() -> None:
    line = Timeline(90_000, 8000)
    line.starts("video", 12_345)
    line.starts("audio", 3_999_999_999)
    line.video(0, 0.0)
    assert line.audio(0, 0.0) == 0
    line.report("video", SenderReport(1000.0, 0))
    line.report("audio", SenderReport(99_000_000.0, 0))
    assert line.audio(8000, 1.0) == 8000
    line.report("audio", SenderReport(1020.0, 0))
    assert line.audio(16_000, 2.0) == 16_000


def test_a_jump_forgets_the_reports_before_it() -> None:
    line = Timeline(90_000, 8000)
    line.video(0, 0.0)
    line.report("video", SenderReport(1000.0, 0))
    line.video(2_000_000_000, 0.04)
    assert line.audio(0, 0.04) == 320
    line.report("audio", SenderReport(1003.0, 0))
    assert line.audio(320, 0.08) == 640


def test_reports_in_compound_packets() -> None:
    packet = sender_report(1, 3_900_000_000.25, 77)[4:]
    source = b"\x81\xca\0\1" + bytes(4)
    found = parse_rtcp(packet + source + goodbye(1)[4:])
    assert found.report == SenderReport(3_900_000_000.25, 77) and found.goodbye
    assert parse_rtcp(sender_report(1, 0.5, 77)[4:]).report is None
    assert parse_rtcp(packet[:20]).report is None


@given(st.binary(max_size=100))
@settings(deadline=None)
def test_any_rtcp(data: bytes) -> None:
    parse_rtcp(data)
    parse_rtcp(b"\x80\xc8" + data)
