"""Runs index jobs in order on one thread, and again when the database is locked or full."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nvr_core.recording.index import Index, open_database

T = TypeVar("T")
_RETRY_S = 1.0
_log = logging.getLogger("nvr.index")


class IndexThread:
    """The only writer of the recording tables in this process.

    A job that finds the database locked or the disk full is repeated until it works: the file it
    is about is durable already, and the next start would find it.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._jobs: queue.SimpleQueue[Callable[[Index], None] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="index", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Index], T]) -> asyncio.Future[T]:
        """Queue a job; the result comes on the calling event loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def run(index: Index) -> None:
            try:
                result = job(index)
            except sqlite3.OperationalError:
                raise
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for the job
                _settle(loop, future, error)
            else:
                _settle(loop, future, result)

        self._jobs.put(run)
        return future

    def close(self) -> None:
        """Let the queued jobs finish and end the thread; blocks up to 2 s."""
        self._stopping.set()
        self._jobs.put(None)
        self._thread.join(2.0)

    def _work(self) -> None:
        connection = open_database(self._database)
        index = Index(connection)
        while (job := self._jobs.get()) is not None:
            self._repeat(job, index)
        connection.close()

    def _repeat(self, job: Callable[[Index], None], index: Index) -> None:
        while True:
            try:
                job(index)
                return
            except sqlite3.OperationalError as error:
                _log.warning("the index cannot be written: %s; trying again", error)
                if self._stopping.wait(_RETRY_S):
                    return


def _settle(loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], outcome: object) -> None:
    def settle() -> None:
        if future.cancelled():
            return
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)  # type: ignore[arg-type]

    loop.call_soon_threadsafe(settle)
