"""Cuts a stream into runs, segments and fragments. Pure: no clock, no disk, no event loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from nvr_core.media.mp4_audio import frame_ticks
from nvr_core.media.mp4_fragment import FragmentSample, TrackRun, fragment
from nvr_core.media.mp4_init import AUDIO_TRACK, VIDEO_TRACK, MediaFormat
from nvr_core.media.timeline import TICKS, Sample, ticks_to_us
from nvr_core.recording.cadence import Cadence


@dataclass(frozen=True, slots=True)
class Limits:
    """Durations in 90 kHz ticks."""

    segment: int = 10 * TICKS
    """A segment is cut at the first key unit after this."""
    fragment: int = 4 * TICKS
    """A longer group of pictures is written in several fragments, so that a kill loses little."""
    gap: int = TICKS // 2
    """More than this missing, and a new run begins."""
    clock_step: int = 60 * TICKS
    """Further back than this, the clock was set: times are believed although they overlap."""


@dataclass(eq=False, slots=True)
class RunHandle:
    """A run that segments are being added to."""

    start: int
    """Decode time of its first video unit, 90 kHz ticks since the Unix epoch."""
    format: MediaFormat
    row_id: int | None = None
    """Set by the index's thread when the row exists."""

    @property
    def start_us(self) -> int:
        """Its start in µs since the epoch."""
        return ticks_to_us(self.start)


@dataclass(frozen=True, slots=True)
class SegmentHead:
    """A segment that begins."""

    run: RunHandle
    start_us: int
    base_ticks: int


@dataclass(frozen=True, slots=True)
class Fragment:
    """Bytes to be written, and what they cover."""

    data: bytes
    key: bool
    start_us: int
    end_us: int


class SegmentSink(Protocol):
    """Where the segmenter's results go."""

    def open_segment(self, head: SegmentHead) -> None:
        """Begin a file; its first fragment follows at once."""
        ...

    def write_fragment(self, piece: Fragment) -> None:
        """Append to the file."""
        ...

    def close_segment(self) -> None:
        """The file is complete."""
        ...

    def report_gap(self, start_us: int | None, end_us: int, reason: str) -> None:
        """Footage is missing; ``start_us`` None: since the end of what the index knows."""
        ...


@dataclass(slots=True)
class _Open:
    """The segment being made."""

    start: int
    zero: int | None = None
    """Set with the first fragment, when it is known whether sound lies before the picture."""
    sequence: int = 0


@dataclass(slots=True)
class _Collected:
    """Samples of the fragment being made, with their durations."""

    video: list[tuple[Sample, int]] = field(default_factory=list)
    audio: list[tuple[Sample, int]] = field(default_factory=list)


