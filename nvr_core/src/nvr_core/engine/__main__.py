"""``python -m nvr_core.engine``: the media engine of the server that the environment names."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable

from nvr_core.engine.engine import Engine
from nvr_core.settings import Settings

_PR_SET_PDEATHSIG = 1
_FINISH_S = 5.0
"""Time for the open segment, when the supervisor is gone."""


def main() -> int:
    """Run until SIGTERM or SIGINT; returns the exit status."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    parent = os.getppid()
    _stop_with_parent()
    if os.getppid() != parent:
        return 1
    threading.Thread(target=_outlive_not, args=(parent,), daemon=True).start()
    os.umask(0o027)
    settings = Settings.from_env()
    settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(settings))
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Engine(settings).run(stop)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _stop_with_parent() -> None:
    # Not inherited and cleared by exec: each process asks for itself. Linux only.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _outlive_not(parent: int) -> None:
    """End a process that hangs too much to hear the signal: the next engine wants its place."""
    if not hasattr(os, "pidfd_open"):
        return
    descriptor = os.pidfd_open(parent)
    select.select([descriptor], [], [])
    time.sleep(_FINISH_S)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
