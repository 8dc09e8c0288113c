"""The reader against GStreamer's RTSP server, picture by picture with the file it serves."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable

import pytest

from nvr_core.rtsp.reader import RtspReader
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamAddress, StreamInfo
from peers.clips import Clip, frame_hash, make_clip
from peers.rtsp_server import gst_missing, start_gst

pytestmark = pytest.mark.skipif(bool(gst_missing()), reason=gst_missing() or "-")


class Sink:
    def __init__(self) -> None:
        self.infos: list[StreamInfo] = []
        self.units: list[AccessUnit] = []

    def begin(self, info: StreamInfo) -> None:
        self.infos.append(info)

    def push(self, unit: AccessUnit) -> None:
        self.units.append(unit)

    def of(self, track: str) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.track == track]


async def read(address: StreamAddress, enough: Callable[[Sink], bool]) -> Sink:
    """Read until there is enough; an error of the reader comes out."""
    sink = Sink()
    task = asyncio.create_task(RtspReader().run(address, sink))
    try:
        async with asyncio.timeout(20):
            while not enough(sink) and not task.done():
                await asyncio.sleep(0.02)
    finally:
        if not task.done():
            task.cancel()
        result = (await asyncio.gather(task, return_exceptions=True))[0]
    if isinstance(result, NvrError):
        raise result
    return sink


def check_pictures(sink: Sink, clip: Clip) -> None:
    pictures = sink.of("video")
    hashes = [frame_hash(unit.data, clip.codec) for unit in pictures]
    first = clip.frames.index(hashes[0])
    count = len(clip.frames)
    assert hashes == [clip.frames[(first + i) % count] for i in range(len(hashes))]
    assert not any(unit.corrupt for unit in sink.units)
    assert pictures[0].key and pictures[0].dts == 0
    for track in ("video", "audio"):
        times = [unit.dts for unit in sink.of(track)]
        assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("codec", "audio", "auth"),
    [
        ("h264", "aac", "digest"),
        ("h265", "aac", "basic"),
        ("h264", "pcm_alaw", "basic"),
        ("h264", "pcm_mulaw", "digest"),
        ("h265", "opus", "digest"),
        ("h264", None, "digest"),
    ],
)
async def test_every_picture_once_and_in_order(codec: str, audio: str | None, auth: str) -> None:
    clip = make_clip(codec, audio, seconds=3)  # type: ignore[arg-type]
    with start_gst(cam=clip, user="u", password="p", auth=auth) as server:  # type: ignore[arg-type]
        address = StreamAddress(server.url("cam"), "u", "p")
        sink = await read(address, lambda s: len(s.of("video")) >= 90)
    check_pictures(sink, clip)
    (info,) = sink.infos
    assert info.video is not None
    assert (info.video.codec, info.video.width, info.video.height) == (codec, 640, 360)
    seconds = sink.of("video")[-1].dts / 90_000
    assert seconds == pytest.approx(89 / 25, abs=0.3)
    if audio is None:
        assert info.audio is None and not sink.of("audio")
        return
    assert info.audio is not None and info.audio.codec == audio
    sound = sink.of("audio")
    assert sound[0].dts / info.audio.sample_rate < 0.1
    assert sound[-1].dts / info.audio.sample_rate == pytest.approx(seconds, abs=0.15)


async def test_a_wrong_password_and_a_wrong_path() -> None:
    with start_gst(cam=make_clip(seconds=3), user="u", password="p") as server:
        for address, code in (
            (StreamAddress(server.url("cam"), "u", "wrong"), "auth_failed"),
            (StreamAddress(server.url("none"), "u", "p"), "path_not_found"),
        ):
            with pytest.raises(NvrError) as caught:
                await read(address, lambda _: False)
            assert caught.value.code == code


@pytest.mark.parametrize("codec", ["h264", "h265"])
async def test_b_frames_go_to_the_other_lane(codec: str) -> None:
    clip = make_clip(codec, None, seconds=3, bframes=2)  # type: ignore[arg-type]
    with start_gst(cam=clip) as server, pytest.raises(NvrError) as caught:
        await read(StreamAddress(server.url("cam")), lambda _: False)
    assert caught.value.code == "needs_av_lane"


async def test_a_join_in_the_middle_begins_with_a_key_picture() -> None:
    clip = make_clip("h264", "aac", seconds=3, gop=50)
    with start_gst(cam=clip) as server:
        address = StreamAddress(server.url("cam"))
        first = asyncio.create_task(read(address, lambda s: len(s.of("video")) >= 120))
        await read(address, lambda s: len(s.of("video")) >= 10)
        late = await read(address, lambda s: len(s.of("video")) >= 60)
        check_pictures(await first, clip)
    check_pictures(late, clip)


def test_the_reader_needs_nothing_heavy() -> None:
    code = (
        "import sys, nvr_core.rtsp.reader;"
        "heavy = {'av', 'pydantic', 'numpy', 'sqlalchemy', 'sqlmodel'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
