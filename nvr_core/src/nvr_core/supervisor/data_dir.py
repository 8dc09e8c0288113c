"""The data directory: made, locked and brought up to date before anything else starts."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from nvr_core.db.revision import HEAD
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError

LOCK_NAME = "server.lock"


class DataLock:
    """Held while a server runs on a data directory; the kernel gives it up with the process."""

    def __init__(self, data: Path, patience: float = 2.0) -> None:
        """Take the lock; raises `NvrError` ``data_in_use``.

        A server that was killed a moment ago may still be dying, hence ``patience`` in seconds.
        """
        path = data / LOCK_NAME
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                owner = os.pread(self._file, 32, 0).decode(errors="replace").strip()
                os.close(self._file)
                raise NvrError(
                    "data_in_use",
                    f"Another server (process {owner or 'unknown'}) runs on {data}. "
                    "Stop it first, or name another directory with --data.",
                ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock up."""
        os.close(self._file)


def prepare(settings: Settings) -> None:
    """Make the directories of a server, open to its user only; raises `NvrError` if it cannot."""
    try:
        for directory in (
            settings.data,
            settings.run,
            settings.recordings,
            settings.data / "plugins",
            settings.data / "log",
        ):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if settings.run.is_symlink() or settings.run.stat().st_uid != os.getuid():
            # In the temporary directory anybody can be there first.
            raise PermissionError(1, f"{settings.run} belongs to somebody else")
        settings.data.chmod(0o700)
        settings.run.chmod(0o700)
    except OSError as error:
        raise NvrError(
            "data_unusable",
            f"The data directory {settings.data} cannot be used: {error.strerror}. "
            "Name another with --data.",
        ) from error


def clear_run(settings: Settings) -> None:
    """Remove the sockets of a server that has ended, and their directory outside the data."""
    for path in settings.run.glob("*"):
        if path.is_socket():
            path.unlink(missing_ok=True)
    if not settings.run.is_relative_to(settings.data):
        with contextlib.suppress(OSError):
            settings.run.rmdir()


def layout_is_current(settings: Settings) -> bool:
    """Tell, without heavy imports, whether the database needs no migration."""
    if settings.database_url or not settings.database.exists():
        return False
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(settings.database, timeout=5)) as connection,
    ):
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return rows == [(HEAD,)]
    return False


def migrate(settings: Settings) -> None:
    """Bring the database to this version's layout, in a child; raises `NvrError` if that fails."""
    if layout_is_current(settings):
        return
    done = subprocess.run(
        [sys.executable, "-m", "nvr_core.db.migrate"],
        env={**os.environ, **settings.to_env()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise NvrError("migration_failed", f"The database could not be prepared. {lines[-1]}")