class Segmenter:
    """Takes the samples of one stream and gives segments to its sink.

    ``first_reason`` is why the footage between the last run in the index and the first segment is
    missing; empty if it was not meant to be recorded.
    """

    def __init__(self, sink: SegmentSink, first_reason: str, limits: Limits | None = None) -> None:
        self._sink = sink
        self._limits = limits or Limits()
        self._reason = first_reason
        self._format: MediaFormat | None = None
        self._run: RunHandle | None = None
        self._open: _Open | None = None
        self._collected = _Collected()
        self._cadence = Cadence()
        self._last: Sample | None = None
        self._last_audio: Sample | None = None
        self._pending = False
        self._interrupted = False
        self._end: int | None = None
        self._group_start: int | None = None

    @property
    def end_us(self) -> int | None:
        """End of what was taken so far; None before the first sample."""
        return None if self._end is None else ticks_to_us(self._end)

    @property
    def active(self) -> bool:
        """True while a segment is being made."""
        return self._open is not None

    @property
    def resume_us(self) -> int | None:
        """Where a source that keeps history best goes on: at the open group of pictures."""
        if self._pending and self._group_start is not None:
            return ticks_to_us(self._group_start)
        return self.end_us

    def begin(self, media: MediaFormat) -> None:
        """Take note of the format of what follows: a new session, or a change inside one."""
        if self._format is not None and self._format.init != media.init:
            self.finish(self._reason if self._interrupted else "source_gap")
            self._run = None
        if self._format is None or self._run is None:
            self._cadence = Cadence(media.video.fps)
        self._format = media

    def interrupt(self, reason: str) -> None:
        """The session broke off. What was collected is held: the next may go on without a hole."""
        if not self._interrupted and self._last is not None:
            self._reason = reason
        self._interrupted = True

    def settle(self, now: int, reason: str) -> None:
        """The break has lasted: write out what was held; ``now`` in 90 kHz ticks.

        A stream that has not begun yet has its hole since the last run reported up to now; what
        follows is missing for ``reason``.
        """
        if self._last is not None:
            self.finish(self._reason)
        elif self._end is None and self._reason:
            self._sink.report_gap(None, ticks_to_us(now), self._reason)
            self._end, self._reason = now, reason

    def finish(self, reason: str) -> None:
        """Write out what was collected; the next segment begins at a key unit.

        ``reason`` is why footage is missing until then, if any is.
        """
        if self._pending and self._last is not None:
            self._complete(self._last, self._cadence.usual)
        self._flush()
        self._close()
        self._reason = reason

    def abandon(self, durable_end: int, reason: str) -> None:
        """Forget what was not written: the sink failed. The gap begins at ``durable_end``."""
        self._collected = _Collected()
        self._pending = False
        self._close()
        self._run = None
        self._end = durable_end
        self._reason = reason

    def video(self, sample: Sample) -> None:
        """Take a picture."""
        if self._interrupted and not self._goes_on(sample):
            return
        if not self._pending or self._last is None:
            self._start(sample)
            return
        step = sample.time - self._last.time
        if -self._limits.clock_step < step <= 0:
            return
        if sample.corrupt or not 0 < step <= self._cadence.longest + self._limits.gap:
            self.finish("source_gap")
            # The frame rate may have changed for good: it is learnt anew.
            self._cadence = Cadence()
            self._start(sample)
            return
        self._cadence.add(step)
        self._complete(self._last, step)
        if sample.key:
            self._cut(sample.time)
        elif sample.time - self._collected.video[0][0].time >= self._limits.fragment:
            self._flush()
        self._hold(sample)

    def audio(self, sample: Sample) -> None:
        """Take a block of sound."""
        if not self._pending or self._format is None or self._format.audio is None:
            return
        last = self._last_audio
        if last is None:
            assert self._run is not None
            if sample.time < self._run.start * self._format.audio_rate // TICKS:
                return
        elif sample.time <= last.time:
            return
        else:
            self._collected.audio.append((last, sample.time - last.time))
        self._last_audio = sample

    def _goes_on(self, sample: Sample) -> bool:
        """Tell whether the samples after a break follow; the one that is known already does not."""
        last = self._last
        if last is None or not self._pending:
            self._interrupted = False
            return True
        step = sample.time - last.time
        if abs(step) <= self._cadence.usual // 2 and sample.data == last.data:
            # The source repeats what it sent: the next unit follows on ours.
            self._interrupted = False
            return False
        if not sample.key or -self._limits.clock_step < step <= 0:
            return False
        self._interrupted = False
        if not 0 < step <= self._cadence.longest + self._limits.gap:
            self.finish(self._reason)
        return True

    def _start(self, sample: Sample) -> None:
        if self._format is None or not sample.key or sample.corrupt:
            return
        hole = None if self._end is None else sample.time - self._end
        if hole is not None and -self._limits.clock_step < hole < -self._cadence.usual:
            return
        if self._run is None or hole is None or abs(hole) > self._limits.gap:
            self._report_hole(sample.time, hole)
            self._run = RunHandle(sample.time, self._format)
            self._last_audio = None
        self._open = _Open(sample.time)
        self._hold(sample)

    def _report_hole(self, start: int, hole: int | None) -> None:
        if not self._reason:
            return
        if hole is None:
            self._sink.report_gap(None, ticks_to_us(start), self._reason)
        elif hole > self._limits.gap and self._end is not None:
            self._sink.report_gap(ticks_to_us(self._end), ticks_to_us(start), self._reason)

    def _hold(self, sample: Sample) -> None:
        self._last, self._pending = sample, True
        if sample.key:
            self._group_start = sample.time
        self._end = sample.time + self._cadence.usual

    def _complete(self, sample: Sample, duration: int) -> None:
        self._collected.video.append((sample, duration))
        self._end = sample.time + duration
        self._pending = False

    def _cut(self, time: int) -> None:
        self._flush()
        assert self._open is not None
        # A quarter of a second early is not worth another group of pictures.
        if time - self._open.start >= self._limits.segment - TICKS // 4:
            self._close()
            self._open = _Open(time)

    def _close(self) -> None:
        if self._open is not None and self._open.zero is not None:
            self._sink.close_segment()
        self._open = None

    def _flush(self) -> None:
        segment, collected = self._open, self._collected
        self._collected = _Collected()
        if segment is None or not collected.video:
            return
        first, (last, duration) = collected.video[0][0], collected.video[-1]
        if segment.zero is None:
            segment.zero = self._open_file(segment, collected)
        segment.sequence += 1
        data = fragment(segment.sequence, self._runs(segment.zero, collected))
        piece = Fragment(
            data, first.key, ticks_to_us(first.time), ticks_to_us(last.time + duration)
        )
        self._sink.write_fragment(piece)

    def _open_file(self, segment: _Open, collected: _Collected) -> int:
        assert self._run is not None and self._format is not None
        zero, rate = segment.start, self._format.audio_rate
        # Sound of before the cut may arrive after it: it needs a place at or after zero.
        heard = [sample for sample, _ in collected.audio[:2]] + [self._last_audio]
        for sound in heard:
            if sound is not None and rate:
                time = max(self._run.start, sound.time * TICKS // rate)
                zero = min(zero, time) if time > segment.start - TICKS else zero
        base = zero - self._run.start
        self._sink.open_segment(SegmentHead(self._run, ticks_to_us(segment.start), base))
        return zero

    def _runs(self, zero: int, collected: _Collected) -> list[TrackRun]:
        pictures = [
            FragmentSample(sample.data, duration, sample.key, sample.offset)
            for sample, duration in collected.video
        ]
        runs = [TrackRun(VIDEO_TRACK, collected.video[0][0].time - zero, pictures)]
        assert self._format is not None
        if self._format.audio is None:
            return runs
        audio_zero = zero * self._format.audio_rate // TICKS
        longest = 4 * frame_ticks(self._format.audio)
        sounds = [pair for pair in collected.audio if pair[0].time >= audio_zero]
        for start, group in _split_at_pauses(sounds, longest, frame_ticks(self._format.audio)):
            runs.append(TrackRun(AUDIO_TRACK, start - audio_zero, group))
        return runs


def _split_at_pauses(
    sounds: list[tuple[Sample, int]], longest: int, usual: int
) -> list[tuple[int, list[FragmentSample]]]:
    """Group sound into stretches; after a pause the next gets a decode time of its own."""
    stretches: list[tuple[int, list[FragmentSample]]] = []
    fresh = True
    for sample, duration in sounds:
        pause = duration > longest
        if fresh:
            stretches.append((sample.time, []))
        length = usual if pause else duration
        stretches[-1][1].append(FragmentSample(sample.data, length, True, 0))
        fresh = pause
    return stretches
