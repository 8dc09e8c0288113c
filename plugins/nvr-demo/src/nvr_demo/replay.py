"""Loop mode: repeats a turn for ever, stamping each picture."""

from __future__ import annotations

from concurrent.futures import Future

from nvr_demo import sound
from nvr_demo.encoders import prefix_lengths
from nvr_demo.formats import stream_format
from nvr_demo.loop import Loop
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

RESUME_REACH_S = 60.0
"""How far back a session goes on from where the engine's footage ends."""
_BREATH_S = 0.01


def replay(
    loop: Loop,
    request: StreamRequest,
    writer: StreamWriter,
    pace: Pace,
    awaited: Future[Loop] | None = None,
) -> None:
    """Deliver the loop until the writer closes or the wall clock is set.

    With ``awaited``, that loop takes over at the first key picture after it is there; it is coded
    in the same way. Raises what kept it from being made.

    Frames that are overdue at the start (the present group of pictures, or all since a break) are
    sent at once, then each at its time together with the sound that begins in it.
    """
    shape = stream_format("loop", request.stream)
    fps, pictures = shape.fps, loop.video(request.stream).pictures
    frame = choose_start(request, pace.now_ns(), fps, shape.gop, RESUME_REACH_S).frame
    writer.begin(stream_info(loop.video(request.stream).track, loop.audio))
    while not writer.closed.is_set():
        due = frame_time_ns(frame, fps)
        early_s = (due - pace.now_ns()) / SECOND_NS
        if early_s > 0:
            if writer.closed.wait(early_s):
                return
        elif frame % shape.gop == 0 and writer.closed.wait(_BREATH_S):
            # Overdue: the reader gets a moment now and then, so that nothing has to be dropped.
            return
        if awaited is not None and frame % shape.gop == 0 and awaited.done():
            loop, awaited = awaited.result(), None
            pictures = loop.video(request.stream).pictures
        picture = pictures[frame % len(pictures)]
        stamp = prefix_lengths((stamp_nal(Stamp(frame, due)),))
        writer.push(video_unit(frame, fps, picture.key, stamp + picture.data))
        for index in blocks_of_frame(frame, fps):
            writer.push(audio_unit(index, loop.sounds[index % sound.BLOCKS_PER_CYCLE]))
        frame += 1
        if frame % shape.gop == 0 and pace.clock_was_set():
            return
