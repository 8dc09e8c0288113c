"""All loops of the plugin: made one at a time in the background, shared by all cameras."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path

from nvr_demo.loop import Loop, LoopKey, load_or_make

_KEPT_FILES = 32
_KEPT_LOOPS = 16
_POLL_S = 0.2


class LoopLibrary:
    """Thread-safe. `close` ends the background thread; the library is of no use afterwards."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._loops: dict[LoopKey, Future[Loop]] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="demo-loop")

    def prepare(self, key: LoopKey) -> Future[Loop]:
        """Begin to load or make a loop, if nobody has yet; returns at once."""
        with self._lock:
            found = self._loops.pop(key, None)
            if found is None or (found.done() and found.exception() is not None):
                found = self._worker.submit(
                    load_or_make, self._directory, key, self._stop, _KEPT_FILES
                )
            self._loops[key] = found
            for old in list(self._loops)[:-_KEPT_LOOPS]:
                # Cameras that replay it keep their reference.
                if self._loops[old].done():
                    del self._loops[old]
            return found

    def wait(self, key: LoopKey, closed: threading.Event) -> Loop | None:
        """Give a loop as soon as it is there; None when ``closed`` is set before that."""
        future = self.prepare(key)
        while not closed.is_set():
            try:
                return future.result(timeout=_POLL_S)
            except NotYet:
                continue
        return None

    def ready(self, key: LoopKey) -> Loop | None:
        """Give a loop if it is in memory; never blocks and begins nothing."""
        with self._lock:
            future = self._loops.get(key)
        if future is None or not future.done() or future.exception() is not None:
            return None
        return future.result()

    def making(self) -> bool:
        """Tell whether a loop is being made."""
        with self._lock:
            return any(not future.done() for future in self._loops.values())

    def close(self) -> None:
        """Give up what is being made and end the thread; blocks for one picture at most."""
        self._stop.set()
        self._worker.shutdown(cancel_futures=True)
