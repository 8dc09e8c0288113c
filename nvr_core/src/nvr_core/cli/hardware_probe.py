"""Decode one picture with one kind of hardware: ``python -m nvr_core.cli.hardware_probe cuda``."""

from __future__ import annotations

import io
import json
import sys

import av
import av.error
from av.codec.hwaccel import HWAccel

_SIZE = 256


def clip() -> bytes:
    """Encode a few grey H.264 pictures into an MP4."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = _SIZE
        stream.pix_fmt = "yuv420p"
        for index in range(5):
            frame = av.VideoFrame(_SIZE, _SIZE, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([60 + 20 * index]) * plane.buffer_size)
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def decodes(device: str) -> str:
    """Decode with a kind of hardware; gives the reason if that fails, else an empty string."""
    acceleration = HWAccel(device_type=device, allow_software_fallback=False)
    try:
        with av.open(io.BytesIO(clip()), mode="r", hwaccel=acceleration) as container:
            for _frame in container.decode(video=0):
                return ""
    except (av.error.FFmpegError, RuntimeError, ValueError, NotImplementedError) as error:
        return str(error)
    return "no picture came out"


if __name__ == "__main__":
    av.logging.set_level(av.logging.PANIC)
    found = decodes(sys.argv[1])
    print(json.dumps({"works": not found, "reason": found}))
