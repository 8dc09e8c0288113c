"""Deletes the files of recordings whose rows are gone. Blocks: run it in a thread."""

from __future__ import annotations

import logging
import os
import shutil
import uuid
from pathlib import Path

from nvr_core.cameras.store import CameraStore

DELETED = ".deleted"
"""Directory of a storage location for what is being deleted; recovery leaves it alone."""
_BATCH = 500
_log = logging.getLogger("nvr.cameras")


def sweep(store: CameraStore) -> int:
    """Work off the table ``garbage``: file first, then its row; gives the number of files gone.

    Stops at the first batch in which nothing can be deleted: its rows stay for the next call.
    """
    roots = store.roots()
    removed = 0
    while rows := store.next_garbage(_BATCH):
        gone = [row for row in rows if _delete(Path(row.path), roots)]
        for directory in {Path(row.path).parent for row in gone}:
            _sync(directory)
        store.forget_garbage(gone)
        removed += len(gone)
        if len(gone) < len(rows):
            break
    return removed


def move_aside(store: CameraStore, camera_id: str) -> None:
    """Put a deleted camera's directories where no new camera of the same id will write."""
    for root in store.roots():
        if (root / camera_id).is_dir():
            bin_ = root / DELETED
            bin_.mkdir(mode=0o700, exist_ok=True)
            (root / camera_id).rename(bin_ / f"{camera_id}-{uuid.uuid4().hex}")
            _sync(root)


def empty_bin(store: CameraStore) -> None:
    """Delete what `move_aside` put away; may take long."""
    for root in store.roots():
        shutil.rmtree(root / DELETED, onerror=_not_deleted)


def _not_deleted(_: object, path: str, failure: tuple[object, BaseException, object]) -> None:
    if not isinstance(failure[1], FileNotFoundError):
        _log.error("recording not deleted: %s: %s", path, failure[1])


def _delete(path: Path, roots: list[Path]) -> bool:
    if not any(path.is_relative_to(root) for root in roots):
        _log.error("refused to delete outside the storage", extra={"path": str(path)})
        return True
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.error("recording not deleted", extra={"path": str(path), "reason": error.strerror})
        return False
    return True


def _sync(directory: Path) -> None:
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
