"""The bounded queue between a source and its reader."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_sdk import AccessUnit, AudioTrack, NvrError, StreamInfo, VideoTrack
from nvr_sdk.wire import Kind, unpack
from nvr_sdk.worker._stream_queue import StreamQueue

VIDEO = StreamInfo(VideoTrack("h264", 64, 48, (b"\x67",)))
WITH_EPOCH = StreamInfo(VideoTrack("h264", 64, 48, (b"\x67",)), epoch_ns=5_000_000_000)
SOUND = StreamInfo(None, AudioTrack("aac", 48_000, 2))


class Clock:
    """Nanoseconds that only move when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000_000_000

    def __call__(self) -> int:
        return self.now


def queue(limit: int = 10_000, info: StreamInfo = VIDEO) -> StreamQueue:
    made = StreamQueue(limit, Clock())
    made.begin(info)
    return made


def unit(number: int, key: bool = False, size: int = 100, track: str = "video") -> AccessUnit:
    return AccessUnit(track, number * 3600, number * 3600, key, b"x" * size)


def numbers(from_queue: StreamQueue) -> list[int | None]:
    """Take all: unit numbers, None for a description."""
    taken = []
    while (frame := from_queue.take()) is not None:
        kind, body = frame
        is_unit = kind is Kind.ACCESS_UNIT
        taken.append(unpack(body, AccessUnit).dts // 3600 if is_unit else None)
    return taken


def test_description_comes_first_and_order_is_kept() -> None:
    q = queue()
    for n in range(5):
        q.push(unit(n, n == 0))
    assert numbers(q) == [None, 0, 1, 2, 3, 4]


def test_unit_before_the_description_is_an_error() -> None:
    with pytest.raises(NvrError) as caught:
        StreamQueue(100, Clock()).push(unit(0))
    assert caught.value.code == "no_stream_info"


def test_unit_of_a_track_not_announced_is_an_error() -> None:
    with pytest.raises(NvrError) as caught:
        queue().push(unit(0, True, track="audio"))
    assert caught.value.code == "no_such_track"


def test_full_queue_drops_to_the_next_key_and_counts() -> None:
    q = queue(limit=1300)
    told = [q.push(unit(n, n % 4 == 0, size=200)) for n in range(8)]
    assert numbers(q) == [None, 0, 1, 2, 3]
    assert told.count(False) == 1
    assert q.push(unit(9))
    assert numbers(q) == []
    q.push(unit(12, True))
    q.push(unit(13))
    assert numbers(q) == [12, 13]
    assert q.dropped == 5


def test_sound_alone_goes_on_as_soon_as_there_is_room() -> None:
    q = queue(limit=1300, info=SOUND)
    for n in range(8):
        q.push(unit(n, True, 200, "audio"))
    assert numbers(q) == [None, 0, 1, 2, 3]
    q.push(unit(9, True, 200, "audio"))
    assert numbers(q) == [9]


def test_description_that_nobody_took_is_replaced() -> None:
    q = queue()
    for _ in range(1000):
        q.begin(VIDEO)
    q.push(unit(0, True))
    assert numbers(q) == [None, 0]


def test_rewind_sends_the_gop_again() -> None:
    q = queue()
    for n in range(15):
        q.push(unit(n, n % 10 == 0))
    numbers(q)
    q.push(unit(15))
    q.rewind(None)
    assert numbers(q) == [None, *range(10, 16)]
    q.rewind(None)
    assert numbers(q) == [None, *range(10, 16)]


def test_rewind_leaves_out_what_the_reader_holds() -> None:
    q = queue(info=WITH_EPOCH)
    for n in range(15):
        q.push(unit(n, n % 10 == 0))
    numbers(q)
    key_ns = 5_000_000_000 + 10 * 40_000_000
    q.push(unit(15))
    q.rewind(key_ns + 200_000_000)
    assert numbers(q) == [None, 15]


def test_rewind_sends_the_gop_that_begins_where_the_reader_ends() -> None:
    q = queue(info=WITH_EPOCH)
    for n in range(15):
        q.push(unit(n, n % 10 == 0))
    numbers(q)
    q.rewind(5_000_000_000 + 10 * 40_000_000)
    assert numbers(q) == [None, *range(10, 15)]


def test_rewind_gives_the_time_that_the_source_left_out() -> None:
    clock = Clock()
    q = StreamQueue(10_000, clock)
    q.begin(VIDEO)
    q.push(unit(25, True))
    arrived = clock.now
    numbers(q)
    clock.now += 3_000_000_000
    q.rewind(None)
    kind, body = q.take()
    assert kind is Kind.STREAM_INFO
    assert unpack(body, StreamInfo).epoch_ns == arrived - 1_000_000_000


def test_rewind_before_anything_was_taken_changes_nothing() -> None:
    q = queue()
    q.push(unit(0, True))
    q.rewind(None)
    assert numbers(q) == [None, 0]


def test_gop_too_long_to_remember_is_not_sent_again() -> None:
    q = queue(limit=1000)
    for n in range(10):
        q.push(unit(n, n == 0, size=200))
        numbers(q)
    q.rewind(None)
    assert numbers(q) == [None]


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 900), st.integers(0, 3)), max_size=80),
    st.integers(1000, 4000),
)
def test_what_is_taken_can_always_be_decoded(
    pushes: list[tuple[bool, int, int]], limit: int
) -> None:
    """Every unit taken is a key unit, or follows the one before it without a hole."""
    q = queue(limit)
    taken, pushed = [], 0
    for key, size, takes in pushes:
        q.push(unit(pushed, key, size))
        pushed += 1
        for _ in range(takes):
            if (frame := q.take()) is not None and frame[0] is Kind.ACCESS_UNIT:
                taken.append(unpack(frame[1], AccessUnit))
    taken += [unit(n, pushes[n][0]) for n in numbers(q) if n is not None]
    assert len(taken) + q.dropped == pushed
    for earlier, later in pairwise(taken):
        assert later.key or later.dts == earlier.dts + 3600
