"""H.264 out of RTP (RFC 6184): single NAL units, STAP-A, STAP-B, FU-A, FU-B."""

from __future__ import annotations

from nvr_core.media.nal import BitReader
from nvr_core.rtsp.parameter_sets import ParameterSets
from nvr_core.rtsp.video import OnVideo, VideoDepacketizer

_SLICES = (1, 2, 5)
_IDR, _SPS, _PPS, _AUD = 5, 7, 8, 9
_STAP_A, _STAP_B, _FU_A, _FU_B = 24, 25, 28, 29
_MTAPS = (26, 27)  # of the interleaved mode, which is refused
_FIRST_BIT = 0x80  # of a slice header: first_mb_in_slice is 0, coded as a single 1
_HEADERS = tuple(bytes((value,)) for value in range(256))


class H264Depacketizer(VideoDepacketizer):
    """Reads H.264 payloads; access unit delimiters are dropped, all else is kept."""

    def __init__(self, payload_type: int, on_unit: OnVideo, sets: ParameterSets) -> None:
        super().__init__(payload_type, on_unit)
        self._sets = sets

    def _payload(self, payload: memoryview) -> None:
        kind = payload[0] & 31
        if kind == _FU_A:
            self._fragment(payload, 2)
        elif kind == _STAP_A:
            self._aggregate(payload, 1)
        elif 1 <= kind <= 23:
            self._nal(kind, payload)
        elif kind == _STAP_B:
            self._aggregate(payload, 3)
        elif kind == _FU_B:
            self._fragment(payload, 4)
        elif kind in _MTAPS:
            self._broken = True

    def _fragment(self, payload: memoryview, body: int) -> None:
        if body >= len(payload):
            self._broken = True
            return
        flags = payload[1]
        if flags & 0x80:
            kind = flags & 31
            self._begin_fragments(_HEADERS[payload[0] & 0xE0 | kind])
            if kind in _SLICES:
                self._slice(payload[body] >= _FIRST_BIT, kind == _IDR)
        elif not self._fragments:
            self._broken = True
            return
        self._fragments.append(payload[body:])
        if flags & 0x40:
            self._end_fragments(flags & 31 in (_SPS, _PPS))

    def _aggregate(self, payload: memoryview, position: int) -> None:
        end = len(payload)
        while position + 2 < end:
            size = payload[position] << 8 | payload[position + 1]
            position += 2
            if not size or position + size > end:
                self._broken = True
                return
            self._nal(payload[position] & 31, payload[position : position + size])
            position += size

    def _nal(self, kind: int, nal: memoryview) -> None:
        if kind in _SLICES:
            if len(nal) < 2:
                self._broken = True
                return
            self._slice(nal[1] >= _FIRST_BIT, kind == _IDR)
        elif kind == _AUD:
            return
        elif kind in (_SPS, _PPS):
            self._parameter_set(bytes(nal))
        self._add(nal)

    def _parameter_set(self, nal: bytes) -> None:
        offer_h264(self._sets, nal)


def offer_h264(sets: ParameterSets, nal: bytes) -> None:
    """Take an SPS or PPS into ``sets``; anything else and broken ones are left out."""
    kind = nal[0] & 31 if nal else 0
    if kind not in (_SPS, _PPS):
        return
    try:
        ident = BitReader(nal[4 if kind == _SPS else 1 :][:8]).ue()
    except ValueError:
        return
    if ident < 256:
        sets.offer(kind, ident, nal)


def has_h264(sets: ParameterSets) -> bool:
    """Tell whether a decoder could begin with these sets."""
    return sets.has(_SPS, _PPS)
