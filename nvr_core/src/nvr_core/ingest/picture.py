"""Pictures out of coded video: JPEG of a frame. Blocks; runs in the worker's small thread pool."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import av.error
from av import VideoFrame

from nvr_core.processes import Image, ImageDecode
from nvr_sdk.errors import NvrError

_MAX_WIDTH = 8192


def decode_image(question: ImageDecode) -> Image:
    """Decode the picture shown at ``offset_s`` of an MP4; raises `NvrError` ``no_picture``."""
    try:
        with av.open(io.BytesIO(question.mp4), mode="r") as container:
            container.streams.video[0].codec_context.thread_count = 1
            frame = _frame_at(container, question.offset_s)
            return to_jpeg(frame, question.width, question.quality)
    except (av.error.FFmpegError, IndexError) as error:
        message = f"The picture cannot be decoded ({type(error).__name__})."
        raise NvrError("no_picture", message) from None


def _frame_at(container: av.container.InputContainer, offset_s: float) -> VideoFrame:
    chosen: VideoFrame | None = None
    zero: float | None = None
    for frame in container.decode(video=0):
        time = frame.time or 0.0
        zero = time if zero is None else zero
        # Half a millisecond makes up for the rounding of times on their way here.
        if chosen is not None and time - zero > offset_s + 0.0005:
            break
        chosen = frame
    if chosen is None:
        raise NvrError("no_picture", "There is no picture in this piece of video.")
    return chosen


def to_jpeg(frame: VideoFrame, width: int | None = None, quality: int = 85) -> Image:
    """Scale a frame to ``width`` (ratio kept, even sizes) and compress it; quality 1 to 100."""
    wide = min(max(width or frame.width, 16), _MAX_WIDTH) // 2 * 2
    high = max(2, round(frame.height * wide / frame.width) // 2 * 2)
    encoder = av.VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = wide, high
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.thread_count = 1
    # mjpeg counts quality from 2 (best) to 31.
    scale = round(2 + (100 - min(max(quality, 1), 100)) * 29 / 99)
    encoder.options = {"qmin": str(scale), "qmax": str(scale), "flags": "+qscale"}
    encoder.qmin = encoder.qmax = scale
    picture = frame.reformat(width=wide, height=high, format="yuvj420p")
    picture.pts = 0
    data = b"".join(bytes(p) for p in [*encoder.encode(picture), *encoder.encode(None)])
    return Image(data, wide, high)
