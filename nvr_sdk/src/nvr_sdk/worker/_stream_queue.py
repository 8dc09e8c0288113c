"""The encoded frames of one stream, between a source's thread and the event loop."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamInfo
from nvr_sdk.wire import Kind, pack

_SECOND_NS = 1_000_000_000
_SAME_TIME_NS = 100_000_000
"""Engine and worker anchor a stream separately; times closer than this are taken as equal."""


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: Kind
    body: bytes
    starts: bool
    """True where a reader may begin: a key unit of video (any unit of a stream without video)."""
    time_ns: int
    info: StreamInfo | None = None


class StreamQueue:
    """A bounded queue that drops whole GOPs when full, and remembers the GOP being sent.

    Thread-safe. The source's thread calls `begin` and `push`, the loop `take` and `rewind`.
    """

    def __init__(self, limit: int, clock: Callable[[], int]) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: deque[_Entry] = deque()
        self._size = 0
        self._dropping = False
        self._info: StreamInfo | None = None
        self._epoch_ns: int | None = None
        self._taken_info: StreamInfo | None = None
        self._history: list[_Entry] = []
        self._history_size = 0
        self.dropped = 0
        """Units dropped so far because nobody took them in time."""
        self.last_push_ns = clock()
        """When the source last delivered something."""

    def begin(self, info: StreamInfo) -> None:
        """Queue a description; one that has not been taken yet is replaced."""
        with self._lock:
            self._info = info
            self._epoch_ns = info.epoch_ns
            self.last_push_ns = self._clock()
            if self._entries and self._entries[-1].kind is Kind.STREAM_INFO:
                self._size -= len(self._entries.pop().body)
            entry = _Entry(Kind.STREAM_INFO, pack(info), False, self.last_push_ns, info)
            self._append(entry)

    def push(self, unit: AccessUnit) -> bool:
        """Queue a unit; tells False when it is the first of a series that had to be dropped."""
        body = pack(unit)
        with self._lock:
            if self._info is None:
                raise NvrError("no_stream_info", "The source pushed a unit before `begin`.")
            self.last_push_ns = self._clock()
            starts = unit.key and (unit.track == "video" or self._info.video is None)
            if self._dropping and not starts:
                self.dropped += 1
                return True
            if self._size + len(body) > self._limit:
                self.dropped += 1
                first, self._dropping = not self._dropping, True
                return not first
            self._dropping = False
            self._append(_Entry(Kind.ACCESS_UNIT, body, starts, self._time_of(unit)))
            return True

    def take(self) -> tuple[Kind, bytes] | None:
        """Give the oldest frame, or None when there is none."""
        with self._lock:
            if not self._entries:
                return None
            entry = self._entries.popleft()
            self._size -= len(entry.body)
            self._remember(entry)
            return entry.kind, entry.body

    def rewind(self, held_until_ns: int | None) -> None:
        """Make the queue fit for a new reader: the description first, then the GOP being sent.

        The GOP is left out when the reader holds footage beyond its beginning (``held_until_ns``),
        or when it was too long to be remembered; the reader then waits for the next key unit.
        """
        with self._lock:
            if self._taken_info is None:
                return
            again = self._history if self._wants_history(held_until_ns) else []
            self._entries.extendleft(reversed(again))
            self._size += sum(len(entry.body) for entry in again)
            info = self._anchored(self._taken_info)
            entry = _Entry(Kind.STREAM_INFO, pack(info), False, self._clock(), info)
            self._entries.appendleft(entry)
            self._size += len(entry.body)
            self._history, self._history_size = [], 0

    def _append(self, entry: _Entry) -> None:
        self._entries.append(entry)
        self._size += len(entry.body)

    def _remember(self, entry: _Entry) -> None:
        if entry.kind is Kind.STREAM_INFO:
            self._taken_info = entry.info
        if entry.starts or entry.kind is Kind.STREAM_INFO:
            self._history, self._history_size = [], 0
        if not entry.starts and not self._history:
            return
        self._history.append(entry)
        self._history_size += len(entry.body)
        if self._history_size > self._limit // 2:
            self._history, self._history_size = [], 0

    def _wants_history(self, held_until_ns: int | None) -> bool:
        if not self._history or held_until_ns is None:
            return True
        return self._history[0].time_ns >= held_until_ns - _SAME_TIME_NS

    def _time_of(self, unit: AccessUnit) -> int:
        rate = self._clock_rate(unit)
        offset_ns = unit.dts * _SECOND_NS // rate
        if self._epoch_ns is None:
            self._epoch_ns = self._clock() - offset_ns
        return self._epoch_ns + offset_ns

    def _clock_rate(self, unit: AccessUnit) -> int:
        info = self._info
        if info is not None and unit.track == "video" and info.video is not None:
            return info.video.clock_rate
        if info is not None and unit.track == "audio" and info.audio is not None:
            return info.audio.sample_rate
        raise NvrError("no_such_track", f"The source pushed {unit.track} it had not announced.")

    def _anchored(self, info: StreamInfo) -> StreamInfo:
        # A new reader would anchor old units at their late arrival; it gets the time they came at.
        if info is not self._info or info.epoch_ns is not None:
            return info
        return replace(info, epoch_ns=self._epoch_ns)
