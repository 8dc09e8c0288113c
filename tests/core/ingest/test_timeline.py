from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.ingest.timeline import Timeline, TrackClock

MS = Fraction(1, 1000)


def clock(timeline: Timeline | None = None, rate: int = 90_000, step: int = 3600) -> TrackClock:
    return TrackClock(timeline or Timeline(Fraction(0)), MS, rate, step)


def test_milliseconds_become_ticks() -> None:
    c = clock()
    assert [c.ticks(t, t, 40) for t in (0, 40, 80)] == [(0, 0), (3600, 3600), (7200, 7200)]


def test_rounding_does_not_add_up() -> None:
    c = TrackClock(Timeline(Fraction(0)), MS, 44_100, 1024)
    for t in range(0, 100_000, 23):
        dts, _ = c.ticks(t, t, 23)
    assert dts == round(t * 44.1)


def test_missing_times_are_made_up() -> None:
    c = clock()
    c.ticks(0, 0, 40)
    assert c.ticks(None, None, 40) == (3600, 3600)
    assert c.ticks(80, None, 40) == (7200, 7200)


def test_presentation_may_be_later_than_decoding() -> None:
    c = clock()
    assert c.ticks(0, 80, 40) == (0, 7200)
    assert c.ticks(40, 200, 40) == (3600, 18000)


def test_a_pause_of_the_source_stays_a_pause() -> None:
    c = clock()
    c.ticks(0, 0, 40)
    assert c.ticks(30_000, 30_000, 40) == (2_700_000, 2_700_000)


def test_a_wrap_goes_on_right_after_the_last_unit() -> None:
    timeline = Timeline(Fraction(2**32 - 40, 1000))
    video, audio = clock(timeline), clock(timeline, rate=8000, step=320)
    video.ticks(2**32 - 40, None, 40), audio.ticks(2**32 - 40, None, 40)
    assert video.ticks(0, None, 40)[0] == 3600
    # Sound wraps by the same distance, not by its own guess.
    assert audio.ticks(10, None, 40)[0] == 400


def test_a_leap_of_hours_is_not_believed() -> None:
    c = clock()
    c.ticks(0, 0, 40)
    assert c.ticks(10_000_000, None, 40)[0] == 3600


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), max_size=60))
def test_decoding_times_rise_whatever_comes(stamps: list[int | None]) -> None:
    c = clock()
    seen = [c.ticks(stamp, stamp, 40) for stamp in stamps]
    assert all(a[0] < b[0] for a, b in pairwise(seen))
    assert all(pts >= dts for dts, pts in seen)
