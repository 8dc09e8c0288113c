"""What the engine records is what the source sent."""

from __future__ import annotations

import av
import pytest

from core.engine.kit import (
    add_camera,
    check_consistent,
    gaps,
    hashes,
    holes,
    recorded,
    running,
    until,
)
from core.engine.replay import load
from nvr_core.media.timeline import TICKS
from nvr_core.recording.segmenter import Limits
from peers.clips import frame_hashes, make_clip


@pytest.mark.parametrize("bframes", [0, 2])
async def test_recording_has_no_hole_at_the_joins(settings, sources, bframes: int) -> None:
    clip = make_clip("h264", "aac", bframes=bframes)
    await sources(clip)
    add_camera(settings)
    async with running(settings):
        await until(lambda: len(recorded(settings)) >= 3)
    segments = recorded(settings)
    assert len(segments) >= 4  # the graceful end closes the open one
    check_consistent(segments)
    assert holes(hashes(segments), clip.frames) == []
    assert len({segment.run_id for segment in segments}) == 1
    assert gaps(settings) == []
    assert not list(settings.recordings.rglob("*.part"))
    assert [round(segment.duration_us / 1e6, 3) for segment in segments[:3]] == [2.0, 2.0, 2.0]


async def test_sound_stays_with_the_picture(settings, sources) -> None:
    clip = make_clip("h264", "aac")
    await sources(clip)
    add_camera(settings)
    async with running(settings):
        await until(lambda: len(recorded(settings)) >= 2)
    units = load(clip)
    pictures = {bytes(u.data): u.dts / 90_000 for u in units.units if u.track == "video"}
    sounds = {bytes(u.data): u.dts / 44_100 for u in units.units if u.track == "audio"}
    assert len(sounds) > 100
    for segment in recorded(settings)[:2]:
        offsets = {"video": set(), "audio": set()}
        with av.open(str(segment.path)) as container:
            for packet in container.demux():
                if packet.size:
                    source = pictures if packet.stream.type == "video" else sounds
                    at = float(packet.dts * packet.time_base) - source[bytes(packet)]
                    offsets[packet.stream.type].add(round(at % clip.seconds, 4))
        (shift,) = offsets["video"]
        assert max(abs(each - shift) for each in offsets["audio"]) < 0.002


async def test_a_group_of_pictures_longer_than_a_segment(settings, sources) -> None:
    clip = make_clip("h264", None, seconds=12, gop=300)
    source = await sources(clip)
    add_camera(settings)
    limits = Limits(segment=2 * TICKS, fragment=TICKS)
    async with running(settings, limits):
        source.speed = 3.0
        await until(lambda: recorded(settings))
    segment = recorded(settings)[0]
    check_consistent([segment])
    assert segment.duration_us == pytest.approx(12e6, abs=1e4)
    (group,) = segment.keyframes
    assert group.start_ms == 0
    assert segment.path.read_bytes().count(b"moof") == 12
    assert tuple(frame_hashes(segment.path)) == clip.frames


async def test_a_change_of_codec_begins_a_new_run(settings, sources) -> None:
    first, second = make_clip("h264", "aac", seconds=4), make_clip("h265", "aac", seconds=4)
    source = await sources(first)
    source.change = lambda loops: load(second) if loops == 1 else None
    add_camera(settings)
    async with running(settings):
        await until(lambda: len(recorded(settings)) >= 3)
    segments = recorded(settings)
    check_consistent(segments)
    runs = {}
    for segment in segments:
        runs.setdefault(segment.run_id, []).extend(frame_hashes(segment.path))
    before, after = runs.values()
    assert before == list(first.frames)
    assert holes(after, second.frames) == []
    assert after[0] == second.frames[0]
    assert segments[0].init != segments[-1].init
    assert gaps(settings) == []


async def test_lost_pictures_begin_a_new_run_at_the_next_key(settings, sources) -> None:
    clip = make_clip("h264", "aac")
    source = await sources(clip)
    source.drop = lambda number: 60 <= number < 80
    add_camera(settings)
    async with running(settings):
        await until(lambda: len(recorded(settings)) >= 3)
    segments = recorded(settings)
    check_consistent(segments)
    found = hashes(segments)
    # 20 pictures were lost at the 60th; the next key unit is the 101st.
    assert holes(found, clip.frames) == [(clip.frames[100], 41)]
    assert len({segment.run_id for segment in segments}) == 2
    ((start, end, reason),) = gaps(settings)
    assert reason == "source_gap"
    assert (end - start) / 1e6 == pytest.approx(41 / 25, abs=0.01)


async def test_g711_is_left_out_and_told(settings, sources) -> None:
    from dataclasses import replace

    from nvr_core.processes import ENGINE_STATUS, EngineStatus
    from nvr_sdk.messages import AccessUnit, AudioTrack
    from nvr_sdk.wire import Nothing

    clip = make_clip("h264", None, seconds=4)
    source = await sources(clip)
    units = []
    for unit in source.clip.units:
        units += [unit, AccessUnit("audio", unit.dts * 8000 // 90_000, 0, True, b"\xd5" * 320)]
    info = replace(source.clip.info, audio=AudioTrack("pcm_alaw", 8000, 1))
    source.clip = replace(source.clip, info=info, units=tuple(units))
    add_camera(settings)
    async with running(settings) as (channel, _):
        await until(lambda: recorded(settings))
        status = await channel.request(ENGINE_STATUS, Nothing(), EngineStatus)
    (stream,) = status.streams
    assert (stream.state, stream.audio_codec) == ("online", "pcm_alaw")
    assert "not recorded" in stream.message and "pcm_alaw" in stream.message
    assert holes(hashes(recorded(settings)), clip.frames) == []
