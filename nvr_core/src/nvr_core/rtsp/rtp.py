"""Takes the one TCP stream apart: interleaved RTP and RTCP packets, and RTSP messages between."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Protocol

from nvr_core.rtsp.messages import Message, read_message

BUFFER_SIZE = 256 * 1024
_DOLLAR = 0x24
_LINE_BREAKS = (0x0D, 0x0A)
_RTP_HEADER = 12
_PLAIN = 0x80  # version 2 without padding, extension or contributing sources
# '$', channel, length | flags, marker and payload type, sequence, timestamp
_unpack = struct.Struct(">BBHBBHI").unpack_from
_SMALLEST = 16


class PacketTaker(Protocol):
    """Takes the RTP packets of one track."""

    payload_type: int

    def packet(self, payload: memoryview, sequence: int, timestamp: int, marker: bool) -> None:
        """Take a payload, never empty; its bytes are valid until `settle`."""
        ...

    def settle(self) -> None:
        """Copy what is still needed: the buffer is about to be overwritten."""
        ...


class Demuxer:
    """Owns the receive buffer and calls the takers for everything complete in it.

    Not thread-safe. `received` raises `NvrError` ``protocol_error`` for what is no RTSP; memory
    is bounded by the buffer and by the takers' own limits.
    """

    def __init__(self, on_message: Callable[[Message], None]) -> None:
        self._on_message = on_message
        self._data = bytearray(BUFFER_SIZE)
        self._view = memoryview(self._data)
        self._filled = 0
        self._tracks: dict[int, PacketTaker] = {}
        self._control: dict[int, Callable[[bytes], None]] = {}

    def route(self, channel: int, taker: PacketTaker, on_rtcp: Callable[[bytes], None]) -> None:
        """Send RTP of a channel to a taker and RTCP of the next channel to a callback."""
        self._tracks[channel] = taker
        self._control[channel + 1] = on_rtcp

    def space(self) -> memoryview:
        """Give the free part of the buffer to receive into."""
        return self._view[self._filled :]

    def received(self, count: int) -> None:
        """Take note of ``count`` new bytes in `space` and deal with all that is complete."""
        end = self._filled + count
        done = self._take(end)
        for track in self._tracks.values():
            track.settle()
        left = end - done
        if left and done:
            self._data[:left] = self._data[done:end]
        self._filled = left

    def _take(self, end: int) -> int:
        data, view, tracks, position = self._data, self._view, self._tracks, 0
        while end - position >= _SMALLEST:
            mark, channel, size, flags, kind, sequence, timestamp = _unpack(data, position)
            if mark != _DOLLAR:
                following = self._text(position, end)
                if following == position:
                    break
                position = following
                continue
            following = position + 4 + size
            if following > end:
                break
            track = tracks.get(channel)
            if track is None:
                on_rtcp = self._control.get(channel)
                if on_rtcp is not None:
                    on_rtcp(bytes(data[position + 4 : following]))
            elif kind & 0x7F == track.payload_type:
                if flags == _PLAIN and size > _RTP_HEADER:
                    start, stop = position + _SMALLEST, following
                else:
                    start, stop = payload_bounds(data, position + 4, following)
                if start < stop:
                    track.packet(view[start:stop], sequence, timestamp, kind > 0x7F)
            position = following
        return self._short(position, end)

    def _short(self, position: int, end: int) -> int:
        """Take a packet too short for RTP at the end of what was received: RTCP's goodbye."""
        if end - position < 4 or self._data[position] != _DOLLAR:
            return position
        channel = self._data[position + 1]
        size = int.from_bytes(self._data[position + 2 : position + 4], "big")
        following = position + 4 + size
        if following > end or size >= _RTP_HEADER:
            return position
        on_rtcp = self._control.get(channel)
        if on_rtcp is not None:
            on_rtcp(bytes(self._data[position + 4 : following]))
        return following

    def _text(self, position: int, end: int) -> int:
        if self._data[position] in _LINE_BREAKS:
            return position + 1
        found = read_message(self._data, position, end)
        if found is None:
            return position
        message, following = found
        self._on_message(message)
        return following


def payload_bounds(data: bytearray, start: int, end: int) -> tuple[int, int]:
    """Give where the payload of an RTP packet begins and ends; (0, 0) for a malformed one."""
    if end - start < _RTP_HEADER or data[start] >> 6 != 2:
        return 0, 0
    flags = data[start]
    position = start + _RTP_HEADER + 4 * (flags & 0x0F)
    if flags & 0x10:
        if position + 4 > end:
            return 0, 0
        position += 4 + 4 * int.from_bytes(data[position + 2 : position + 4], "big")
    if flags & 0x20:
        padding = data[end - 1]
        if padding == 0:
            return 0, 0
        end -= padding
    return (position, end) if position <= end else (0, 0)
