"""The server's log: one JSON object a line, on standard error and in ``log/server.log``."""

from __future__ import annotations

import json
import queue
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

_MAX_FILE = 10 << 20
_KEPT = 4


class ServerLog:
    """Takes lines from the event loop and writes them in a thread of its own.

    A terminal or a disk that does not take them stalls nobody: lines past 10,000 are dropped and
    counted.
    """

    def __init__(self, file: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._path = file
        self._clock = clock
        self._queue: queue.Queue[str | None] = queue.Queue(10_000)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_all, name="server-log", daemon=True)
        self._thread.start()

    def line(self, process: str, text: str) -> None:
        """Pass on a line that a process wrote; a JSON object keeps its fields."""
        if not text.strip():
            return
        self._put({**_fields(text), "process": process})

    def event(self, event: str, level: str = "info", **fields: str | int | float) -> None:
        """Log something the supervisor itself has to say."""
        self._put({"level": level, "event": event, **fields, "process": "supervisor"})

    def close(self) -> None:
        """Write what is queued, for at most a second."""
        try:
            self._queue.put(None, timeout=0.5)
        except queue.Full:
            return
        self._thread.join(1)

    def _put(self, fields: dict[str, object]) -> None:
        stamp = self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": stamp, **fields}, ensure_ascii=False)
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def _write_all(self) -> None:
        while (line := self._queue.get()) is not None:
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                line += f'\n{{"process": "supervisor", "event": "{dropped} log lines dropped"}}'
            self._write_file(line)
            try:
                sys.stderr.write(line + "\n")
                sys.stderr.flush()
            except (OSError, ValueError):
                continue

    def _write_file(self, line: str) -> None:
        try:
            if self._path.exists() and self._path.stat().st_size > _MAX_FILE:
                self._rotate()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError:
            # A full disk must not end the log on standard error.
            return

    def _rotate(self) -> None:
        for number in range(_KEPT - 1, 0, -1):
            older = self._path.with_suffix(f".{number}.log")
            if older.exists():
                older.replace(self._path.with_suffix(f".{number + 1}.log"))
        self._path.replace(self._path.with_suffix(".1.log"))


def _fields(text: str) -> dict[str, object]:
    try:
        fields = json.loads(text) if text.startswith("{") else None
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return {"event": text}
    if "timestamp" in fields:
        fields["time"] = fields.pop("timestamp")
    return fields
