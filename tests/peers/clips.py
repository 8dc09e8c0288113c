"""Clips for the test cameras, encoded once by the ffmpeg program and kept in the temp directory.

Every frame differs from all others of its clip, so a recording can be compared with its source by
`frame_hash`, whatever happened to headers, containers and parameter sets on the way.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import av

VideoCodec = Literal["h264", "h265", "mpeg4", "vp8"]
AudioCodec = Literal["aac", "pcm_alaw", "pcm_mulaw", "opus"]

_VIDEO_ARGS = {
    "h264": "-c:v libx264 -preset veryfast -bf {bframes} -sc_threshold 0",
    "h265": "-c:v libx265 -preset ultrafast -x265-params bframes={bframes}:scenecut=0:log-level=0"
    " -tag:v hvc1",
    "mpeg4": "-c:v mpeg4",
    "vp8": "-c:v libvpx -deadline realtime",
}
_AUDIO_ARGS = {
    "aac": "-c:a aac -ar 44100 -ac 2",
    "pcm_alaw": "-c:a pcm_alaw -ar 8000 -ac 1",
    "pcm_mulaw": "-c:a pcm_mulaw -ar 8000 -ac 1",
    "opus": "-c:a libopus -ar 48000 -ac 1",
}


@dataclass(frozen=True)
class Clip:
    """An encoded clip; it loops at the test servers."""

    path: Path
    codec: VideoCodec
    audio: AudioCodec | None
    width: int
    height: int
    fps: int
    seconds: int

    @cached_property
    def frames(self) -> tuple[str, ...]:
        """`frame_hash` of each access unit in decoding order; no two are equal."""
        return tuple(frame_hashes(self.path))


def make_clip(
    codec: VideoCodec = "h264",
    audio: AudioCodec | None = "aac",
    *,
    width: int = 640,
    height: int = 360,
    fps: int = 25,
    seconds: int = 8,
    gop: int = 25,
    bframes: int = 0,
) -> Clip:
    """Give a clip with these properties, encoding it if there is none yet. Takes about 2 s then."""
    exact = codec in ("h264", "h265") and audio in ("aac", None)
    name = f"{codec}-{audio}-{width}x{height}-{fps}-{seconds}-{gop}-{bframes}"
    path = _cache() / (name + (".mp4" if exact else ".mkv"))
    clip = Clip(path, codec, audio, width, height, fps, seconds)
    if path.exists():
        return clip
    picture = f"testsrc2=size={width}x{height}:rate={fps},noise=alls=4:allf=t:all_seed=7"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", picture]
    if audio is not None:
        command += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    command += _VIDEO_ARGS[codec].format(bframes=bframes).split()
    command += ["-pix_fmt", "yuv420p", "-g", str(gop), "-b:v", "600k"]
    command += _AUDIO_ARGS[audio].split() if audio else []
    partial = path.with_name(f"{os.getpid()}-{path.name}")
    subprocess.run([*command, "-t", str(seconds), str(partial)], check=True, timeout=100)
    partial.rename(path)
    return clip


def frame_hashes(path: Path) -> Iterator[str]:
    """Give `frame_hash` of each video packet of a file (MP4, MKV, FLV …) in decoding order."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        prefix = bytes(stream.codec_context.extradata or b"")
        lengths = prefix[:1] == b"\x01"
        for packet in container.demux(stream):
            if packet.size:
                yield frame_hash(bytes(packet), stream.codec_context.name, annexb=not lengths)


def frame_hash(data: bytes, codec: str, *, annexb: bool = False) -> str:
    """Hash the coded picture of an access unit: its slice NAL units without anything else.

    ``data`` holds 4-byte length-prefixed NAL units, or Annex B with ``annexb``. Codecs without
    NAL units are hashed whole.
    """
    digest = hashlib.sha256()
    if codec not in ("h264", "h265", "hevc"):
        digest.update(data)
        return digest.hexdigest()[:16]
    for nal in _split_annexb(data) if annexb else _split_lengths(data):
        kind = nal[0] & 0x1F if codec == "h264" else (nal[0] >> 1) & 0x3F
        if 1 <= kind <= 5 if codec == "h264" else kind < 32:
            digest.update(nal)
    return digest.hexdigest()[:16]


def _split_lengths(data: bytes) -> Iterator[bytes]:
    position = 0
    while position + 4 < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        yield data[position + 4 : position + 4 + size]
        position += 4 + size


def _split_annexb(data: bytes) -> Iterator[bytes]:
    for part in data.split(b"\x00\x00\x01"):
        if nal := part.rstrip(b"\x00"):
            yield nal


def _cache() -> Path:
    directory = Path(tempfile.gettempdir()) / f"nvr-test-clips-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory
