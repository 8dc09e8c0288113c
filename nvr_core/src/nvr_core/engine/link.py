"""One session of a stream: what a worker or the fast lane delivers, put on the timeline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec

from nvr_core.engine.anchoring import Anchoring
from nvr_core.engine.hub import Hub
from nvr_core.engine.meter import Meter
from nvr_core.media.mp4_init import MediaFormat, media_format
from nvr_core.media.timeline import Timeline
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamInfo
from nvr_sdk.rpc import STREAM_ENDED, StreamEnded
from nvr_sdk.wire import Channel, Kind, ProtocolError, QuietHandler, unpack

_decode_unit = msgspec.msgpack.Decoder(AccessUnit).decode


class StreamLink(QuietHandler):
    """Takes what arrives and gives it to the hub. Lives on the event loop.

    A handler of a worker's connection, and the sink of the fast lane's reader.
    """

    def __init__(
        self, hub: Hub, anchoring: Anchoring, meter: Meter, clock_ns: Callable[[], int]
    ) -> None:
        self._hub = hub
        self._anchoring = anchoring
        self._meter = meter
        self._clock_ns = clock_ns
        self._info: StreamInfo | None = None
        self._media: MediaFormat | None = None
        self._timeline: Timeline | None = None
        self._same_ticks = False
        self.ended = asyncio.Event()
        """Set when nothing more will come."""
        self.failure: NvrError | None = None
        """Why, if that is known."""
        self.dropped_units = 0
        self.last_unit_ns: int | None = None
        """Wall-clock arrival of the last unit."""
        self.last_video: float | None = None
        """Monotonic arrival of the last picture."""

    @property
    def info(self) -> StreamInfo | None:
        """What the stream consists of, once it is known."""
        return self._info

    @property
    def media(self) -> MediaFormat | None:
        """How it is written as MP4, once it is known."""
        return self._media

    def resumed(self) -> None:
        """The session is the one of before: its ticks keep their meaning."""
        self._same_ticks = True

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        """Take a frame of the stream."""
        try:
            if kind == Kind.ACCESS_UNIT:
                self.push(_decode_unit(body), body)
            elif kind == Kind.STREAM_INFO:
                self.begin(unpack(body, StreamInfo))
        except NvrError as error:
            self.fail(error)
            channel.close()

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        """Learn why the session is about to end."""
        if method == STREAM_ENDED:
            told = unpack(params, StreamEnded)
            self.dropped_units = told.dropped_units
            self.fail(NvrError(told.code, told.message))

    def on_closed(self, channel: Channel) -> None:
        """The worker is gone, or has closed the stream."""
        self.ended.set()

    def fail(self, error: NvrError) -> None:
        """Note the first reason; the session is over."""
        self.failure = self.failure or error
        self.ended.set()

    def begin(self, info: StreamInfo) -> None:
        """Take note of what follows; raises `NvrError` for what cannot be written as MP4."""
        self._media = media_format(info)
        # A change inside a session goes on with the session's ticks.
        self._same_ticks = self._same_ticks or self._timeline is not None
        self._info, self._timeline = info, None

    def push(self, unit: AccessUnit, body: bytes | None = None) -> None:
        """Take one unit; ``body`` is the frame that it came in, if it came in one."""
        if self._media is None or self._info is None:
            raise ProtocolError("a unit came before the stream's description")
        now_ns = self._clock_ns()
        if self._timeline is None:
            self._timeline = self._anchoring.session(
                self._info, self._media, unit, now_ns, self._same_ticks
            )
            self._hub.begin(self._media)
        sample = self._timeline.place(unit)
        self._meter.bytes += len(unit.data)
        self.last_unit_ns = now_ns
        if sample.video:
            self._meter.frames += 1
            self.last_video = time.monotonic()
            self._anchoring.arrived(sample.time, sample.key, now_ns)
        elif self._media.audio is None:
            return
        self._hub.take(sample, unit, body)
