"""Decoded pictures in shared memory: written once, read in other processes without a copy.

A ring is one anonymous memory file (``memfd``), divided into slots. It has no name in any file
system: another process gets it by descriptor, and it is gone with the last one who holds it.
Each slot has a header with the sequence number of the frame in it, 0 while it is being written
(a seqlock): a reader looks at the number before and after it used the pixels.

The order of the writes is that of the program on x86; processors that reorder writes (ARM) keep it
only as far as the interpreter's own locks do. A leased slot is not written to, so there the numbers
matter only once a lease was broken.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nvr_sdk.errors import NvrError
from nvr_sdk.messages import FrameView

PixelFormat = Literal["bgr24", "rgb24", "gray8"]
Pixels = NDArray[np.uint8]

_CHANNELS: dict[str, int] = {"bgr24": 3, "rgb24": 3, "gray8": 1}
_CACHE_LINE = 64
_PAGE = mmap.PAGESIZE


@dataclass(frozen=True, slots=True)
class _Layout:
    slots: int
    slot_bytes: int

    @property
    def data(self) -> int:
        """Offset of the first slot: the headers lie before it, a cache line each."""
        return _page_up(self.slots * _CACHE_LINE)

    @property
    def stride(self) -> int:
        """Distance between slots."""
        return _page_up(self.slot_bytes)

    @property
    def size(self) -> int:
        """Size of the whole ring."""
        return self.data + self.slots * self.stride

    def offset(self, slot: int) -> int:
        """Offset of a slot's pixels."""
        return self.data + slot * self.stride


