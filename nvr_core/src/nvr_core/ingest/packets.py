"""Takes packets off an opened container, one by one, until it ends or falls silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from av.container import InputContainer

from nvr_core.ingest.nal import SplitUnit, UnitSplitter
from nvr_core.ingest.tracks import AudioInput, VideoInput
from nvr_sdk.errors import NvrError

VIDEO_SILENCE_S = 8.0
"""Seconds without video, while sound goes on, after which the camera counts as dead."""

_BLOCKED_S = 0.004
"""A read that takes this long waited for the camera: what libav had stored is used up."""


@dataclass(slots=True)
class Raw:
    """What one packet held; times are in the source's own clock."""

    unit: SplitUnit | None
    """The video unit; None for sound."""
    sound: bytes
    dts: int | None
    pts: int | None
    duration: int
    corrupt: bool
    waited: bool
    """True if it had to be waited for, so that it has just been sent."""

    @property
    def key(self) -> bool:
        """True for a video unit at which decoding can begin."""
        return self.unit is not None and self.unit.key

    @property
    def stamp(self) -> int | None:
        """Decoding time, or presentation time where that is all there is."""
        return self.dts if self.dts is not None else self.pts


def read_packets(
    container: InputContainer,
    video: VideoInput,
    audio: AudioInput | None,
    clock: Callable[[], float],
) -> Iterator[Raw]:
    """Give what arrives on the two tracks; blocks up to 8 s a packet.

    ``clock`` is monotonic, in seconds. Raises libav's errors, and `NvrError` ``timeout`` when only
    sound arrives any more.
    """
    streams = [video.stream, *([audio.stream] if audio else [])]
    demuxed = container.demux(*streams)
    asked = last_video = clock()
    for packet in demuxed:
        now = clock()
        waited, asked = now - asked > _BLOCKED_S, now
        if packet.stream is video.stream:
            last_video = now
        elif now - last_video > VIDEO_SILENCE_S:
            raise NvrError("timeout", "The camera sends sound but no video any more.")
        if not packet.size:
            continue
        times = (packet.dts, packet.pts, packet.duration or 0, packet.is_corrupt, waited)
        if packet.stream is video.stream:
            if packet.has_sidedata("new_extradata"):
                new = bytes(packet.get_sidedata("new_extradata"))
                video.splitter = UnitSplitter(video.codec, new)
            yield Raw(video.splitter.split(bytes(packet)), b"", *times)
        elif audio is not None:
            yield Raw(None, audio.raw(bytes(packet)), *times)
        asked = clock()
