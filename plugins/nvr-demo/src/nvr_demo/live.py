"""Live mode: draws and encodes the street as time passes."""

from __future__ import annotations

from datetime import UTC, datetime

from nvr_demo import sound
from nvr_demo.config import DemoCamera
from nvr_demo.encoders import AudioEncoder, VideoEncoder, prefix_lengths
from nvr_demo.formats import stream_format
from nvr_demo.scene import overlay
from nvr_demo.scene.street import Street
from nvr_demo.sei import Stamp, stamp_nal
from nvr_demo.timeline import (
    SECOND_NS,
    Pace,
    audio_unit,
    blocks_of_frame,
    choose_start,
    frame_time_ns,
    stream_info,
    video_unit,
)
from nvr_sdk import StreamRequest, StreamWriter

RESUME_REACH_S = 20.0
"""How far back a session goes on from where the engine's footage ends; all of it is drawn anew."""


def run_live(camera: DemoCamera, request: StreamRequest, writer: StreamWriter, pace: Pace) -> None:
    """Deliver the street until the writer closes or the wall clock is set.

    After a break the frames since then are drawn and sent as fast as possible. They are coded anew
    and so differ from those that the engine holds; as each of the first second is a key picture,
    the engine can go on with whichever comes next.
    """
    shape = stream_format("live", request.stream)
    fps = shape.fps
    start = choose_start(request, pace.now_ns(), fps, shape.gop, RESUME_REACH_S)
    frame = start.frame
    street = Street(camera.seed, camera.weather, shape.view, looped=False)
    video = VideoEncoder(shape.view, fps, shape.gop, shape.quality)
    first_block = blocks_of_frame(frame, fps).start
    # The encoder needs the block before, to overlap with, and gives a block after it got the next.
    audio = AudioEncoder(first_block - 1)
    fed = heard = first_block - 1
    writer.begin(stream_info(video.track, audio.track))
    all_key_before = start.frame + 2 * shape.gop if start.resumed else start.frame
    while not writer.closed.is_set():
        due = frame_time_ns(frame, fps)
        early_s = (due - pace.now_ns()) / SECOND_NS
        if early_s > 0 and writer.closed.wait(early_s):
            return
        pixels = street.picture(frame / fps)
        overlay.draw_text(pixels, _wall_clock(camera.seed, due))
        overlay.draw_counter(pixels, frame)
        stamp = prefix_lengths((stamp_nal(Stamp(frame, due)),))
        key = frame % shape.gop == 0 or frame < all_key_before
        for picture in video.encode(pixels, key=key):
            writer.push(video_unit(frame, fps, picture.key, stamp + picture.data))
        while heard < blocks_of_frame(frame, fps).stop:
            for index, data in audio.encode(sound.block(camera.seed, fed)):
                if index >= first_block:
                    writer.push(audio_unit(index, data))
                heard = index + 1
            fed += 1
        frame += 1
        if frame % shape.gop == 0 and pace.clock_was_set():
            return


def _wall_clock(seed: int, time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // SECOND_NS, UTC)
    tenth = time_ns % SECOND_NS // (SECOND_NS // 10)
    return f"Demo street {seed}   {moment:%Y-%m-%d %H:%M:%S}.{tenth} UTC"
