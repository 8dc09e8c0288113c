"""The engine's segmenter goes on without a hole when the demo's worker was killed."""

from __future__ import annotations

import pytest

from demo.conftest import KEY, Collector, pictures
from demo.test_streams import NOW_NS, request, standing
from nvr_core.media.mp4_init import media_format
from nvr_core.media.timeline import Timeline
from nvr_core.recording.segmenter import Fragment, Segmenter, SegmentHead
from nvr_demo.config import DemoCamera
from nvr_demo.live import run_live
from nvr_demo.loop import Loop
from nvr_demo.replay import replay
from nvr_demo.sei import STAMP_UUID, parse_sei
from nvr_demo.timeline import SECOND_NS


class Sink:
    """Keeps what the segmenter makes."""

    def __init__(self) -> None:
        self.runs: list[object] = []
        self.gaps: list[tuple[int | None, int, str]] = []
        self.data = b""

    def open_segment(self, head: SegmentHead) -> None:
        if head.run not in self.runs:
            self.runs.append(head.run)

    def write_fragment(self, piece: Fragment) -> None:
        self.data += piece.data

    def close_segment(self) -> None:
        pass

    def report_gap(self, start_us: int | None, end_us: int, reason: str) -> None:
        self.gaps.append((start_us, end_us, reason))

    def frames(self) -> list[int]:
        parts = self.data.split(STAMP_UUID.bytes)[1:]
        return [parse_sei(b"\x06\x05\x39" + STAMP_UUID.bytes + part).frame for part in parts]


def feed(segmenter: Segmenter, writer: Collector) -> None:
    info = writer.infos[0]
    segmenter.begin(media_format(info))
    timeline = Timeline(info.epoch_ns, info.video.clock_rate, info.audio.sample_rate)
    for unit in writer.units:
        sample = timeline.place(unit)
        (segmenter.video if sample.video else segmenter.audio)(sample)


@pytest.mark.parametrize("mode", ["loop", "live"])
@pytest.mark.parametrize("cut", [1, 7, 15, 22, 31])
def test_a_killed_worker_leaves_no_hole(loop: Loop, mode: str, cut: int) -> None:
    sink = Sink()
    segmenter = Segmenter(sink, "")

    def deliver(count: int, held_ns: int | None, now_ns: int) -> None:
        writer = pictures(count)
        if mode == "loop":
            replay(loop, request(resume_after_ns=held_ns), writer, standing(now_ns))
        else:
            camera = DemoCamera(seed=KEY.seed)
            run_live(camera, request(resume_after_ns=held_ns), writer, standing(now_ns))
        feed(segmenter, writer)

    deliver(cut, NOW_NS - 4 * SECOND_NS, NOW_NS)
    segmenter.interrupt("source_restart")
    held = segmenter.resume_us
    assert held is not None
    deliver(45, held * 1000, NOW_NS + 2 * SECOND_NS)
    segmenter.finish("end")
    frames = sink.frames()
    assert frames == list(range(frames[0], frames[0] + len(frames)))
    assert len(frames) >= 45 and len(sink.runs) == 1 and sink.gaps == []
