"""Ticks of any clock, on one timeline."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.engine.replay import load
from nvr_core.engine.anchoring import Anchoring
from nvr_core.media.mp4_init import media_format
from nvr_core.media.timeline import TICKS, Timeline, ticks_to_us, us_to_ticks
from nvr_sdk.messages import AccessUnit, StreamInfo
from peers.clips import make_clip

S = 1_000_000_000
NOW = 1_800_000_000 * S


def unit(dts: int, track: str = "video") -> AccessUnit:
    return AccessUnit(track, dts, dts, True, b"x")


@given(st.integers(0, 1 << 60))
def test_ticks_survive_microseconds(ticks: int) -> None:
    assert us_to_ticks(ticks_to_us(ticks)) == ticks


@given(st.integers(0, 1 << 40), st.sampled_from([1000, 48_000, 90_000]))
def test_picture_and_sound_of_one_instant_meet(epoch_us: int, rate: int) -> None:
    timeline = Timeline(epoch_us * 1000, rate, 44_100)
    picture, sound = timeline.place(unit(rate * 60)), timeline.place(unit(44_100 * 60, "audio"))
    assert abs(picture.time / TICKS - sound.time / 44_100) < 3 / 44_100


def session(anchoring: Anchoring, dts: int, now: int, epoch: int | None = None, same: bool = False):
    info = load(make_clip("h264", "aac")).info
    told = StreamInfo(info.video, info.audio, epoch)
    timeline = anchoring.session(told, media_format(info), unit(dts), now, same)
    return timeline.place(unit(dts)).time * S // TICKS


def test_the_first_arrival_counts_without_an_epoch() -> None:
    assert abs(session(Anchoring(), 777 * TICKS, NOW) - NOW) < 20_000


def test_a_plausible_epoch_is_believed_and_no_other() -> None:
    for age, believed in ((0, True), (30, True), (-3, True), (300, False), (-60, False)):
        epoch = NOW - age * S - 10 * S
        placed = session(Anchoring(), 10 * TICKS, NOW, epoch)
        assert abs(placed - (NOW - age * S if believed else NOW)) < 20_000


def test_a_resumed_session_keeps_the_meaning_of_its_ticks() -> None:
    anchoring = Anchoring()
    session(anchoring, 0, NOW)
    assert abs(session(anchoring, 5 * TICKS, NOW + 9 * S, same=True) - NOW - 5 * S) < 20_000


def test_a_new_session_never_begins_before_the_end_of_the_last() -> None:
    anchoring = Anchoring()
    session(anchoring, 0, NOW)
    anchoring.arrived((NOW + 20 * S) * 9 // 100_000, True, NOW + 20 * S)
    after_ns = session(anchoring, 0, NOW + 19 * S) - (NOW + 20 * S)
    assert 500_000_000 < after_ns < 530_000_000, "a break shows"


def test_a_drifting_camera_is_followed_gently() -> None:
    anchoring = Anchoring()
    info = load(make_clip("h264", "aac")).info
    timeline = anchoring.session(StreamInfo(info.video), media_format(info), unit(0), NOW, False)
    last = 0
    for second in range(2000):
        dts = second * TICKS
        placed = timeline.place(unit(dts)).time
        assert placed > last
        last = placed
        # The camera counts 500 ppm too slowly: after 2000 s it is a second late.
        now = NOW + second * S + second * 500_000
        anchoring.arrived(placed, True, now)
        assert abs(now - placed * 100_000 // 9) < 220_000_000
