"""MP4 written here is read by libav."""

from __future__ import annotations

import io
import json
import subprocess
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.replay import load
from nvr_core.media.mp4_fragment import FragmentSample, TrackRun, fragment, shift
from nvr_core.media.mp4_init import AUDIO_TRACK, VIDEO_TRACK, media_format
from nvr_core.media.mp4_read import Unreadable, read_file, track_timescales
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AudioTrack, StreamInfo, VideoTrack
from peers.clips import Clip, frame_hashes, make_clip

CLIPS = {
    "h264": lambda: make_clip("h264", "aac", seconds=4),
    "h264 with B-frames": lambda: make_clip("h264", "aac", seconds=4, bframes=2),
    "h265": lambda: make_clip("h265", "aac", seconds=4),
    "h265 with B-frames": lambda: make_clip("h265", "aac", seconds=4, bframes=2),
}


def write(clip: Clip, path: Path) -> bytes:
    """Write a clip as the engine does: one fragment per group of pictures. Gives its init."""
    source = load(clip)
    data = init = media_format(source.info).init
    video = [unit for unit in source.units if unit.track == "video"]
    audio = [unit for unit in source.units if unit.track == "audio"]
    cuts = [number for number, unit in enumerate(video) if unit.key] + [len(video)]
    for sequence, (first, last) in enumerate(pairwise(cuts), 1):
        end = video[last].dts if last < len(video) else video[-1].dts + 3600
        following = [unit.dts for unit in video[first + 1 : last]] + [end]
        pictures = [
            FragmentSample(unit.data, then - unit.dts, unit.key, unit.pts - unit.dts)
            for unit, then in zip(video[first:last], following, strict=True)
        ]
        runs = [TrackRun(VIDEO_TRACK, video[first].dts, pictures)]
        heard = [u for u in audio if last == len(video) or u.dts / 44100 < end / 90_000]
        audio = audio[len(heard) :]
        if heard:
            sounds = [FragmentSample(unit.data, 1024, True) for unit in heard]
            runs.append(TrackRun(AUDIO_TRACK, heard[0].dts, sounds))
        data += fragment(sequence, runs)
    path.write_bytes(data)
    return init


def times(path: Path) -> dict[str, list[tuple[int, int]]]:
    """Read (dts, pts) of all samples in 90 kHz or samples."""
    found: dict[str, list[tuple[int, int]]] = {"video": [], "audio": []}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size:
                rate = 90_000 if packet.stream.type == "video" else packet.stream.rate
                scale = packet.time_base * rate
                found[packet.stream.type].append(
                    (round(packet.dts * scale), round(packet.pts * scale))
                )
    return found


@pytest.mark.parametrize("name", CLIPS)
def test_libav_reads_what_was_written(name: str, tmp_path: Path) -> None:
    clip, path = CLIPS[name](), tmp_path / "x.mp4"
    source = load(clip)
    write(clip, path)
    assert tuple(frame_hashes(path)) == clip.frames
    for kind, found in times(path).items():
        assert found == [(unit.dts, unit.pts) for unit in source.units if unit.track == kind]
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.width, video.height) == (clip.width, clip.height)
        assert (audio.rate, audio.channels) == (44100, 2)
        decoded = sum(1 for _ in container.decode(video))
    assert decoded == len(clip.frames)


def test_ffprobe_agrees(tmp_path: Path) -> None:
    clip, path = CLIPS["h264 with B-frames"](), tmp_path / "x.mp4"
    write(clip, path)
    command = ["ffprobe", "-v", "warning", "-count_packets", "-show_streams", "-of", "json"]
    result = subprocess.run([*command, str(path)], capture_output=True, check=True, timeout=30)
    assert result.stderr == b""
    video, audio = json.loads(result.stdout)["streams"]
    assert (video["codec_tag_string"], audio["codec_tag_string"]) == ("avc1", "mp4a")
    assert int(video["nb_read_packets"]) == len(clip.frames)
    assert audio["profile"] == "LC"


@pytest.mark.parametrize("name", CLIPS)
def test_the_mime_names_the_codecs(name: str) -> None:
    mime = media_format(load(CLIPS[name]()).info).mime
    start = (
        'video/mp4; codecs="avc1.64' if name.startswith("h264") else 'video/mp4; codecs="hvc1.1.6.L'
    )
    assert mime.startswith(start)
    assert mime.endswith(',mp4a.40.2"')


