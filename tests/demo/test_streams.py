"""Loop and live mode as the engine receives them."""

from __future__ import annotations

from concurrent.futures import Future

import numpy as np
import pytest

from demo.conftest import KEY, Collector, decode_audio, decode_video, pictures
from nvr_demo import sound
from nvr_demo.config import DemoCamera
from nvr_demo.formats import stream_format
from nvr_demo.live import run_live
from nvr_demo.loop import Loop, make_still
from nvr_demo.replay import replay
from nvr_demo.scene.overlay import read_counter
from nvr_demo.sei import Stamp, parse_sei
from nvr_demo.timeline import SECOND_NS, Pace, blocks_of_frame, frame_time_ns
from nvr_sdk import AccessUnit, StreamRequest

NOW_NS = 1_790_000_007_340_000_000
CAMERA = DemoCamera(seed=KEY.seed)


def standing(now_ns: int = NOW_NS) -> Pace:
    """A pace whose clocks stand still: what is overdue comes at once, nothing else."""
    return Pace(wall=lambda: now_ns, steady=lambda: 0)


def request(stream: str = "main", resume_after_ns: int | None = None) -> StreamRequest:
    return StreamRequest("cam", stream, CAMERA.model_dump(), resume_after_ns)


def stamps(units: list[AccessUnit]) -> list[Stamp]:
    found = [parse_sei(unit.data) for unit in units]
    assert all(stamp is not None for stamp in found)
    return found