class _Mapped:
    """The memory of a ring: sequence numbers and pixels."""

    def __init__(self, descriptor: int, layout: _Layout, *, writable: bool) -> None:
        if os.fstat(descriptor).st_size < layout.size:
            raise NvrError("bad_ring", "The ring of frames is smaller than announced.")
        protection = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
        self._memory = mmap.mmap(descriptor, layout.size, mmap.MAP_SHARED, protection)
        self._layout = layout
        words = np.frombuffer(self._memory, np.uint64, layout.slots * _CACHE_LINE // 8)
        self.sequences = words[:: _CACHE_LINE // 8]

    def pixels(self, slot: int, shape: tuple[int, ...]) -> Pixels:
        """Give the pixels of a slot as an array over the shared memory."""
        size = int(np.prod(shape))
        if not 0 <= slot < self._layout.slots or size > self._layout.slot_bytes:
            raise NvrError("bad_frame", f"Slot {slot} with {size} bytes does not fit the ring.")
        flat = np.frombuffer(self._memory, np.uint8, size, self._layout.offset(slot))
        return flat.reshape(shape)


class FrameReader:
    """Read-only access to a ring of frames; unmapped when it and all views of it are gone."""

    def __init__(self, descriptor: int, slots: int, slot_bytes: int) -> None:
        """Map the ring and close the descriptor; raises `NvrError` ``bad_ring``."""
        try:
            self._mapped = _Mapped(descriptor, _Layout(slots, slot_bytes), writable=False)
        finally:
            os.close(descriptor)

    def view(self, frame: FrameView) -> Pixels:
        """Give the pixels, height x width x channels (grey: height x width), without a copy.

        The array cannot be written to. Raises `NvrError` ``stale_frame`` when the slot holds
        another frame by now. The slot may be written again once the detector has returned:
        copy what is kept longer, and ask `still_valid` after the copy.
        """
        if not self.still_valid(frame):
            raise NvrError("stale_frame", f"Frame {frame.sequence} was overwritten.")
        return self._mapped.pixels(
            frame.slot, _shape(frame.width, frame.height, frame.pixel_format)
        )

    def still_valid(self, frame: FrameView) -> bool:
        """Tell whether the slot still holds this very frame, whole."""
        sequences = self._mapped.sequences
        return 0 <= frame.slot < len(sequences) and int(sequences[frame.slot]) == frame.sequence


class FrameLoan:
    """A slot lent to a writer, who fills `pixels` and then commits. Not thread-safe."""

    def __init__(self, ring: FrameRing, slot: int, pixels: Pixels, pixel_format: PixelFormat):
        self.pixels = pixels
        """Writable array over the shared memory; decode straight into it."""
        self._ring = ring
        self._slot = slot
        self._format = pixel_format

    def commit(self, camera_id: str, time_ns: int) -> FrameView:
        """Make the frame readable; `pixels` must not be written to any more."""
        return self._ring._commit(self._slot, self.pixels, self._format, camera_id, time_ns)

    def discard(self) -> None:
        """Give the slot back unused."""
        self._ring._discard(self._slot)


class FrameRing:
    """The writing side of a ring. Methods are thread-safe; a loan belongs to one thread.

    The oldest frame is overwritten first; a slot leased to a reader is spared as long as another
    is free. When all are leased, the oldest lease is broken and its reader finds a stale frame.
    """

    def __init__(self, name: str, slots: int, slot_bytes: int) -> None:
        """Make a ring; ``name`` is for the readers to tell it from others of this run."""
        if slots < 1 or slot_bytes < 1:
            raise NvrError("bad_ring", "A ring needs at least one slot of one byte.")
        self.name = name
        self.slots = slots
        self.slot_bytes = slot_bytes
        layout = _Layout(slots, slot_bytes)
        self._descriptor = _memory_file(layout.size)
        self._mapped = _Mapped(self._descriptor, layout, writable=True)
        self._lock = threading.Lock()
        self._order = list(range(slots))
        self._lent: set[int] = set()
        self._leases: dict[int, set[Hashable]] = {}
        self._last = 0

    @property
    def descriptor(self) -> int:
        """Descriptor of the memory, to be sent to readers; belongs to the ring."""
        return self._descriptor

    def write(
        self, pixels: Pixels, camera_id: str, time_ns: int, pixel_format: PixelFormat = "bgr24"
    ) -> FrameView:
        """Copy a picture into the ring. `lend` saves the copy."""
        height, width = pixels.shape[:2]
        loan = self.lend(width, height, pixel_format)
        loan.pixels[...] = pixels
        return loan.commit(camera_id, time_ns)

    def lend(self, width: int, height: int, pixel_format: PixelFormat = "bgr24") -> FrameLoan:
        """Lend the slot of the oldest frame; ``no_slot`` when all are lent to writers."""
        shape = _shape(width, height, pixel_format)
        with self._lock:
            slot = self._pick()
            pixels = self._mapped.pixels(slot, shape)
            self._mapped.sequences[slot] = 0
            self._leases.pop(slot, None)
            self._lent.add(slot)
        return FrameLoan(self, slot, pixels, pixel_format)

    def lease(self, frame: FrameView, reader: Hashable) -> bool:
        """Spare a frame's slot while ``reader`` looks at it; False if it is gone already."""
        with self._lock:
            if int(self._mapped.sequences[frame.slot]) != frame.sequence:
                return False
            self._leases.setdefault(frame.slot, set()).add(reader)
            return True

    def release(self, frame: FrameView, reader: Hashable) -> None:
        """End a lease; nothing happens if it was broken meanwhile."""
        with self._lock:
            if int(self._mapped.sequences[frame.slot]) == frame.sequence:
                self._end_lease(frame.slot, reader)

    @property
    def leased(self) -> int:
        """Number of slots under lease."""
        with self._lock:
            return len(self._leases)

    def close(self) -> None:
        """Close the descriptor; readers keep what they have mapped."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _pick(self) -> int:
        free = [slot for slot in self._order if slot not in self._lent]
        if not free:
            raise NvrError("no_slot", "All slots of the ring are being written.")
        return next((slot for slot in free if slot not in self._leases), free[0])

    def _commit(
        self, slot: int, pixels: Pixels, pixel_format: PixelFormat, camera_id: str, time_ns: int
    ) -> FrameView:
        height, width = pixels.shape[:2]
        with self._lock:
            self._last += 1
            self._mapped.sequences[slot] = self._last
            self._lent.discard(slot)
            self._order.remove(slot)
            self._order.append(slot)
            return FrameView(camera_id, self._last, time_ns, width, height, pixel_format, slot)

    def _discard(self, slot: int) -> None:
        with self._lock:
            self._lent.discard(slot)

    def _end_lease(self, slot: int, reader: Hashable) -> None:
        readers = self._leases.get(slot)
        if readers is not None:
            readers.discard(reader)
            if not readers:
                del self._leases[slot]


def _memory_file(size: int) -> int:
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("nvr-frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(descriptor, size)
        # A reader that could shrink the file would kill the writer with SIGBUS.
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        return descriptor
    with tempfile.TemporaryFile(prefix="nvr-frames") as file:
        file.truncate(size)
        return os.dup(file.fileno())


def _shape(width: int, height: int, pixel_format: str) -> tuple[int, ...]:
    channels = _CHANNELS[pixel_format]
    return (height, width) if channels == 1 else (height, width, channels)


def _page_up(size: int) -> int:
    return -(-size // _PAGE) * _PAGE