def test_opus_is_taken_and_g711_is_left_out() -> None:
    info = load(CLIPS["h264"]()).info
    head = b"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
    opus = media_format(StreamInfo(info.video, AudioTrack("opus", 48000, 1, head)))
    assert opus.mime.endswith(',opus"')
    with av.open(io.BytesIO(opus.init)) as container:
        assert container.streams.audio[0].codec_context.name == "opus"
        assert container.streams.audio[0].rate == 48000
    alaw = media_format(StreamInfo(info.video, AudioTrack("pcm_alaw", 8000, 1)))
    assert alaw.audio is None
    assert "," not in alaw.mime
    assert track_timescales(alaw.init) == {1: 90_000}


@pytest.mark.parametrize("sets", [(), (b"\x67\x64\x00\x1f",), (b"\x67", b"\x68"), (b"\x00" * 40,)])
def test_bad_parameter_sets_are_refused(sets: tuple[bytes, ...]) -> None:
    with pytest.raises(NvrError) as caught:
        media_format(StreamInfo(VideoTrack("h264", 640, 360, sets)))
    assert caught.value.code == "unsupported_codec"


def test_no_video_is_refused() -> None:
    with pytest.raises(NvrError) as caught:
        media_format(StreamInfo(None))
    assert caught.value.code == "no_video"


@pytest.mark.parametrize("name", CLIPS)
def test_reading_finds_every_fragment(name: str, tmp_path: Path) -> None:
    clip, path = CLIPS[name](), tmp_path / "x.mp4"
    init = write(clip, path)
    found = read_file(path)
    assert found.init == init
    assert found.size == found.file_size == path.stat().st_size
    assert [piece.frames for piece in found.fragments] == [25] * 4
    assert all(piece.key for piece in found.fragments)
    assert [piece.duration for piece in found.fragments] == [90_000] * 4
    assert found.fragments[0].offset == len(init)
    assert track_timescales(init) == {1: 90_000, 2: 44_100}


def test_a_torn_file_is_read_up_to_its_last_whole_fragment(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    write(CLIPS["h264"](), path)
    whole, data = read_file(path), path.read_bytes()
    for cut in range(0, len(data), 997):
        path.write_bytes(data[:cut])
        expected = [each for each in whole.fragments if each.offset + each.size <= cut]
        if expected:
            assert list(read_file(path).fragments) == expected
        else:
            with pytest.raises(Unreadable):
                read_file(path)


@given(st.binary(max_size=300))
def test_rubbish_is_unreadable_but_never_a_surprise(data: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with pytest.raises(Unreadable):
            read_file(Path(file.name))


def test_shifting_moves_both_tracks_alike(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    init = write(CLIPS["h264 with B-frames"](), path)
    before, data = times(path), path.read_bytes()
    moved = shift(data[len(init) :], 7 * 90_000, track_timescales(init))
    path.write_bytes(init + moved)
    for kind, rate in (("video", 90_000), ("audio", 44_100)):
        expected = [(dts + 7 * rate, pts + 7 * rate) for dts, pts in before[kind]]
        assert times(path)[kind] == expected


samples = st.lists(
    st.builds(
        FragmentSample,
        data=st.binary(min_size=1, max_size=50),
        duration=st.integers(1, 10_000),
        key=st.booleans(),
        offset=st.integers(-20_000, 20_000),
    ),
    min_size=1,
    max_size=8,
)


@given(samples, samples, st.integers(0, 1 << 40), st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_any_fragment_is_read_back(
    pictures: list[FragmentSample],
    sounds: list[FragmentSample],
    start: int,
    audio_start: int,
    ticks: int,
) -> None:
    import tempfile

    init = media_format(load(CLIPS["h264"]()).info).init
    runs = [TrackRun(VIDEO_TRACK, start, pictures), TrackRun(AUDIO_TRACK, audio_start, sounds)]
    data = fragment(5, runs)
    with tempfile.NamedTemporaryFile() as file:
        file.write(init + shift(data, ticks, {1: 90_000, 2: 44_100}))
        file.flush()
        found = read_file(Path(file.name))
    (piece,) = found.fragments
    assert (piece.start, piece.frames) == (start + ticks, len(pictures))
    assert piece.duration == sum(picture.duration for picture in pictures)
    assert piece.key == pictures[0].key
    assert data.endswith(b"".join(sample.data for sample in [*pictures, *sounds]))
    assert shift(shift(data, ticks, {1: 1, 2: 1}), 0, {1: 1, 2: 1}) == shift(
        data, ticks, {1: 1, 2: 1}
    )
