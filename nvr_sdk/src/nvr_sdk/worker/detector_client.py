"""The core's side of detection: feeds one detector in a worker with frames of a ring."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from nvr_sdk.frames import FrameRing
from nvr_sdk.messages import DetectorSpec, FrameView
from nvr_sdk.rpc import (
    DETECTOR_DETECT,
    DETECTOR_SPEC,
    FRAMES_ATTACH,
    ComponentRef,
    Detect,
    Detected,
    FramesAttach,
)
from nvr_sdk.wire import Channel, Nothing, connect
from nvr_sdk.worker.descriptors import frames_socket, send_descriptor


class DetectorClient:
    """A connection to one detector. Make it with `connect`; use it on one event loop.

    The slots of the frames in flight are leased, and given back when the answer comes or when the
    worker dies.
    """

    def __init__(self, channel: Channel, detector: str, ring: FrameRing) -> None:
        self._channel = channel
        self._detector = detector
        self._ring = ring

    @classmethod
    async def connect(cls, socket: Path, detector: str, ring: FrameRing) -> DetectorClient:
        """Connect to the worker at ``socket`` and give it the ring; raises `NvrError`."""
        channel = await connect(socket)
        try:
            await asyncio.to_thread(
                send_descriptor, frames_socket(socket), ring.name, ring.descriptor
            )
            attach = FramesAttach(ring.name, ring.slots, ring.slot_bytes)
            await channel.request(FRAMES_ATTACH, attach, Nothing)
        except BaseException:
            channel.close()
            raise
        return cls(channel, detector, ring)

    async def spec(self) -> DetectorSpec:
        """Ask what the detector wants to be fed with."""
        return await self._channel.request(
            DETECTOR_SPEC, ComponentRef(self._detector), DetectorSpec
        )

    async def detect(self, frames: Sequence[FrameView], timeout: float = 10.0) -> Detected:
        """Run the detector on frames of the ring; stale ones are named in the answer.

        After a timeout the leases of this call end: the detector may then find its frames stale.
        """
        call = object()
        for frame in frames:
            self._ring.lease(frame, call)
        try:
            request = Detect(self._detector, self._ring.name, tuple(frames))
            return await self._channel.request(DETECTOR_DETECT, request, Detected, timeout)
        finally:
            for frame in frames:
                self._ring.release(frame, call)

    @property
    def closed(self) -> bool:
        """True once the worker is gone."""
        return self._channel.closed

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()
