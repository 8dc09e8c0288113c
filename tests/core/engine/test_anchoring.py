"""Sessions without an epoch follow each other in time, whatever their arrivals say."""

from __future__ import annotations

from itertools import pairwise

import pytest

from core.engine.replay import load
from nvr_core.engine.anchoring import Anchoring
from nvr_core.media.mp4_init import media_format
from nvr_core.media.timeline import TICKS, ticks_to_us
from nvr_sdk.messages import AccessUnit, StreamInfo
from peers.clips import make_clip

NOW_NS = 1_800_000_000_000_000_000
STEP = TICKS // 25


@pytest.fixture
def info() -> StreamInfo:
    return load(make_clip("h264", None, seconds=4)).info


def play(anchoring: Anchoring, info: StreamInfo, now_ns: int, arrivals_ns: list[int]) -> list[int]:
    """Take a session of pictures that arrive at these times; gives their µs since the epoch."""
    media, times, timeline = media_format(info), [], None
    for number, arrival_ns in enumerate(arrivals_ns):
        unit = AccessUnit("video", number * STEP, number * STEP, number % 25 == 0, b"")
        if timeline is None:
            timeline = anchoring.session(info, media, unit, now_ns + arrival_ns, False)
        sample = timeline.place(unit)
        anchoring.arrived(sample.time, sample.key, now_ns + arrival_ns)
        times.append(ticks_to_us(sample.time))
    return times


def regular(pictures: int) -> list[int]:
    return [number * 40_000_000 for number in range(pictures)]


def test_a_session_after_a_burst_begins_after_what_was_taken(info: StreamInfo) -> None:
    anchoring = Anchoring()
    # A server that sends what it kept: two seconds of pictures at once.
    first = play(anchoring, info, NOW_NS, [0] * 50)
    second = play(anchoring, info, NOW_NS + 300_000_000, regular(25))
    assert 500_000 < second[0] - (first[-1] + 40_000) <= 530_000, "a break shows"
    later = play(anchoring, info, NOW_NS + 5_000_000_000, regular(25))
    assert abs(later[0] - (NOW_NS // 1000 + 5_000_000)) <= 12


@pytest.mark.parametrize("ahead_us", [1, 1_999_999, 30_000_000])
def test_a_new_engine_begins_after_what_is_recorded(info: StreamInfo, ahead_us: int) -> None:
    held_us = NOW_NS // 1000 + ahead_us
    times = play(Anchoring(held_us), info, NOW_NS, regular(10))
    assert 500_000 < times[0] - held_us <= 530_000, "a break shows"


def test_recordings_from_another_clock_do_not_hold_the_timeline_up(info: StreamInfo) -> None:
    times = play(Anchoring(NOW_NS // 1000 + 3_600_000_000), info, NOW_NS, regular(10))
    assert abs(times[0] - NOW_NS // 1000) <= 12


def test_time_never_runs_backwards_while_a_burst_is_made_good(info: StreamInfo) -> None:
    late = [0] * 50 + [40_000_000 * number for number in range(1, 1451)]
    times = play(Anchoring(), info, NOW_NS, late)
    steps = {after - before for before, after in pairwise(times)}
    assert min(steps) >= 39_000 - 12 and max(steps) <= 40_012
    ahead = [time - (NOW_NS + arrival) // 1000 for time, arrival in zip(times, late, strict=True)]
    assert 1_900_000 < max(ahead) < 1_960_000
    assert 0 < ahead[-1] < 500_000  # a second and a half is made good in a minute
