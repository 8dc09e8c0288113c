"""Deletes the files of recordings whose rows are gone. Blocks: run it in a thread."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from nvr_core.cameras.store import CameraStore

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


def remove_tree(store: CameraStore, camera_id: str) -> None:
    """Delete what is left of a deleted camera's directories: torn files, empty days."""
    for root in store.roots():
        for directory, _, names in os.walk(root / camera_id, topdown=False):
            for name in names:
                Path(directory, name).unlink(missing_ok=True)
            Path(directory).rmdir()


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
