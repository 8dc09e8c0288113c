"""H.264 and AAC encoders that give bare access units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from av.codec.context import Flags
from av.video import VideoStream
from av.video.frame import PictureType

from nvr_demo.scene.canvas import Pixels
from nvr_demo.scene.view import View
from nvr_demo.sound import BLOCK, SAMPLE_RATE, Samples
from nvr_sdk import AudioTrack, VideoTrack

_SLICE, _IDR, _SPS, _PPS = 1, 5, 7, 8


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture."""

    key: bool
    data: bytes
    """Its slices, each behind a 4-byte length; no parameter sets."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How a stream is coded."""

    preset: str
    crf: int
    peak_kbit: int
    """Highest bit rate in kbit/s, over a second."""
    delay: bool
    """True lets the encoder look ahead; False gives each picture out at once."""
    threads: int = 1


class VideoEncoder:
    """Encodes pictures of one size. Not for more than one thread at a time."""

    def __init__(self, view: View, fps: int, gop: int, quality: Quality) -> None:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height = view.width, view.height
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1, fps)
        context.framerate = Fraction(fps)
        context.gop_size = gop
        context.max_b_frames = 0
        context.thread_count = quality.threads
        context.flags |= Flags.global_header
        context.options = {
            "preset": quality.preset,
            "profile": "main",
            "crf": str(quality.crf),
            "maxrate": f"{quality.peak_kbit}k",
            "bufsize": f"{quality.peak_kbit}k",
            "forced-idr": "1",
            # No key picture but those asked for: the groups of pictures keep their length.
            "x264-params": "scenecut=0:keyint=infinite:colormatrix=smpte170m:rc-lookahead="
            + ("10" if quality.delay else "0"),
            **({} if quality.delay else {"tune": "zerolatency"}),
        }
        context.open()
        self._context = context
        self._next = 0
        units = split_annexb(context.extradata or b"")
        sets = tuple(unit for unit in units if unit[0] & 0x1F in (_SPS, _PPS))
        self.track = VideoTrack("h264", view.width, view.height, sets, float(fps))

    def encode(self, pixels: Pixels, *, key: bool) -> Iterator[Picture]:
        """Encode a BGR picture; gives what is ready, in order."""
        planes = cv2.cvtColor(pixels, cv2.COLOR_BGR2YUV_I420)
        frame = av.VideoFrame.from_ndarray(planes.astype(np.uint8, copy=False), format="yuv420p")
        frame.pts = self._next
        frame.pict_type = PictureType.I if key else PictureType.NONE
        self._next += 1
        return self._pictures(self._context.encode(frame))

    def flush(self) -> Iterator[Picture]:
        """Give what the encoder still holds; it takes no more pictures afterwards."""
        return self._pictures(self._context.encode(None))

    def _pictures(self, packets: Iterable[av.Packet[VideoStream]]) -> Iterator[Picture]:
        for packet in packets:
            units = [u for u in split_annexb(bytes(packet)) if u[0] & 0x1F in (_SLICE, _IDR)]
            if units:
                yield Picture(units[0][0] & 0x1F == _IDR, prefix_lengths(units))


class AudioEncoder:
    """Encodes blocks of `BLOCK` samples to AAC. Not for more than one thread at a time."""

    def __init__(self, first: int) -> None:
        """``first`` is the index of the first block that will be given."""
        context = av.CodecContext.create("aac", "w")
        context.sample_rate = SAMPLE_RATE
        context.layout = "mono"
        context.format = "fltp"
        context.bit_rate = 32_000
        context.time_base = Fraction(1, SAMPLE_RATE)
        # Without noise substitution every decoder gives the same sound.
        context.options = {"aac_pns": "0"}
        context.open()
        self._context = context
        self._first = first
        self._next = 0
        self.track = AudioTrack("aac", SAMPLE_RATE, 1, context.extradata or b"")

    def encode(self, samples: Samples) -> Iterator[tuple[int, bytes]]:
        """Take the next block; gives (index of the block it sounds at, raw AAC frame).

        A frame sounds right only after the one before it, so leave out the first.
        """
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self._next * BLOCK
        self._next += 1
        for packet in self._context.encode(frame):
            if packet.pts is not None and packet.size:
                yield self._first + packet.pts // BLOCK, bytes(packet)


def split_annexb(data: bytes) -> list[bytes]:
    """Cut an Annex B byte stream into NAL units."""
    return [unit for part in data.split(b"\x00\x00\x01")[1:] if (unit := part.rstrip(b"\x00"))]


def prefix_lengths(units: Iterable[bytes]) -> bytes:
    """Join NAL units, each behind its length in 4 bytes."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
