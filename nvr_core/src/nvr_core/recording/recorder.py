"""Records one stream: what the segmenter cuts goes to the storage's thread and to the index."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from nvr_core.media.mp4_init import MediaFormat
from nvr_core.media.timeline import Sample, us_to_ticks
from nvr_core.processes import GapNotice, SegmentNotice, StorageStatus
from nvr_core.recording.index_thread import IndexThread
from nvr_core.recording.segment_file import SegmentFile, WrittenSegment
from nvr_core.recording.segmenter import Fragment, Limits, Segmenter, SegmentHead
from nvr_core.recording.storage import StorageLocation, StorageMissing
from nvr_sdk.messages import AccessUnit, StreamName

HOLD_S = 30.0
"""How long an interrupted segment is held for a source that may go on without a hole."""
_MOST_UNWRITTEN = 32 << 20
_FEW_UNWRITTEN = 8 << 20
_PAUSE_S = 2.0
_STATE_REASONS = {"full": "disk_full", "missing": "storage_missing", "error": "write_error"}

_T = TypeVar("_T")
_log = logging.getLogger("nvr.recorder")


class RecorderNotices(Protocol):
    """Who is told what was recorded. Called on the event loop."""

    def segment_written(self, notice: SegmentNotice) -> None:
        """A segment is durable and indexed."""
        ...

    def gap_found(self, notice: GapNotice) -> None:
        """Footage is missing."""
        ...

    def storage_failed(self, storage_id: int) -> None:
        """Writing failed: look at the storage now."""
        ...


@dataclass(frozen=True, slots=True)
class RecorderParts:
    """What all recorders of an engine share."""

    storage: StorageLocation
    index: IndexThread
    notices: RecorderNotices
    clock_ns: Callable[[], int]
    """Wall clock."""
    limits: Limits


class StreamRecorder:
    """Consumer of one stream. Lives on the event loop; never blocks it."""

    def __init__(
        self, camera_id: str, stream: StreamName, parts: RecorderParts, first_reason: str
    ) -> None:
        self._name = (camera_id, stream)
        self._parts = parts
        self._loop = asyncio.get_running_loop()
        self._segmenter = Segmenter(self, first_reason, parts.limits)
        self._file: SegmentFile | None = None
        self._unwritten = 0
        self._jobs: set[asyncio.Future[None]] = set()
        self._paused = ""
        self._paused_until = 0.0
        self._settle: asyncio.TimerHandle | None = None

    @property
    def recording(self) -> bool:
        """True while segments are being written."""
        return not self._paused and self._segmenter.active

    @property
    def resume_us(self) -> int | None:
        """Where a source that keeps history best goes on, µs since the epoch."""
        return self._segmenter.resume_us

    def begin(self, media: MediaFormat) -> None:
        """Take note of what follows."""
        if self._settle is not None:
            self._settle.cancel()
            self._settle = None
        self._segmenter.begin(media)

    def take(self, sample: Sample, unit: AccessUnit, body: bytes | None) -> None:
        """Take a sample."""
        if self._paused:
            return
        if sample.video:
            self._segmenter.video(sample)
        else:
            self._segmenter.audio(sample)

    def interrupted(self, reason: str) -> None:
        """The session broke off; ``reason`` is the gap's, should one come of it."""
        if self._paused:
            return
        self._segmenter.interrupt(reason)
        if self._settle is None:
            self._settle = self._loop.call_later(HOLD_S, self._settle_down, reason)

    def storage_checked(self, status: StorageStatus) -> None:
        """Stop and go with the storage's state."""
        if status.state == "ok":
            if self._paused != "disk_slow" and self._loop.time() >= self._paused_until:
                self._paused = ""
        elif not self._paused:
            self._segmenter.finish(_STATE_REASONS[status.state])
            self._pause(_STATE_REASONS[status.state], 0.0)

    async def close(self) -> None:
        """Finish the open segment; returns when it is durable and indexed."""
        if self._settle is not None:
            self._settle.cancel()
        if not self._paused:
            self._segmenter.finish("")
        while self._jobs:
            await asyncio.wait(self._jobs)

    # What the segmenter asks for (`SegmentSink`).

    def open_segment(self, head: SegmentHead) -> None:
        """Begin a file; it is made with its first fragment."""
        self._file = SegmentFile(self._parts.storage.row.path, *self._name, head)

    def write_fragment(self, piece: Fragment) -> None:
        """Append to the file, on the storage's thread."""
        file, size = self._file, len(piece.data)
        if file is None:
            return
        self._unwritten += size
        self._submit(self._append(file, piece))
        if self._unwritten > _MOST_UNWRITTEN and not self._paused:
            # The disk does not keep up: a hole is better than memory without end.
            self._pause("disk_slow", 0.0)
            self._loop.call_soon(self._segmenter.finish, "disk_slow")

    def close_segment(self) -> None:
        """Make the file durable and index it."""
        if self._file is not None:
            self._submit(self._finish(self._file))
        self._file = None

    def report_gap(self, start_us: int | None, end_us: int, reason: str) -> None:
        """Note missing footage in the index."""
        self._submit(self._note_gap(start_us, end_us, reason))

    async def _append(self, file: SegmentFile, piece: Fragment) -> None:
        try:
            await self._on_storage(partial(self._append_on_disk, file, piece))
        except OSError as error:
            self._fail(error, file.end_us)
        finally:
            self._unwritten -= len(piece.data)
            if self._paused == "disk_slow" and self._unwritten < _FEW_UNWRITTEN:
                self._paused = ""

    def _append_on_disk(self, file: SegmentFile, piece: Fragment) -> None:
        if not file.begun:
            self._parts.storage.require()
        file.append(piece)

    async def _finish(self, file: SegmentFile) -> None:
        try:
            written = await self._on_storage(file.finish)
        except OSError as error:
            await self._note_gap(file.head.start_us, file.end_us, "write_error")
            self._fail(error, self._segmenter.end_us or file.end_us)
            return
        if written is not None:
            await self._index_segment(written)

    async def _index_segment(self, written: WrittenSegment) -> None:
        storage_id = self._parts.storage.row.id
        await self._parts.index.submit(
            lambda index: index.add_segment(*self._name, storage_id, written)
        )
        start_us = written.head.start_us
        self._parts.notices.segment_written(
            SegmentNotice(*self._name, start_us, written.end_us, written.size)
        )

    async def _note_gap(self, start_us: int | None, end_us: int, reason: str) -> None:
        if start_us is None:
            # What the index knows is complete once the recovery scan, queued before us, is done.
            await self._on_storage(lambda: None)
        found = await self._parts.index.submit(
            lambda index: index.add_gap(*self._name, start_us, end_us, reason)
        )
        if found is not None:
            self._parts.notices.gap_found(GapNotice(*self._name, found, end_us, reason))

    def _fail(self, error: OSError, durable_end_us: int) -> None:
        if isinstance(error, StorageMissing):
            reason = "storage_missing"
        else:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            reason = "disk_full" if full else "write_error"
        _log.error("recording of %s/%s stopped: %s", *self._name, error)
        if not self._paused:
            self._segmenter.abandon(us_to_ticks(durable_end_us), reason)
        self._pause(reason, _PAUSE_S)
        self._parts.notices.storage_failed(self._parts.storage.row.id)

    def _pause(self, reason: str, least_s: float) -> None:
        self._paused = reason
        self._paused_until = self._loop.time() + least_s

    def _settle_down(self, reason: str) -> None:
        self._settle = None
        if not self._paused:
            now = us_to_ticks(self._parts.clock_ns() // 1000)
            self._segmenter.settle(now, reason)

    async def _on_storage(self, job: Callable[[], _T]) -> _T:
        return await self._loop.run_in_executor(self._parts.storage.executor, job)

    def _submit(self, job: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        self._jobs.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("indexing of %s/%s failed", *self._name, exc_info=error)
