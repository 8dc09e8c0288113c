from __future__ import annotations

import io

import av
import pytest

from nvr_core.ingest.picture import decode_image
from nvr_core.processes import ImageDecode
from nvr_sdk.errors import NvrError
from peers.clips import make_clip


def luma(jpeg: bytes) -> bytes:
    with av.open(io.BytesIO(jpeg), format="mjpeg") as container:
        frame = next(container.decode(video=0)).reformat(format="gray8")
        return bytes(frame.planes[0])


def test_a_picture_has_the_coded_size_unless_scaled() -> None:
    mp4 = make_clip().path.read_bytes()
    whole = decode_image(ImageDecode(mp4))
    small = decode_image(ImageDecode(mp4, width=320))
    assert (whole.width, whole.height) == (640, 360)
    assert (small.width, small.height) == (320, 180)
    assert whole.jpeg[:2] == small.jpeg[:2] == b"\xff\xd8"


def test_it_is_the_picture_of_that_moment() -> None:
    clip = make_clip(bframes=2)
    mp4 = clip.path.read_bytes()
    with av.open(str(clip.path)) as container:
        shown = [bytes(f.reformat(format="gray8").planes[0]) for f in container.decode(video=0)]
    for offset, index in ((0.0, 0), (1.0, 25), (1.03, 25), (2.04, 51), (99.0, len(shown) - 1)):
        got = luma(decode_image(ImageDecode(mp4, offset, quality=100)).jpeg)
        distances = [
            sum(abs(a - b) for a, b in zip(got[::997], picture[::997], strict=False))
            for picture in shown
        ]
        assert distances.index(min(distances)) == index


def test_quality_is_worth_bytes() -> None:
    mp4 = make_clip().path.read_bytes()
    sizes = [len(decode_image(ImageDecode(mp4, quality=q)).jpeg) for q in (5, 50, 95)]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("data", [b"", b"no video at all" * 20])
def test_what_is_no_video_is_said(data: bytes) -> None:
    with pytest.raises(NvrError) as caught:
        decode_image(ImageDecode(data))
    assert caught.value.code == "no_picture"