def assert_contiguous(writer: Collector, fps: int) -> None:
    """No hole and no repetition in picture and sound, and both cover the same time."""
    frames = [stamp.frame for stamp in stamps(writer.video)]
    assert frames == list(range(frames[0], frames[0] + len(frames)))
    assert [unit.dts for unit in writer.video] == [n * 90_000 // fps for n in frames]
    assert [stamp.time_ns for stamp in stamps(writer.video)] == [
        n * SECOND_NS // fps for n in frames
    ]
    begins = [unit.dts for unit in writer.audio]
    assert begins == list(range(begins[0], begins[0] + 1024 * len(begins), 1024))
    assert writer.video[0].key
    # The writer closed with the last picture, before the sound that begins in it.
    assert 0 <= begins[0] / sound.SAMPLE_RATE - frames[0] / fps < 0.064
    assert 0 <= (begins[-1] + 1024) / sound.SAMPLE_RATE - frames[-1] / fps < 0.064


@pytest.mark.parametrize("stream", ["main", "sub"])
def test_a_replay_begins_with_the_present_key_picture(loop: Loop, stream: str) -> None:
    writer = pictures(5)
    replay(loop, request(stream), writer, standing())
    (info,) = writer.infos
    assert info.epoch_ns == 0 and info.video == loop.video(stream).track
    assert info.audio is not None and info.audio.sample_rate == 16_000
    # 0.34 s into the second: the key picture at its beginning and the five after it are due.
    assert writer.video[0].dts == 90_000 * 1_790_000_007
    assert_contiguous(writer, 15)


def test_a_replay_makes_up_for_a_break_of_half_a_minute(loop: Loop) -> None:
    held = NOW_NS - 30 * SECOND_NS
    writer = pictures(450)
    replay(loop, request(resume_after_ns=held), writer, standing())
    assert writer.video[0].dts == 90_000 * 1_789_999_977
    assert_contiguous(writer, 15)
    seam = [u.data for u in writer.video if u.dts // 90_000 % 24 in (22, 23, 0, 1)][:60]
    shown = [read_counter(f) for f in decode_video(loop.main.track, seam)]
    first = parse_sei(seam[0]).frame
    assert shown == [(first + n) % 360 for n in range(60)] and 359 in shown and 0 in shown


def test_units_sent_again_are_the_same_bytes(loop: Loop) -> None:
    one, two = pictures(5), pictures(30)
    replay(loop, request(), one, standing())
    held = frame_time_ns(stamps(one.video)[3].frame, 15)
    replay(loop, request(resume_after_ns=held), two, standing(NOW_NS + 3 * SECOND_NS))
    assert two.units[: len(one.units)] == one.units


def test_breaks_too_long_ago_or_in_the_future_are_not_made_up(loop: Loop) -> None:
    for held in (NOW_NS - 3600 * SECOND_NS, NOW_NS + 5 * SECOND_NS):
        writer = pictures(3)
        replay(loop, request(resume_after_ns=held), writer, standing())
        assert writer.video[0].dts == 90_000 * 1_790_000_007


def test_a_replay_keeps_time(loop: Loop) -> None:
    pace = Pace()
    writer = pictures(40)
    begin = pace.now_ns()
    replay(loop, request("sub"), writer, pace)
    last = stamps(writer.video)[-1].time_ns
    assert begin < last <= pace.now_ns(), "no picture comes before its time"
    assert pace.now_ns() - last < SECOND_NS
    assert_contiguous(writer, 15)


def test_a_replay_ends_when_the_clock_is_set(loop: Loop) -> None:
    readings = iter([NOW_NS, *[NOW_NS + 3600 * SECOND_NS] * 1000])
    pace = Pace(wall=lambda: next(readings), steady=lambda: 0)
    writer = pictures(1000)
    held = NOW_NS - 10 * SECOND_NS
    replay(loop, request(resume_after_ns=held), writer, pace)
    assert len(writer.video) == 15 and not writer.closed.is_set()


def test_a_loop_takes_over_from_the_still_at_a_key_picture(loop: Loop) -> None:
    awaited: Future[Loop] = Future()

    class Impatient(Collector):
        def push(self, unit: AccessUnit) -> None:
            super().push(unit)
            if len(self.video) == 20 and not awaited.done():
                awaited.set_result(loop)

    writer = Impatient(lambda writer: len(writer.video) >= 45)
    still = make_still(KEY)
    held = NOW_NS - 10 * SECOND_NS
    replay(still, request(resume_after_ns=held), writer, standing(), awaited)
    assert_contiguous(writer, 15)
    assert len(writer.infos) == 1
    shown = [
        read_counter(frame)
        for frame in decode_video(loop.main.track, [unit.data for unit in writer.video])
    ]
    first = stamps(writer.video)[30].frame % 360
    assert shown == [None] * 30 + list(range(first, first + 15))


def test_live_pictures_show_the_number_of_their_stamp() -> None:
    writer = pictures(45)
    run_live(CAMERA, request(resume_after_ns=NOW_NS - 5 * SECOND_NS), writer, standing())
    assert_contiguous(writer, 10)
    track = writer.infos[0].video
    frames = decode_video(track, [unit.data for unit in writer.video])
    assert [read_counter(frame) for frame in frames] == [s.frame for s in stamps(writer.video)]
    assert frames[0].shape == (360, 640, 3)


def test_the_small_live_picture_can_be_read_too() -> None:
    writer = pictures(25)
    held = NOW_NS - 4 * SECOND_NS
    run_live(CAMERA, request("sub", held), writer, standing())
    frames = decode_video(writer.infos[0].video, [unit.data for unit in writer.video])
    assert frames[0].shape == (180, 320, 3)
    assert [read_counter(frame) for frame in frames] == [s.frame for s in stamps(writer.video)]


def test_live_ticks_sound_while_the_picture_of_the_whole_second_is_shown() -> None:
    writer = pictures(45)
    run_live(CAMERA, request(resume_after_ns=NOW_NS - 5 * SECOND_NS), writer, standing())
    samples = decode_audio(writer.infos[0].audio, [unit.data for unit in writer.audio])
    zero = writer.audio[0].dts
    ticks = [zero + 1024 + at for at in sound.find_ticks(samples[1024:])]
    assert len(ticks) == 4
    for tick in ticks:
        assert abs(tick - round(tick / sound.SAMPLE_RATE) * sound.SAMPLE_RATE) <= 16
    second = round(ticks[0] / sound.SAMPLE_RATE)
    shown = [s.frame for s in stamps(writer.video) if s.time_ns == second * SECOND_NS]
    assert shown == [second * 10]


def test_a_resumed_live_stream_can_be_entered_at_each_picture() -> None:
    """The engine holds some of the first group; it goes on at the first picture it lacks."""
    writer = pictures(40)
    run_live(CAMERA, request(resume_after_ns=NOW_NS - 5 * SECOND_NS), writer, standing())
    keys = [unit.key for unit in writer.video]
    gop = stream_format("live", "main").gop
    assert all(keys[: 2 * gop])
    assert keys[2 * gop :] == [n % gop == 0 for n in range(2 * gop, 40)]
    entered = writer.video[7:]
    frames = decode_video(writer.infos[0].video, [unit.data for unit in entered])
    assert [read_counter(frame) for frame in frames] == [s.frame for s in stamps(entered)]


def test_a_fresh_live_stream_has_one_key_picture_a_second() -> None:
    writer = pictures(4)
    run_live(CAMERA, request(), writer, standing())
    assert [unit.key for unit in writer.video] == [True, False, False, False]


def test_every_block_of_sound_belongs_to_one_frame() -> None:
    for fps in (10, 15):
        blocks = [block for n in range(100, 500) for block in blocks_of_frame(n, fps)]
        assert np.array_equal(np.diff(blocks), np.ones(len(blocks) - 1))
