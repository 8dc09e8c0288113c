"""One segment file while it is written. All methods block: call them on the storage's thread."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nvr_core.recording.anchor import Anchor
from nvr_core.recording.keyframes import Keyframe, pack_keyframes
from nvr_core.recording.paths import final_path, part_path, segment_path
from nvr_core.recording.segmenter import Fragment, SegmentHead


@dataclass(frozen=True, slots=True)
class WrittenSegment:
    """A segment that is durable on disk; what its row in the index needs."""

    head: SegmentHead
    end_us: int
    size: int
    suffix: int
    keyframes: bytes


class SegmentFile:
    """Appends whole fragments to ``<name>.part`` and gives it its final name when it is durable."""

    def __init__(self, root: Path, camera_id: str, stream: str, head: SegmentHead) -> None:
        self.head = head
        self._place = (root, camera_id, stream)
        self._descriptor = -1
        self._part = Path()
        self._suffix = 0
        self._size = 0
        self._broken = False
        self._end_us = head.start_us
        self._keyframes: list[Keyframe] = []

    @property
    def begun(self) -> bool:
        """True once the file exists."""
        return self._descriptor >= 0

    @property
    def end_us(self) -> int:
        """End of the last whole fragment that was written."""
        return self._end_us

    def append(self, piece: Fragment) -> None:
        """Write one fragment (the first makes the file).

        After an `OSError` further fragments are ignored: what was whole before stays so.
        """
        if self._broken:
            return
        head = b"" if self._size else self._header()
        try:
            if self._descriptor < 0:
                self._create()
            _write_all(self._descriptor, head + piece.data)
        except OSError:
            self._broken = True
            raise
        start = self._size + len(head)
        if piece.key or not self._keyframes:
            start_ms = (piece.start_us - self.head.start_us) // 1000
            self._keyframes.append(Keyframe(start, len(piece.data), max(0, start_ms)))
        else:
            group = self._keyframes[-1]
            longer = Keyframe(group.offset, group.size + len(piece.data), group.start_ms)
            self._keyframes[-1] = longer
        self._size = start + len(piece.data)
        self._end_us = piece.end_us

    def finish(self) -> WrittenSegment | None:
        """Make the file durable under its final name; None (and no file) if nothing was written.

        Also saves what is whole after a failed `append`.
        """
        if self._descriptor < 0:
            return None
        try:
            if not self._size:
                self._part.unlink()
                return None
            os.ftruncate(self._descriptor, self._size)
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
        self._part.rename(final_path(self._part))
        sync_directory(self._part.parent)
        keyframes = pack_keyframes(self._keyframes)
        return WrittenSegment(self.head, self._end_us, self._size, self._suffix, keyframes)

    def _header(self) -> bytes:
        run = self.head.run
        anchor = Anchor(run.start_us, self.head.start_us, self.head.base_ticks, run.format.mime)
        return run.format.init + anchor.to_box()

    def _create(self) -> None:
        root, camera_id, stream = self._place
        while True:
            final = segment_path(root, camera_id, stream, self.head.start_us, self._suffix)
            self._part = part_path(final)
            make_directories(root, final.parent)
            try:
                if not final.exists():
                    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                    self._descriptor = os.open(self._part, flags, 0o640)
                    return
            except FileExistsError:
                pass
            self._suffix += 1


def make_directories(root: Path, directory: Path) -> None:
    """Make the directories below ``root`` durable; never ``root`` itself: it may be unmounted."""
    if directory.is_dir():
        return
    if directory != root:
        make_directories(root, directory.parent)
        directory.mkdir(mode=0o750, exist_ok=True)
        sync_directory(directory.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])
