"""The segmenter keeps every sample it is given, in the right place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine.replay import load
from nvr_core.media.mp4_fragment import shift
from nvr_core.media.mp4_init import media_format
from nvr_core.media.timeline import TICKS, Sample, ticks_to_us
from nvr_core.recording.segmenter import Fragment, Limits, Segmenter, SegmentHead
from peers.clips import make_clip

START = 1_700_000_000 * TICKS


@dataclass
class Sink:
    """Collects what is cut."""

    segments: list[tuple[SegmentHead, list[Fragment]]] = field(default_factory=list)
    closed: int = 0
    gaps: list[tuple[int | None, int, str]] = field(default_factory=list)

    def open_segment(self, head: SegmentHead) -> None:
        assert self.closed == len(self.segments)
        self.segments.append((head, []))

    def write_fragment(self, piece: Fragment) -> None:
        self.segments[-1][1].append(piece)

    def close_segment(self) -> None:
        self.closed += 1

    def report_gap(self, start_us: int | None, end_us: int, reason: str) -> None:
        self.gaps.append((start_us, end_us, reason))

    @property
    def bodies(self) -> bytes:
        return b"".join(piece.data for _, pieces in self.segments for piece in pieces)


def media(sound: bool = True):
    info = load(make_clip("h264", "aac")).info
    return media_format(info if sound else replace(info, audio=None))


def picture(number: int, key: bool, step: int = 3600, start: int = START, **more) -> Sample:
    data = b"\x00\x00\x00\x05V" + number.to_bytes(4, "big")
    return Sample(True, start + number * step, 0, key, more.get("corrupt", False), 0, data)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=30),
    st.integers(1, 40),
    st.integers(0, 30),
    st.booleans(),
)
def test_every_sample_is_written_once(groups, step_ms, sound_late, sound) -> None:
    sink = Sink()
    segmenter = Segmenter(sink, "")
    segmenter.begin(media(sound))
    step, number, heard = step_ms * 90, 0, 0
    for length in groups:
        for place in range(length):
            segmenter.video(picture(number, place == 0, step))
            number += 1
            # Sound of 23.2 ms blocks trails the picture by up to 0.7 s.
            while sound and (heard + sound_late) * 1024 * TICKS // 44100 < number * step:
                time = START * 44100 // TICKS + heard * 1024
                body = b"<sound>" + heard.to_bytes(4, "big")
                segmenter.audio(Sample(False, time, 0, True, False, 0, body))
                heard += 1
    segmenter.finish("")
    assert sink.closed == len(sink.segments)
    bodies = sink.bodies
    for each in range(number):
        assert bodies.count(b"\x00\x00\x00\x05V" + each.to_bytes(4, "big")) == 1
    # The last block of sound waits for its duration until the stream ends.
    lost = [
        each for each in range(heard) if bodies.count(b"<sound>" + each.to_bytes(4, "big")) != 1
    ]
    assert all(each >= heard - 1 for each in lost)
    check_times(sink, number * step)
    assert sink.gaps == []


def check_times(sink: Sink, length: int) -> None:
    end = None
    for head, pieces in sink.segments:
        assert head.base_ticks >= 0
        assert pieces[0].key
        assert head.start_us == pieces[0].start_us
        assert head.run is sink.segments[0][0].run
        for piece in pieces:
            assert end is None or piece.start_us == end
            end = piece.end_us
            assert piece.end_us - piece.start_us <= 4_100_000
            assert shift(piece.data, 0, {1: 90_000, 2: 44_100}) == piece.data
        if (head, pieces) != sink.segments[-1]:
            assert (end - head.start_us) >= 9_740_000
    last = sink.segments[-1][1][-1]
    assert abs(last.end_us - ticks_to_us(START + length)) < 100_000


def test_a_resumed_source_repeats_what_is_known() -> None:
    sink = Sink()
    segmenter = Segmenter(sink, "")
    segmenter.begin(media())
    for number in range(40):
        segmenter.video(picture(number, number % 25 == 0))
    assert segmenter.resume_us == ticks_to_us(START + 25 * 3600)
    segmenter.interrupt("source_restart")
    segmenter.begin(media())
    for number in range(25, 80):
        segmenter.video(picture(number, number % 25 == 0))
    segmenter.finish("")
    assert [sink.bodies.count(picture(n, False).data) for n in range(80)] == [1] * 80
    assert sink.gaps == []
    assert len(sink.segments) == 1


def test_another_picture_of_the_same_time_waits_for_a_key_unit() -> None:
    sink = Sink()
    segmenter = Segmenter(sink, "")
    segmenter.begin(media())
    for number in range(40):
        segmenter.video(picture(number, number % 25 == 0))
    segmenter.interrupt("camera_offline")
    segmenter.begin(media())
    for number in range(38, 120):
        segmenter.video(replace(picture(number, number % 25 == 0), data=b"other%d" % number))
    segmenter.finish("")
    assert b"other49" not in sink.bodies
    assert b"other50" in sink.bodies
    assert sink.gaps == []  # ten pictures are less than half a second


def test_a_long_break_is_a_gap_with_its_reason() -> None:
    sink = Sink()
    segmenter = Segmenter(sink, "engine_restart")
    segmenter.settle(START - 100 * TICKS, "camera_offline")
    segmenter.begin(media())
    for number in range(30):
        segmenter.video(picture(number, number % 25 == 0))
    segmenter.interrupt("camera_offline")
    segmenter.settle(START + 40 * TICKS, "camera_offline")
    assert sink.closed == 1
    segmenter.begin(media())
    later = START + 60 * TICKS
    segmenter.video(picture(0, True, start=later))
    segmenter.video(picture(1, False, start=later))
    segmenter.finish("")
    at = ticks_to_us
    assert sink.gaps == [
        (None, at(START - 100 * TICKS), "engine_restart"),
        (at(START - 100 * TICKS), at(START), "camera_offline"),
        (at(START + 30 * 3600), at(later), "camera_offline"),
    ]
    assert sink.segments[0][0].run is not sink.segments[1][0].run


def test_a_slow_or_changing_frame_rate_is_no_gap() -> None:
    sink = Sink()
    segmenter = Segmenter(sink, "", Limits())
    info = load(make_clip("h264", "aac")).info
    segmenter.begin(media_format(replace(info, video=replace(info.video, fps=None))))
    for number in range(20):
        segmenter.video(picture(number, number % 5 == 0, step=TICKS))
    segmenter.finish("")
    assert sink.gaps == []
    assert [sink.bodies.count(picture(n, False).data) for n in range(20)] == [1] * 20


def test_a_clock_set_back_does_not_stop_recording() -> None:
    sink = Sink()
    segmenter = Segmenter(sink, "")
    segmenter.begin(media())
    for number in range(30):
        segmenter.video(picture(number, number % 25 == 0))
    for number in range(30):
        segmenter.video(picture(number, number % 25 == 0, start=START - 3600 * TICKS))
    segmenter.finish("")
    assert len(sink.segments) == 2
    assert sink.gaps == []


def test_corrupt_pictures_are_left_out_up_to_the_next_key() -> None:
    sink = Sink()
    segmenter = Segmenter(sink, "")
    segmenter.begin(media())
    for number in range(75):
        segmenter.video(picture(number, number % 25 == 0, corrupt=number == 30))
    segmenter.finish("")
    kept = [number for number in range(75) if picture(number, False).data in sink.bodies]
    assert kept == [*range(30), *range(50, 75)]
    assert [(end - start, reason) for start, end, reason in sink.gaps] == [(800_000, "source_gap")]
