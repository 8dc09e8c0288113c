"""Time: 32-bit RTP timestamps become 64-bit ticks, and both tracks get one common zero."""

from __future__ import annotations

from nvr_core.rtsp.failures import needs_av_lane
from nvr_core.rtsp.rtcp import SenderReport

_WRAP = 1 << 32
_HALF = 1 << 31
_JUMP_S = 10.0
_REORDER_S = 2.0
_REORDER_UNITS = 100
_CONSTANT_UNITS = 3
_PLAUSIBLE_SKEW_S = 10.0
_SKEW_TO_CORRECT_S = 0.040


class TrackClock:
    """Extends one track's timestamps over wraps, and over jumps by the time that went by.

    ``step`` more than 10 s off what the arrival says is a jump: the new timestamp then stands for
    the moment of its arrival. A small step back is one too, as over TCP only B-frames cause it
    otherwise; see `steps_back`.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.ticks = 0
        """Extended time of the latest timestamp; 0 at the first."""
        self.steps_back = 0
        """Steps back of less than 2 s so far."""
        self.jumps = 0
        self._latest: int | None = None
        self._arrival = 0.0
        self._same = 0

    @property
    def running(self) -> bool:
        """True once a timestamp was seen."""
        return self._latest is not None

    def advance(self, timestamp: int, arrival_s: float) -> int:
        """Take the next unit's timestamp and give its extended time."""
        latest = self._latest
        elapsed, self._arrival = arrival_s - self._arrival, arrival_s
        self._latest = timestamp
        if latest is None:
            return self.ticks
        step = ((timestamp - latest + _HALF) % _WRAP) - _HALF
        if step == 0:
            self._same += 1
            if self._same < _CONSTANT_UNITS:
                return self.ticks
        else:
            self._same = 0
            if 0 < step <= (max(0.0, elapsed) + _JUMP_S) * self.rate:
                self.ticks += step
                return self.ticks
            self.jumps += 1
            if -_REORDER_S * self.rate < step < 0:
                self.steps_back += 1
        self.ticks += max(1, round(elapsed * self.rate))
        return self.ticks

    def extended(self, timestamp: int) -> int:
        """Give the extended time of a timestamp near the latest one, without taking it."""
        assert self._latest is not None
        return self.ticks + ((timestamp - self._latest + _HALF) % _WRAP) - _HALF


class _Track:
    def __init__(self, rate: int) -> None:
        self.clock = TrackClock(rate)
        self.zero = 0
        self.last = -1
        self.report: SenderReport | None = None
        self.start: int | None = None

    def advance(self, timestamp: int, arrival_s: float) -> int:
        jumps = self.clock.jumps
        ticks = self.clock.advance(timestamp, arrival_s)
        if self.clock.jumps != jumps:
            self.report = self.start = None  # they speak of the time before the jump
        return ticks


class Timeline:
    """Gives the units of a session their decoding times.

    Zero is the first video unit. Sound is tied to it by the sender reports of both tracks, before
    these by the timestamps that the answer to PLAY names, before these by arrival. A correction of
    more than 40 ms moves the sound; its units that would go back in time are left out.
    """

    def __init__(self, video_rate: int, audio_rate: int | None) -> None:
        self._video = _Track(video_rate)
        self._audio = _Track(audio_rate) if audio_rate else None
        self._tracks = {"video": self._video, "audio": self._audio}
        self._begun_s: float | None = None
        self._units = 0
        self._stepped_back_at: int | None = None
        self._tied_by = ""

    def video(self, timestamp: int, arrival_s: float) -> int:
        """Give the time of a video unit; raises ``needs_av_lane`` once B-frames are evident."""
        track = self._video
        steps = track.clock.steps_back
        ticks = track.advance(timestamp, arrival_s)
        self._units += 1
        if track.clock.steps_back != steps:
            self._check_order()
        if self._begun_s is None:
            self._begun_s, track.zero = arrival_s, ticks
        track.last = max(ticks - track.zero, track.last + 1)
        return track.last

    def audio(self, timestamp: int, arrival_s: float) -> int | None:
        """Give the time of an audio unit; None for one that lies before zero or goes back.

        The first video unit comes first.
        """
        track = self._audio
        assert track is not None
        assert self._begun_s is not None
        ticks = track.advance(timestamp, arrival_s)
        if not self._tied_by:
            track.zero = ticks - round((arrival_s - self._begun_s) * track.clock.rate)
            self._tied_by = "arrival"
            self._tie()
        time = ticks - track.zero
        if time <= track.last:
            return None
        track.last = time
        return time

    def starts(self, kind: str, timestamp: int) -> None:
        """Take the timestamp that PLAY's answer names as the common start."""
        track = self._tracks[kind]
        if track is not None:
            track.start = timestamp
            self._tie()

    def report(self, kind: str, report: SenderReport) -> None:
        """Take a sender report."""
        track = self._tracks[kind]
        if track is not None:
            track.report = report
            self._tie()

    def _check_order(self) -> None:
        """Tell B-frames, which step back again and again, from a clock that was set back once."""
        previous, self._stepped_back_at = self._stepped_back_at, self._units
        if previous is not None and self._units - previous <= _REORDER_UNITS:
            raise needs_av_lane("its pictures are sent in another order than shown (B-frames)")

    def _tie(self) -> None:
        """Move the zero of the sound to where the best reference known puts it."""
        audio = self._audio
        if audio is None or not self._tied_by:
            return
        wanted, reference = self._by_reports(), "reports"
        if wanted is None and self._tied_by != "reports":
            wanted, reference = self._by_starts(), "starts"
        if wanted is None:
            return
        skew_s = abs(wanted - audio.zero) / audio.clock.rate
        if skew_s <= _PLAUSIBLE_SKEW_S and (
            reference != self._tied_by or skew_s > _SKEW_TO_CORRECT_S
        ):
            audio.zero, self._tied_by = wanted, reference

    def _by_reports(self) -> int | None:
        video, audio = self._video, self._audio
        if audio is None or video.report is None or audio.report is None:
            return None
        video_s = (video.zero - video.clock.extended(video.report.timestamp)) / video.clock.rate
        zero_s = video.report.ntp_s + video_s - audio.report.ntp_s
        if abs(zero_s) > 86_400:
            return None
        return audio.clock.extended(audio.report.timestamp) + round(zero_s * audio.clock.rate)

    def _by_starts(self) -> int | None:
        video, audio = self._video, self._audio
        if audio is None or video.start is None or audio.start is None:
            return None
        video_s = (video.zero - video.clock.extended(video.start)) / video.clock.rate
        return audio.clock.extended(audio.start) + round(video_s * audio.clock.rate)
