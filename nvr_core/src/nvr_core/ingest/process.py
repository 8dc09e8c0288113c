"""The av worker's socket: streams for the engine, probes and pictures for the API."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import av
import av.logging

from nvr_core import processes as p
from nvr_core.ingest.picture import decode_image
from nvr_core.ingest.probe import probe_address
from nvr_core.ingest.reader import read_stream
from nvr_core.settings import Settings
from nvr_sdk import wire
from nvr_sdk.errors import NvrError
from nvr_sdk.worker.streams import StreamServer

T = TypeVar("T")

SOURCE = "av"
"""Source id at which the engine opens addresses."""

_DECODERS = 2
_PROBES = 4
_PROBE_GRACE_S = 5.0


class Questions:
    """Answers what is not a stream, in small thread pools so that a flood waits its turn."""

    def __init__(self) -> None:
        self._decoders = ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode")
        self._probes = ThreadPoolExecutor(_PROBES, thread_name_prefix="probe")

    async def answer(self, method: str, params: bytes) -> object:
        """Answer ``address.probe`` or ``image.decode``."""
        if method == p.ADDRESS_PROBE:
            probe = wire.unpack(params, p.AddressProbe)
            limit = probe.timeout_s + _PROBE_GRACE_S
            return await _within(limit, self._probes, lambda: probe_address(probe))
        if method == p.IMAGE_DECODE:
            image = wire.unpack(params, p.ImageDecode)
            return await _within(30, self._decoders, lambda: decode_image(image))
        raise NvrError("unknown_method", f"The av worker has no method {method!r}.")

    def close(self) -> None:
        """Take no more work; what runs in libav ends with the process."""
        for pool in (self._decoders, self._probes):
            pool.shutdown(wait=False, cancel_futures=True)


async def _within(limit: float, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    try:
        async with asyncio.timeout(limit):
            return await asyncio.get_running_loop().run_in_executor(pool, work)
    except TimeoutError:
        raise NvrError("timeout", f"There was no result within {limit:g} s.") from None


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    questions = Questions()
    streams = StreamServer({SOURCE: read_stream})
    listener = await wire.serve(settings.av_socket, lambda: streams.handler(questions.answer))
    await stop.wait()
    listener.close()
    questions.close()
    await streams.close(timeout=1.0)


def main() -> None:
    """Run the av worker as configured by the environment."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    # libav's messages hold addresses, and those may hold keys.
    av.logging.set_level(av.logging.PANIC)
    asyncio.run(run(Settings.from_env()))
    # Threads inside a blocking read of libav would hold the end of the process up.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
