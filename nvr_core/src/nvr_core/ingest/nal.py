"""NAL units of H.264 and H.265: found, sorted, and put behind 4-byte lengths."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nvr_sdk.messages import VideoCodec

_LENGTH = struct.Struct(">I")

_H264_SETS = (7, 8)
_H265_SETS = (32, 33, 34)
_H264_DROPPED = frozenset({9, 10, 11, 12})
_H265_DROPPED = frozenset({35, 36, 37, 38})


def nal_type(codec: VideoCodec, nal: bytes) -> int:
    """Give the type field of a NAL unit."""
    return nal[0] & 0x1F if codec == "h264" else (nal[0] >> 1) & 0x3F


def split_annexb(data: bytes) -> Iterator[bytes]:
    """Cut a byte stream with start codes into NAL units."""
    start = data.find(b"\x00\x00\x01")
    while start >= 0:
        start += 3
        end = data.find(b"\x00\x00\x01", start)
        nal = data[start:] if end < 0 else data[start:end]
        # Zero bytes before a start code belong to nobody; a NAL unit never ends with one.
        if nal := nal.rstrip(b"\x00"):
            yield nal
        start = end


def split_lengths(data: bytes, size: int) -> Iterator[bytes]:
    """Cut NAL units behind lengths of ``size`` bytes apart; a broken rest is left out."""
    position = 0
    while position + size < len(data):
        length = int.from_bytes(data[position : position + size], "big")
        position += size
        if length and position + length <= len(data):
            yield data[position : position + length]
        position += length


def join(nals: Iterable[bytes]) -> bytes:
    """Put each NAL unit behind its 4-byte length."""
    parts: list[bytes] = []
    for nal in nals:
        parts += (_LENGTH.pack(len(nal)), nal)
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class SplitUnit:
    """An access unit, taken apart."""

    nals: tuple[bytes, ...]
    """What is recorded: slices and SEI, without delimiters and parameter sets."""
    parameter_sets: tuple[bytes, ...]
    """VPS, SPS and PPS that came with it."""
    key: bool
    """True if decoding can begin here."""
    coded: bool
    """True if there is at least one slice."""


class UnitSplitter:
    """Takes access units of one stream apart, as its decoder configuration says."""

    def __init__(self, codec: VideoCodec, extradata: bytes) -> None:
        self._codec = codec
        self._sets = _H264_SETS if codec == "h264" else _H265_SETS
        self._dropped = _H264_DROPPED if codec == "h264" else _H265_DROPPED
        self._length_size = 0
        self.parameter_sets = self._read_extradata(extradata)
        """The sets that the stream's header announced."""

    def split(self, data: bytes) -> SplitUnit:
        """Take one access unit apart."""
        found = split_lengths(data, self._length_size) if self._length_size else split_annexb(data)
        nals: list[bytes] = []
        sets: list[bytes] = []
        key = coded = False
        for nal in found:
            kind = nal_type(self._codec, nal)
            if kind in self._sets:
                sets.append(nal)
            elif kind not in self._dropped:
                nals.append(nal)
                slices = 1 <= kind <= 5 if self._codec == "h264" else kind < 32
                coded = coded or slices
                key = key or (kind == 5 if self._codec == "h264" else 16 <= kind <= 21)
        return SplitUnit(tuple(nals), tuple(sets), key, coded)

    def in_order(self, sets: Sequence[bytes]) -> tuple[bytes, ...]:
        """Order parameter sets as decoders want them, each once."""
        known = dict.fromkeys(sets)
        return tuple(sorted(known, key=lambda nal: nal_type(self._codec, nal)))

    def merge(self, known: Sequence[bytes], new: Sequence[bytes]) -> tuple[bytes, ...]:
        """Replace the known sets of the kinds that came anew."""
        kinds = {nal_type(self._codec, nal) for nal in new}
        kept = [nal for nal in known if nal_type(self._codec, nal) not in kinds]
        return self.in_order([*kept, *new])

    def complete(self, sets: Sequence[bytes]) -> bool:
        """Tell whether every kind of set is there that a decoder needs."""
        return {nal_type(self._codec, nal) for nal in sets} >= set(self._sets)

    def _read_extradata(self, extradata: bytes) -> tuple[bytes, ...]:
        if not extradata or extradata[0] != 1:
            return self._only_sets(split_annexb(extradata))
        if self._codec == "h264":
            self._length_size = (extradata[4] & 3) + 1
            return self._only_sets(_avcc_sets(extradata))
        self._length_size = (extradata[21] & 3) + 1
        return self._only_sets(_hvcc_sets(extradata))

    def _only_sets(self, nals: Iterable[bytes]) -> tuple[bytes, ...]:
        return self.in_order([nal for nal in nals if nal_type(self._codec, nal) in self._sets])


def _avcc_sets(extradata: bytes) -> Iterator[bytes]:
    position = 5
    for mask in (0x1F, 0xFF):
        count = extradata[position] & mask
        position += 1
        for _ in range(count):
            size = int.from_bytes(extradata[position : position + 2], "big")
            yield extradata[position + 2 : position + 2 + size]
            position += 2 + size


def _hvcc_sets(extradata: bytes) -> Iterator[bytes]:
    position = 23
    for _ in range(extradata[22]):
        count = int.from_bytes(extradata[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            size = int.from_bytes(extradata[position : position + 2], "big")
            yield extradata[position + 2 : position + 2 + size]
            position += 2 + size
