"""Builds video access units out of the NAL units that H.264 and H.265 packets carry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from nvr_core.rtsp.failures import protocol_error

MAX_UNIT = 16 * 1024 * 1024
_MARKERS_TO_TRUST = 3

OnVideo = Callable[[int, bool, bool, bytes], None]
"""Called with RTP timestamp, key, corrupt, and length-prefixed NAL units joined once."""


class VideoDepacketizer(ABC):
    """What H.264 and H.265 have in common; a subclass reads the payloads.

    A unit ends with the marker bit and with a new timestamp. The first units wait for the next
    timestamp, until it is seen that the camera sets the marker on the last packet and on no other.

    A unit is corrupt when packets inside it or in front of it are missing; a key unit that is
    whole itself is not.
    """

    def __init__(self, payload_type: int, on_unit: OnVideo) -> None:
        self.payload_type = payload_type
        self._on_unit = on_unit
        self._expected = -1
        self._timestamp = -1
        self._cut_timestamp = -1
        self._parts: list[bytes | memoryview] = []
        self._owned_parts = 0
        self._fragments: list[bytes | memoryview] = []
        self._owned_fragments = 0
        self._size = 0
        self._has_slice = False
        self._key = False
        self._broken = False
        self._lost_before = True
        self._markers = 0
        self._marker_last = False
        self._trust = 0

    def packet(self, payload: memoryview, sequence: int, timestamp: int, marker: bool) -> None:
        """Take one RTP payload (see `PacketTaker`)."""
        if sequence != self._expected:
            self._gap(timestamp)
        self._expected = (sequence + 1) & 0xFFFF
        if timestamp != self._timestamp:
            self._learn()
            self._cut()
            self._timestamp = timestamp
        self._size += len(payload)
        self._payload(payload)
        self._marker_last = marker
        if marker and self._has_slice and not self._fragments:
            self._markers += 1
            if self._trust >= _MARKERS_TO_TRUST:
                self._cut()

    def settle(self) -> None:
        """Copy pieces that still lie in the receive buffer (see `PacketTaker`)."""
        if len(self._parts) > self._owned_parts:
            self._parts[self._owned_parts :] = [b"".join(self._parts[self._owned_parts :])]
            self._owned_parts = len(self._parts)
        if len(self._fragments) > self._owned_fragments:
            joined = b"".join(self._fragments[self._owned_fragments :])
            self._fragments[self._owned_fragments :] = [joined]
            self._owned_fragments = len(self._fragments)
        if self._size > MAX_UNIT:
            raise protocol_error("a picture is larger than 16 MiB")

    @abstractmethod
    def _payload(self, payload: memoryview) -> None:
        """Sort the NAL units of one packet in."""

    @abstractmethod
    def _parameter_set(self, nal: bytes) -> None:
        """Take note of a parameter set inside the stream."""

    def _add(self, nal: bytes | memoryview) -> None:
        self._parts.append(len(nal).to_bytes(4, "big"))
        self._parts.append(nal)

    def _slice(self, first: bool, key: bool) -> None:
        """Note a slice; ``first`` is its flag of being the picture's first."""
        if not self._has_slice:
            self._has_slice = True
            self._broken |= not first
        self._key |= key

    def _begin_fragments(self, header: bytes) -> None:
        if self._fragments:
            self._broken = True
        self._fragments = [header]
        self._owned_fragments = 0

    def _end_fragments(self, parameter_set: bool) -> None:
        fragments = self._fragments
        self._parts.append(sum(map(len, fragments)).to_bytes(4, "big"))
        self._parts += fragments
        if parameter_set:
            self._parameter_set(b"".join(fragments))
        self._fragments = []
        self._owned_fragments = 0

    def _gap(self, timestamp: int) -> None:
        """Packets are missing: whatever was being built, and what begins now, lacks something."""
        if self._expected < 0:
            return
        self._drop_fragments()
        if self._parts:
            self._broken = True
            if timestamp == self._timestamp:
                return
            self._cut()
        self._lost_before = True

    def _drop_fragments(self) -> None:
        if self._fragments:
            self._broken = True
            self._fragments = []
            self._owned_fragments = 0

    def _learn(self) -> None:
        if not self._has_slice or self._broken or self._fragments:
            return
        if self._markers == 1 and self._marker_last:
            self._trust += 1
        else:
            self._trust = 0

    def _cut(self) -> None:
        self._drop_fragments()
        if not self._has_slice and not self._broken:
            return  # parameter sets ahead of their picture: they belong to the next unit
        if self._has_slice and self._parts:
            if self._broken and self._timestamp == self._cut_timestamp:
                self._trust = 0  # the marker came before the picture's end
            corrupt = self._broken or (self._lost_before and not self._key)
            self._cut_timestamp = self._timestamp
            self._on_unit(self._timestamp, self._key, corrupt, b"".join(self._parts))
            self._lost_before = False
        else:
            self._lost_before = True
        self._parts = []
        self._owned_parts = self._size = self._markers = 0
        self._has_slice = self._key = self._broken = self._marker_last = False
