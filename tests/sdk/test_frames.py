"""Frames in shared memory: never torn, never another's, oldest overwritten first."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr_sdk import FrameReader, FrameView, NvrError
from nvr_sdk.frames import FrameRing

WIDTH, HEIGHT = 64, 48
SIZE = WIDTH * HEIGHT * 3


@pytest.fixture
def ring():
    made = FrameRing("test", 3, SIZE)
    yield made
    made.close()


def reader_of(ring: FrameRing) -> FrameReader:
    return FrameReader(os.dup(ring.descriptor), ring.slots, ring.slot_bytes)


def picture(value: int) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), value, np.uint8)


def write(ring: FrameRing, value: int) -> FrameView:
    return ring.write(picture(value), "camera", value)


def test_reader_sees_what_was_written(ring: FrameRing) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    frame = ring.write(pixels, "camera", 77)
    view = reader_of(ring).view(frame)
    assert np.array_equal(view, pixels)
    assert (frame.width, frame.height, frame.time_ns, frame.sequence) == (WIDTH, HEIGHT, 77, 1)


def test_view_is_no_copy_and_read_only(ring: FrameRing) -> None:
    frame = write(ring, 1)
    view = reader_of(ring).view(frame)
    assert not view.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0, 0] = 5
    with pytest.raises(ValueError, match="WRITEABLE"):
        view.flags.writeable = True


def test_grey_frames_have_two_dimensions(ring: FrameRing) -> None:
    frame = ring.write(np.full((HEIGHT, WIDTH), 9, np.uint8), "camera", 0, "gray8")
    assert reader_of(ring).view(frame).shape == (HEIGHT, WIDTH)


def test_oldest_is_overwritten_first(ring: FrameRing) -> None:
    reader = reader_of(ring)
    frames = [write(ring, n) for n in range(5)]
    assert [reader.still_valid(frame) for frame in frames] == [False, False, True, True, True]
    with pytest.raises(NvrError) as caught:
        reader.view(frames[0])
    assert caught.value.code == "stale_frame"


def test_frame_being_written_is_not_valid(ring: FrameRing) -> None:
    reader = reader_of(ring)
    frames = [write(ring, n) for n in range(3)]
    loan = ring.lend(WIDTH, HEIGHT)
    assert not reader.still_valid(frames[0])
    loan.pixels[...] = 200
    frame = loan.commit("camera", 0)
    assert reader.view(frame)[0, 0, 0] == 200


def test_lease_spares_a_slot_until_released(ring: FrameRing) -> None:
    reader = reader_of(ring)
    kept = write(ring, 1)
    assert ring.lease(kept, "detector")
    for n in range(10):
        write(ring, n)
    assert reader.view(kept)[0, 0, 0] == 1
    ring.release(kept, "detector")
    assert ring.leased == 0
    for n in range(3):
        write(ring, n)
    assert not reader.still_valid(kept)


def test_two_readers_share_a_lease(ring: FrameRing) -> None:
    frame = write(ring, 1)
    assert ring.lease(frame, "a")
    assert ring.lease(frame, "b")
    ring.release(frame, "a")
    assert ring.leased == 1
    ring.release(frame, "b")
    assert ring.leased == 0


def test_when_all_are_leased_the_oldest_lease_breaks(ring: FrameRing) -> None:
    reader = reader_of(ring)
    frames = [write(ring, n) for n in range(3)]
    assert all(ring.lease(frame, "slow") for frame in frames)
    newest = write(ring, 9)
    assert [reader.still_valid(frame) for frame in frames] == [False, True, True]
    assert ring.leased == 2
    ring.release(frames[0], "slow")
    assert reader.still_valid(newest)
    assert not ring.lease(frames[0], "slow")


def test_discarded_loan_is_lent_again(ring: FrameRing) -> None:
    loans = [ring.lend(WIDTH, HEIGHT) for _ in range(3)]
    with pytest.raises(NvrError) as caught:
        ring.lend(WIDTH, HEIGHT)
    assert caught.value.code == "no_slot"
    loans[1].discard()
    assert ring.lend(WIDTH, HEIGHT).commit("camera", 0).slot == 1


def test_frame_too_large_for_its_slot_is_refused(ring: FrameRing) -> None:
    with pytest.raises(NvrError) as caught:
        ring.lend(WIDTH, HEIGHT + 1)
    assert caught.value.code == "bad_frame"
    assert write(ring, 1).sequence == 1


@pytest.mark.parametrize("slot", [-1, 3, 10**6])
def test_forged_slot_is_stale(ring: FrameRing, slot: int) -> None:
    frame = write(ring, 1)
    forged = FrameView("camera", frame.sequence, 0, WIDTH, HEIGHT, "bgr24", slot)
    assert not reader_of(ring).still_valid(forged)


def test_ring_smaller_than_announced_is_refused(ring: FrameRing) -> None:
    with pytest.raises(NvrError) as caught:
        FrameReader(os.dup(ring.descriptor), 1000, SIZE)
    assert caught.value.code == "bad_ring"


def test_nobody_can_shrink_the_memory_under_a_reader(ring: FrameRing) -> None:
    with pytest.raises(PermissionError):
        os.ftruncate(ring.descriptor, 1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["write", "lease", "release"]), st.integers(0, 200)), max_size=60
    )
)
def test_valid_frames_always_hold_their_own_pixels(steps: list[tuple[str, int]]) -> None:
    ring = FrameRing("property", 3, SIZE)
    reader = reader_of(ring)
    frames: list[tuple[FrameView, int]] = []
    for step, number in steps:
        if step == "write" or not frames:
            frames.append((write(ring, number), number))
        elif step == "lease":
            ring.lease(frames[number % len(frames)][0], number)
        else:
            ring.release(frames[number % len(frames)][0], number)
        assert reader.still_valid(frames[-1][0])
        for frame, value in frames:
            if reader.still_valid(frame):
                assert (reader.view(frame) == value).all()
    assert sum(reader.still_valid(frame) for frame, _ in frames) <= 3
    ring.close()


WRITER = textwrap.dedent(
    """
    import socket, sys
    import numpy as np
    from nvr_sdk.frames import FrameRing

    connection = socket.socket(fileno=int(sys.argv[1]))
    ring = FrameRing("torn", 2, 640 * 360 * 3)
    socket.send_fds(connection, [b"x"], [ring.descriptor])
    number = 0
    while True:
        number += 1
        loan = ring.lend(640, 360)
        loan.pixels[...] = number % 251
        loan.commit("camera", 0)
    """
)


def test_torn_frame_is_never_taken_for_whole() -> None:
    """A writer in another process overwrites two slots as fast as it can while we read."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
        reader = FrameReader(descriptors[0], 2, 640 * 360 * 3)
        try:
            whole, stale = read_frantically(reader, seconds=3.0)
        finally:
            writer.kill()
            writer.wait()
    assert whole > 20
    # Without this the test would not have shown anything.
    assert stale > 0


def read_frantically(reader: FrameReader, seconds: float) -> tuple[int, int]:
    whole = stale = 0
    deadline = time.monotonic() + seconds
    sequences = reader._mapped.sequences
    while time.monotonic() < deadline:
        for slot in (0, 1):
            frame = FrameView("camera", int(sequences[slot]), 0, 640, 360, "bgr24", slot)
            if frame.sequence == 0:
                continue
            try:
                copy = reader.view(frame).copy()
            except NvrError:
                stale += 1
                continue
            if not reader.still_valid(frame):
                stale += 1
                continue
            assert (copy == frame.sequence % 251).all()
            whole += 1
    return whole, stale
