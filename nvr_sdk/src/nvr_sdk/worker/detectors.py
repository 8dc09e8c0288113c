"""The worker's side of detection: rings attached by descriptor, calls in a thread per detector."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from nvr_sdk.components import Detector
from nvr_sdk.errors import NvrError
from nvr_sdk.rpc import Detect, Detected, FramesAttach
from nvr_sdk.worker.descriptors import DescriptorInbox, frames_socket

if TYPE_CHECKING:
    from nvr_sdk.frames import FrameReader

log = logging.getLogger("nvr.detectors")

_DESCRIPTOR_TIMEOUT_S = 5.0


class Detectors:
    """Rings and threads of a worker's detectors. Lives on the RPC loop."""

    def __init__(self, socket: Path) -> None:
        self._inbox = DescriptorInbox(frames_socket(socket))
        self._readers: dict[str, FrameReader] = {}
        self._threads: dict[str, ThreadPoolExecutor] = {}

    async def start(self) -> None:
        """Listen for descriptors."""
        await self._inbox.start()

    async def attach(self, ring: FramesAttach) -> None:
        """Map a ring whose descriptor was, or is about to be, received; again replaces it."""
        # Only workers that detect pay for numpy.
        from nvr_sdk.frames import FrameReader

        descriptor = await self._inbox.take(ring.ring, _DESCRIPTOR_TIMEOUT_S)
        self._readers[ring.ring] = FrameReader(descriptor, ring.slots, ring.slot_bytes)

    async def detect(self, detector: Detector, call: Detect) -> Detected:
        """Run a detector on frames, one call at a time; what was overwritten comes back stale."""
        reader = self._readers.get(call.ring)
        if reader is None:
            raise NvrError("no_ring", f"No ring {call.ring!r} is attached.")
        thread = self._threads.get(call.detector)
        if thread is None:
            thread = ThreadPoolExecutor(1, thread_name_prefix=f"detector {call.detector}")
            self._threads[call.detector] = thread
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(thread, run_detector, detector, reader, call)

    def close(self) -> None:
        """Let go of rings and threads; calls under way are not waited for."""
        self._inbox.close()
        for thread in self._threads.values():
            thread.shutdown(wait=False, cancel_futures=True)
        self._readers.clear()


def run_detector(detector: Detector, reader: FrameReader, call: Detect) -> Detected:
    """Detect on the frames that are still whole before and after the call; tell the others stale.

    A frame overwritten while the detector looked at it was torn: what was found there is dropped.
    """
    fresh = tuple(frame for frame in call.frames if reader.still_valid(frame))
    found = tuple(detector.detect(fresh, reader)) if fresh else ()
    if len(found) != len(fresh):
        raise NvrError(
            "bad_detection", f"Expected {len(fresh)} lists of objects and got {len(found)}."
        )
    objects = {
        frame.sequence: tuple(detections)
        for frame, detections in zip(fresh, found, strict=True)
        if reader.still_valid(frame)
    }
    return Detected(
        objects=tuple(objects.get(frame.sequence, ()) for frame in call.frames),
        stale=tuple(frame.sequence for frame in call.frames if frame.sequence not in objects),
    )
