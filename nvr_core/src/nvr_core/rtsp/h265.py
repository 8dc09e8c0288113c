"""H.265 out of RTP (RFC 7798): single NAL units, aggregation packets, fragmentation units."""

from __future__ import annotations

from nvr_core.media.nal import BitReader
from nvr_core.rtsp.parameter_sets import ParameterSets
from nvr_core.rtsp.video import OnVideo, VideoDepacketizer

_LAST_SLICE = 31
_FIRST_KEY, _LAST_KEY = 16, 21
_VPS, _SPS, _PPS, _AUD = 32, 33, 34, 35
_AGGREGATION, _FRAGMENT, _PACI = 48, 49, 50
_FIRST_BIT = 0x80  # of a slice header: first_slice_segment_in_pic_flag


class H265Depacketizer(VideoDepacketizer):
    """Reads H.265 payloads; access unit delimiters are dropped, all else is kept.

    ``order_numbers`` says that payloads hold decoding order numbers (``sprop-max-don-diff`` > 0);
    they are skipped, as packets over TCP come in decoding order.
    """

    def __init__(
        self,
        payload_type: int,
        on_unit: OnVideo,
        sets: ParameterSets,
        *,
        order_numbers: bool = False,
    ) -> None:
        super().__init__(payload_type, on_unit)
        self._sets = sets
        self._order_size = 2 if order_numbers else 0
        self._difference_size = 1 if order_numbers else 0

    def _payload(self, payload: memoryview) -> None:
        kind = payload[0] >> 1 & 63
        if kind == _FRAGMENT:
            self._fragment(payload)
        elif kind == _AGGREGATION:
            self._aggregate(payload, 2 + self._order_size)
        elif kind < _AGGREGATION:
            if self._order_size:
                payload = memoryview(bytes(payload[:2]) + payload[2 + self._order_size :])
            self._nal(payload)
        elif kind == _PACI:
            self._broken = True

    def _fragment(self, payload: memoryview) -> None:
        flags = payload[2] if len(payload) > 2 else 0
        body = 3 + (self._order_size if flags & 0x80 else 0)
        if body >= len(payload):
            self._broken = True
            return
        kind = flags & 63
        if flags & 0x80:
            self._begin_fragments(bytes((payload[0] & 0x81 | kind << 1, payload[1])))
            if kind <= _LAST_SLICE:
                self._slice(payload[body] >= _FIRST_BIT, _FIRST_KEY <= kind <= _LAST_KEY)
        elif not self._fragments:
            self._broken = True
            return
        self._fragments.append(payload[body:])
        if flags & 0x40:
            self._end_fragments(_VPS <= kind <= _PPS)

    def _aggregate(self, payload: memoryview, position: int) -> None:
        end = len(payload)
        while position + 2 < end:
            size = payload[position] << 8 | payload[position + 1]
            position += 2
            if not size or position + size > end:
                self._broken = True
                return
            self._nal(payload[position : position + size])
            position += size + self._difference_size

    def _nal(self, nal: memoryview) -> None:
        if len(nal) < 3:
            self._broken = True
            return
        kind = nal[0] >> 1 & 63
        if kind <= _LAST_SLICE:
            self._slice(nal[2] >= _FIRST_BIT, _FIRST_KEY <= kind <= _LAST_KEY)
        elif kind == _AUD:
            return
        elif kind <= _PPS:
            self._parameter_set(bytes(nal))
        self._add(nal)

    def _parameter_set(self, nal: bytes) -> None:
        offer_h265(self._sets, nal)


def offer_h265(sets: ParameterSets, nal: bytes) -> None:
    """Take a VPS, SPS or PPS into ``sets``; anything else and broken ones are left out."""
    kind = nal[0] >> 1 & 63 if len(nal) > 3 else 0
    if kind == _VPS:
        sets.offer(kind, nal[2] >> 4, nal)
    elif kind == _SPS:
        # The id lies behind the profile of every sub-layer; cameras have a single SPS.
        sets.offer(kind, 0, nal)
    elif kind == _PPS:
        try:
            ident = BitReader(nal[2:10]).ue()
        except ValueError:
            return
        if ident < 64:
            sets.offer(kind, ident, nal)


def has_h265(sets: ParameterSets) -> bool:
    """Tell whether a decoder could begin with these sets."""
    return sets.has(_VPS, _SPS, _PPS)
