"""What concerns the worker as a process: its parent, its log, its standard streams, its end."""

from __future__ import annotations

import asyncio
import ctypes
import faulthandler
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn, TextIO

from nvr_sdk.rpc import WorkerSetup
from nvr_sdk.wire import serve
from nvr_sdk.worker.service import WorkerService

_PR_SET_PDEATHSIG = 1
STOP_TIMEOUT_S = 4.0
"""Time for components to stop after SIGTERM; the process is gone within 5 s."""


def prepare(stderr: TextIO) -> None:
    """Tie the process to its parent's life, and send tracebacks of crashes and logs to stderr."""
    faulthandler.enable(file=stderr)
    die_with_parent()
    handler = logging.StreamHandler(stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class JsonLines(logging.Formatter):
    """One JSON object per line: level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the record as a line."""
        line = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def read_setup() -> bytes:
    """Read all of standard input, then put /dev/null there so that nothing waits for a person."""
    with os.fdopen(os.dup(0), "rb") as stdin:
        data = stdin.read()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return data


def extend_path(paths: tuple[str, ...]) -> None:
    """Put directories in front of ``sys.path``, in the order given."""
    sys.path[:0] = [path for path in paths if path not in sys.path]


async def serve_until_stopped(setup: WorkerSetup) -> int:
    """Listen, then bring the plugin up; end it in good order on SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    service = WorkerService(setup)
    socket = Path(setup.socket)
    listener = await serve(socket, service.handler)
    await service.start()
    await stopped.wait()
    listener.close()
    socket.unlink(missing_ok=True)
    await service.stop(STOP_TIMEOUT_S)
    return 0


def leave(code: int) -> NoReturn:
    """End the process now: a plugin's threads, which may hang, are not waited for."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)
