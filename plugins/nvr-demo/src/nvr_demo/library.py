"""All loops of the plugin: made one at a time in the background, shared by all cameras."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from nvr_demo.loop import Loop, LoopKey, make_and_keep, make_still, read_loop

_KEPT_FILES = 32
_KEPT_LOOPS = 16


class LoopLibrary:
    """Thread-safe. `close` ends the background thread; the library is of no use afterwards."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._loops: dict[LoopKey, Future[Loop]] = {}
        self._stills: dict[LoopKey, Loop] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="demo-loop")

    def prepare(self, key: LoopKey) -> Future[Loop]:
        """Read a loop (some milliseconds), or begin to make it if nobody has yet."""
        with self._lock:
            found = self._loops.pop(key, None)
            if found is None or (found.done() and found.exception() is not None):
                found = self._begin(key)
            self._loops[key] = found
            for old in list(self._loops)[:-_KEPT_LOOPS]:
                # Cameras that replay it keep their reference.
                if self._loops[old].done():
                    del self._loops[old]
            return found

    def still(self, key: LoopKey) -> Loop:
        """Give what is shown while a loop is being made; blocks for about half a second."""
        with self._lock:
            still = self._stills.get(key)
            if still is None:
                still = self._stills[key] = make_still(key)
            while len(self._stills) > _KEPT_LOOPS:
                del self._stills[next(iter(self._stills))]
            return still

    def making(self) -> bool:
        """Tell whether a loop is being made; waits for nothing."""
        return any(not future.done() for future in list(self._loops.values()))

    def close(self) -> None:
        """Give up what is being made and end the thread; blocks for one picture at most."""
        self._stop.set()
        self._worker.shutdown(cancel_futures=True)

    def _begin(self, key: LoopKey) -> Future[Loop]:
        loop = read_loop(self._directory / key.file_name)
        if loop is None:
            return self._worker.submit(make_and_keep, self._directory, key, self._stop, _KEPT_FILES)
        done: Future[Loop] = Future()
        done.set_result(loop)
        return done
