"""The loop: what is in it, that it repeats without a seam, and its file."""

from __future__ import annotations

import os
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from demo.conftest import KEY, decode_audio, decode_video
from nvr_demo import sound
from nvr_demo.library import LoopLibrary
from nvr_demo.loop import (
    Loop,
    LoopKey,
    LoopStopped,
    make_and_keep,
    make_loop,
    make_still,
    read_loop,
    write_loop,
)
from nvr_demo.scene.layout import CYCLE_S
from nvr_demo.scene.overlay import read_counter
from nvr_demo.scene.street import Street
from nvr_demo.scene.view import View


@pytest.mark.parametrize("stream", ["main", "sub"])
def test_every_picture_shows_its_number_over_two_turns(loop: Loop, stream: str) -> None:
    video = loop.video(stream)
    assert [index for index, p in enumerate(video.pictures) if p.key] == list(range(0, 360, 15))
    turns = [picture.data for picture in video.pictures] * 2
    # The whole of one turn and the seam to the next.
    frames = decode_video(video.track, turns[: 360 + 20])
    assert [read_counter(frame) for frame in frames] == [n % 360 for n in range(380)]
    assert frames[0].shape == (video.track.height, video.track.width, 3)


def test_the_picture_goes_on_over_the_seam_as_elsewhere(loop: Loop) -> None:
    pictures = loop.main.pictures
    around = (*pictures[330:], *pictures[:30])
    frames = decode_video(loop.main.track, [picture.data for picture in around])
    steps = [np.abs(a.astype(np.int16) - b)[:600, :860].mean() for a, b in pairwise(frames)]
    elsewhere = max(*steps[:29], *steps[30:])
    assert steps[29] < 1.5 * elsewhere + 0.3


def test_coded_pictures_look_like_the_street(loop: Loop) -> None:
    frames = decode_video(loop.main.track, [p.data for p in loop.main.pictures[150:166]])
    drawn = Street(KEY.seed, KEY.weather, View(1280, 720), looped=True).picture(165 / 15)
    error = np.abs(frames[15].astype(np.int16) - drawn)[60:640, :860]
    assert error.mean() < 4.0


def test_each_tick_sounds_at_its_whole_second_over_two_turns(loop: Loop) -> None:
    assert len(loop.sounds) * sound.BLOCK == CYCLE_S * sound.SAMPLE_RATE
    samples = decode_audio(loop.audio, list(loop.sounds) * 2)
    assert samples.size == 2 * CYCLE_S * sound.SAMPLE_RATE
    whole = np.arange(1, 2 * CYCLE_S) * sound.SAMPLE_RATE
    # The first block was decoded without the one before it.
    ticks = np.array(sound.find_ticks(samples[1024:])) + 1024
    assert ticks.shape == whole.shape
    assert np.abs(ticks - whole).max() <= 0.001 * sound.SAMPLE_RATE


def test_the_sound_has_no_click_at_the_seam(loop: Loop) -> None:
    turn = CYCLE_S * sound.SAMPLE_RATE
    samples = decode_audio(loop.audio, list(loop.sounds) * 2)
    # The block before the seam holds no tick; the seam's own tick begins on the seam.
    calm = samples[turn - 2048 : turn - 16]
    original = np.tile(sound.cycle_sound(KEY.seed), 2)[turn - 2048 : turn - 16]
    assert np.abs(np.diff(calm)).max() < 1.5 * np.abs(np.diff(original)).max()
    one, two = samples[2048 : turn - 2048], samples[turn + 2048 : 2 * turn - 2048]
    assert np.allclose(one, two, atol=1e-4)
    after = samples[turn : turn + 2048]
    expected = np.tile(sound.cycle_sound(KEY.seed), 2)[turn : turn + 2048]
    assert np.corrcoef(after, expected)[0, 1] > 0.9


def test_a_file_is_read_back_and_damage_is_noticed(loop: Loop, loop_dir: Path) -> None:
    path = loop_dir / KEY.file_name
    assert read_loop(path) == loop
    assert [file.name for file in loop_dir.iterdir()] == [KEY.file_name]
    torn = loop_dir.parent / "torn.msgpack"
    torn.write_bytes(path.read_bytes()[:-1000])
    assert read_loop(torn) is None
    assert read_loop(loop_dir / "absent") is None


def test_files_used_longest_ago_are_removed(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nvr_demo.loop.make_loop", lambda _key, _stopped: loop)
    keys = [LoopKey(seed, "day") for seed in range(1, 5)]
    for age, key in enumerate(keys[:3]):
        write_loop(tmp_path / key.file_name, loop)
        os.utime(tmp_path / key.file_name, (1000 + age, 1000 + age))
    assert read_loop(tmp_path / keys[0].file_name) is not None, "used: now the newest"
    make_and_keep(tmp_path, keys[3], threading.Event(), keep=2)
    kept = {file.name for file in tmp_path.iterdir()}
    assert kept == {keys[0].file_name, keys[3].file_name}


def test_a_disk_that_takes_no_file_costs_only_the_file(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nvr_demo.loop.make_loop", lambda _key, _stopped: loop)
    (tmp_path / "file").touch()
    assert make_and_keep(tmp_path / "file" / "loops", KEY, threading.Event(), keep=2) is loop


def test_making_stops_when_told() -> None:
    with pytest.raises(LoopStopped):
        make_loop(LoopKey(1, "day"), lambda: True)


def test_the_library_gives_all_cameras_the_same_loop(loop: Loop, loop_dir: Path) -> None:
    library = LoopLibrary(loop_dir)
    try:
        first = library.prepare(KEY)
        assert first.done() and first.result() == loop and not library.making()
        assert library.prepare(KEY) is first
    finally:
        library.close()


def test_a_library_that_closes_gives_up_what_it_makes(tmp_path: Path) -> None:
    library = LoopLibrary(tmp_path)
    future = library.prepare(LoopKey(99, "rain"))
    assert library.making()
    library.close()
    assert future.cancelled() or isinstance(future.exception(), LoopStopped)
    assert list(tmp_path.iterdir()) == []


def test_a_still_is_coded_like_the_loop(loop: Loop, loop_dir: Path) -> None:
    still = make_still(KEY)
    assert still.main.track == loop.main.track and still.sub.track == loop.sub.track
    assert still.audio == loop.audio and still.sounds == loop.sounds
    assert [picture.key for picture in still.main.pictures] == [True] + [False] * 14
    units = [p.data for p in (*still.main.pictures, *loop.main.pictures[30:45])]
    frames = decode_video(loop.main.track, units)
    assert [read_counter(frame) for frame in frames] == [None] * 15 + list(range(30, 45))
