"""When which frame is due, and where a session begins. All counts start at the Unix epoch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from nvr_demo.sound import BLOCK, SAMPLE_RATE
from nvr_sdk import AccessUnit, AudioTrack, StreamInfo, StreamRequest, VideoTrack

SECOND_NS = 1_000_000_000
CLOCK_RATE = 90_000
_STEP_NS = 2 * SECOND_NS

Clock = Callable[[], int]


class Pace:
    """The wall clock at the session's start, driven on by a clock that is never set."""

    def __init__(self, wall: Clock = time.time_ns, steady: Clock = time.monotonic_ns) -> None:
        self._wall, self._steady = wall, steady
        self._offset = wall() - steady()

    def now_ns(self) -> int:
        """Give the time in nanoseconds since the Unix epoch; never goes back."""
        return self._steady() + self._offset

    def clock_was_set(self) -> bool:
        """Tell whether the wall clock has left this one, by being set or through a suspend."""
        return abs(self._wall() - self.now_ns()) > _STEP_NS


@dataclass(frozen=True, slots=True)
class Start:
    """Where a session begins."""

    frame: int
    resumed: bool
    """True when it goes on after what the engine holds."""


def frame_at(time_ns: int, fps: int) -> int:
    """Give the number of the frame that is shown at a time."""
    return time_ns * fps // SECOND_NS


def frame_time_ns(frame: int, fps: int) -> int:
    """Give a frame's time, rounded to whole nanoseconds."""
    return frame * SECOND_NS // fps


def choose_start(request: StreamRequest, now_ns: int, fps: int, gop: int, reach_s: float) -> Start:
    """Begin with the group of pictures that the engine broke off in, else with the present one.

    Both begin with a key picture. After a break, what the engine holds of the group already is sent
    again, and it drops that.
    """
    held = request.resume_after_ns
    if held is not None and 0 <= now_ns - held <= reach_s * SECOND_NS:
        # The time is that of a picture, give or take the engine's rounding.
        frame = frame_at(held + SECOND_NS // (2 * fps), fps)
        return Start(frame - frame % gop, True)
    frame = frame_at(now_ns, fps)
    return Start(frame - frame % gop, False)


def stream_info(video: VideoTrack, audio: AudioTrack) -> StreamInfo:
    """Describe a stream whose tick 0 is the Unix epoch."""
    return StreamInfo(video, audio, epoch_ns=0)


def video_unit(frame: int, fps: int, key: bool, data: bytes) -> AccessUnit:
    """Wrap a coded picture."""
    dts = frame * CLOCK_RATE // fps
    duration = (frame + 1) * CLOCK_RATE // fps - dts
    return AccessUnit("video", dts, dts, key, data, duration)


def audio_unit(index: int, data: bytes) -> AccessUnit:
    """Wrap a coded block of sound."""
    dts = index * BLOCK
    return AccessUnit("audio", dts, dts, True, data, BLOCK)


def blocks_of_frame(frame: int, fps: int) -> range:
    """Give the blocks of sound that begin while a frame is shown."""
    first = -(-frame * SAMPLE_RATE // (fps * BLOCK))
    last = -(-(frame + 1) * SAMPLE_RATE // (fps * BLOCK))
    return range(first, last)
