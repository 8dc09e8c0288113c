"""Live view: one fragment per picture, built once for all viewers of a stream."""

from __future__ import annotations

from itertools import pairwise

from nvr_core.media.mp4_audio import frame_ticks
from nvr_core.media.mp4_fragment import FragmentSample, TrackRun, fragment
from nvr_core.media.mp4_init import AUDIO_TRACK, VIDEO_TRACK, MediaFormat
from nvr_core.media.timeline import TICKS, Sample, ticks_to_us
from nvr_core.processes import LIVE_HELLO, KeyPicture, LiveHello
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit
from nvr_sdk.wire import Channel, Kind

_MOST_UNSENT = 2 << 20
_MOST_HELD = 16 << 20
_KEY = b"\x01"
_NOT_KEY = b"\x00"


class LiveFeed:
    """Consumer of one stream. Holds the group of pictures so far; builds only for viewers."""

    def __init__(self) -> None:
        self._media: MediaFormat | None = None
        self._zero: int | None = None
        self._intact = False
        """True while every picture since the last key unit has come."""
        self._group: list[Sample] = []
        """What a new viewer is given; empty when it has grown too long."""
        self._group_bytes = 0
        self._sound: list[Sample] = []
        self._step = TICKS // 25
        self._last: Sample | None = None
        self._key: tuple[MediaFormat, Sample] | None = None
        self._sequence = 0
        self._viewers: dict[Channel, bool] = {}
        """Viewer -> True while it follows; False while it waits for the next key unit."""

    def subscribe(self, channel: Channel) -> None:
        """Send the stream to a viewer: hello, the group of pictures so far, then each picture."""
        self._viewers[channel] = False
        self._greet(channel)
        if self._group:
            channel.send(Kind.FRAGMENT, _KEY + self._build(self._group))
            self._viewers[channel] = True

    def unsubscribe(self, channel: Channel) -> None:
        """Forget a viewer."""
        self._viewers.pop(channel, None)

    def disconnect(self) -> None:
        """Let all viewers go: the stream is no more."""
        for channel in list(self._viewers):
            channel.close()
        self._viewers.clear()

    def key_picture(self) -> KeyPicture:
        """Give the newest key unit as an MP4; raises `NvrError` ``no_picture``."""
        if self._key is None:
            raise NvrError("no_picture", "No picture has come from this camera yet.")
        media, sample = self._key
        picture = FragmentSample(sample.data, self._step, True)
        data = fragment(1, [TrackRun(VIDEO_TRACK, 0, [picture])])
        return KeyPicture(media.init + data, ticks_to_us(sample.time))

    def begin(self, media: MediaFormat) -> None:
        """A session begins: its viewers start anew with it."""
        self._media, self._zero, self._last = media, None, None
        self._drop_group()
        for channel in self._viewers:
            self._viewers[channel] = False

    def interrupted(self, reason: str) -> None:
        """The session broke off; viewers keep what they have."""
        self._drop_group()

    def take(self, sample: Sample, unit: AccessUnit, body: bytes | None) -> None:
        """Take a sample: a picture is sent at once, with the sound that came before it."""
        if not sample.video:
            if self._intact:
                self._sound.append(sample)
            return
        if sample.key and not sample.corrupt:
            self._begin_group(sample)
        elif sample.corrupt or not self._intact:
            self._drop_group()
            return
        if self._last is not None and 0 < sample.time - self._last.time < TICKS:
            self._step = sample.time - self._last.time
        self._last = sample
        fresh = [*self._sound, sample] if not sample.key else [sample, *self._sound]
        self._sound = []
        self._hold(fresh, sample.key)
        if self._viewers:
            self._send(sample.key, fresh)

    def _begin_group(self, sample: Sample) -> None:
        first = self._zero is None
        if self._zero is None:
            self._zero = sample.time
            self._sound = []
        self._key = (self._media, sample) if self._media is not None else None
        self._intact = True
        if first:
            for channel in self._viewers:
                self._greet(channel)

    def _hold(self, fresh: list[Sample], key: bool) -> None:
        if key:
            self._group, self._group_bytes = [], 0
        elif not self._group:
            return
        self._group += fresh
        self._group_bytes += sum(len(sample.data) for sample in fresh)
        if self._group_bytes > _MOST_HELD:
            # Who joins now waits for the next key unit; who follows, follows on.
            self._group = []

    def _send(self, key: bool, fresh: list[Sample]) -> None:
        message = (_KEY if key else _NOT_KEY) + self._build(fresh)
        for channel, follows in self._viewers.items():
            if channel.buffered > _MOST_UNSENT:
                self._viewers[channel] = False
            elif follows or key:
                self._viewers[channel] = True
                channel.send(Kind.FRAGMENT, message)

    def _greet(self, channel: Channel) -> None:
        media, zero = self._media, self._zero
        if media is not None and zero is not None:
            t0_us = ticks_to_us(zero)
            hello = LiveHello(media.mime, media.init, media.width, media.height, t0_us)
            channel.note(LIVE_HELLO, hello)

    def _build(self, samples: list[Sample]) -> bytes:
        self._sequence += 1
        runs = [self._run(VIDEO_TRACK, [each for each in samples if each.video], self._step, TICKS)]
        media = self._media
        if media is not None and media.audio is not None:
            rate, usual = media.audio_rate, frame_ticks(media.audio)
            zero = self._audio_zero(rate)
            sound = [each for each in samples if not each.video and each.time >= zero]
            if sound:
                runs.append(self._run(AUDIO_TRACK, sound, usual, rate))
        return fragment(self._sequence, runs)

    def _audio_zero(self, rate: int) -> int:
        return (self._zero or 0) * rate // TICKS

    def _run(self, track: int, samples: list[Sample], usual: int, rate: int) -> TrackRun:
        durations = [following.time - sample.time for sample, following in pairwise(samples)]
        durations.append(samples[-1].duration or usual)
        written = [
            FragmentSample(sample.data, max(0, duration), sample.key, sample.offset)
            for sample, duration in zip(samples, durations, strict=True)
        ]
        return TrackRun(track, samples[0].time - self._audio_zero(rate), written)

    def _drop_group(self) -> None:
        self._intact = False
        self._group, self._group_bytes, self._sound = [], 0, []
