"""A storage location: is it the right disk, and is there room?"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nvr_core.processes import StorageStatus

MARKER = ".nvr-storage"
DEFAULT_RESERVE = 1 << 30
StorageState = Literal["ok", "full", "missing", "error"]


@dataclass(frozen=True, slots=True)
class StorageRow:
    """A row of the table ``storage``."""

    id: int
    uuid: str
    path: Path
    reserve_bytes: int


class StorageMissing(OSError):
    """The directory is not the one that the index knows: probably a disk is not mounted."""


class StorageLocation:
    """One directory with a writer thread of its own: a disk that hangs holds up no other."""

    def __init__(self, row: StorageRow) -> None:
        self.row = row
        self.executor = ThreadPoolExecutor(1, thread_name_prefix=f"storage-{row.id}")
        self._full = False

    def require(self) -> None:
        """Raise `StorageMissing` unless the marker in the directory names this storage; blocks."""
        try:
            found = (self.row.path / MARKER).read_text().strip()
        except OSError as error:
            raise StorageMissing(f"{self.row.path} has no readable {MARKER}") from error
        if found != self.row.uuid:
            raise StorageMissing(f"{self.row.path} belongs to another storage")

    def check(self) -> StorageStatus:
        """Look at the directory; blocks. Once full, it is full until a tenth more is free."""
        try:
            self.require()
            space = os.statvfs(self.row.path)
        except StorageMissing as error:
            return self._status("missing", f"{error}: mount the disk that holds it.")
        except OSError as error:
            return self._status("error", f"{self.row.path} cannot be read: {error.strerror}.")
        total, free = space.f_blocks * space.f_frsize, space.f_bavail * space.f_frsize
        reserve = self.row.reserve_bytes
        self._full = free < (reserve + reserve // 10 if self._full else reserve)
        if self._full:
            text = f"Less than {reserve >> 20} MiB are free: delete recordings or add space."
            return self._status("full", text, total, free)
        return self._status("ok", "", total, free)

    def _status(
        self, state: StorageState, message: str, total: int = 0, free: int = 0
    ) -> StorageStatus:
        row = self.row
        path = str(row.path)
        return StorageStatus(row.id, path, state, message, total, free, row.reserve_bytes)


def prepare_default(path: Path, make_uuid: Callable[[], uuid.UUID] = uuid.uuid4) -> tuple[str, int]:
    """Make the default location; gives its uuid and reserve for its row. Blocks.

    The reserve is 1 GiB, or 5 % of a disk smaller than 20 GiB.
    """
    path.mkdir(mode=0o750, parents=True, exist_ok=True)
    marker = path / MARKER
    if not marker.exists():
        fresh = path / f"{MARKER}.new"
        fresh.write_text(f"{make_uuid()}\n")
        fresh.replace(marker)
    space = os.statvfs(path)
    reserve = min(DEFAULT_RESERVE, space.f_blocks * space.f_frsize // 20)
    return marker.read_text().strip(), reserve
