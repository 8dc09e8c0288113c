"""AAC out of RTP (RFC 3640, mpeg4-generic): several units in a packet, units over packets."""

from __future__ import annotations

from nvr_core.media.nal import BitReader
from nvr_core.rtsp.audio import OnAudio
from nvr_core.rtsp.sdp import Media

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
_MAX_UNITS = 64
_ONE_HEADER = b"\x00\x10"  # the length of the headers: 16 bits
_UNWANTED = (
    "ctsdeltalength",
    "dtsdeltalength",
    "randomaccessindication",
    "streamstateindication",
    "constantsize",
)


class AacFormat:
    """The sizes of a track's fields and what its AudioSpecificConfig says.

    Raises `ValueError` for a description that cannot be read from.
    """

    def __init__(self, media: Media) -> None:
        mode = media.parameters.get("mode", "AAC-hbr").lower()
        if mode not in ("aac-hbr", "aac-lbr") or any(media.number(x, 0) for x in _UNWANTED):
            raise ValueError(f"AAC is packed in an unknown way ({mode})")
        default = (13, 3, 3) if mode == "aac-hbr" else (6, 2, 2)
        self.size_bits = media.number("sizelength", default[0])
        self.index_bits = media.number("indexlength", default[1])
        self.delta_bits = media.number("indexdeltalength", default[2])
        self.auxiliary_bits = media.number("auxiliarydatasizelength", 0)
        if not 1 <= self.size_bits <= 16 or max(self.index_bits, self.delta_bits) > 16:
            raise ValueError("the AAC header sizes make no sense")
        self.config = bytes.fromhex(media.parameters.get("config", ""))
        rate, self.channels, samples = read_config(self.config)
        self.channels = self.channels or media.channels
        self.sample_rate = media.clock_rate or rate
        self.duration = max(1, samples * self.sample_rate // rate)


def read_config(config: bytes) -> tuple[int, int, int]:
    """Give core sample rate, channels (0: not said) and samples per unit of a configuration.

    Raises `ValueError` if it is none of AAC.
    """
    bits = BitReader(config)
    kind = _object_type(bits)
    rate = _rate(bits)
    channels = bits.bits(4)
    if kind in (5, 29):  # spectral band replication: the core runs at the rate that came first
        _rate(bits)
        kind = _object_type(bits)
    if kind not in (1, 2, 3, 4, 17, 23, 39) or channels >= len(_CHANNELS):
        raise ValueError(f"audio object type {kind} is not supported")
    short = bits.flag()
    full = 512 if kind in (23, 39) else 1024
    return rate, _CHANNELS[channels], full - full // 16 if short else full


def _object_type(bits: BitReader) -> int:
    kind = bits.bits(5)
    return 32 + bits.bits(6) if kind == 31 else kind


def _rate(bits: BitReader) -> int:
    index = bits.bits(4)
    rate = bits.bits(24) if index == 15 else _RATES[index] if index < len(_RATES) else 0
    if not 1000 <= rate <= 192_000:
        raise ValueError("the AAC sample rate makes no sense")
    return rate


class AacDepacketizer:
    """Reads mpeg4-generic payloads."""

    def __init__(self, payload_type: int, on_unit: OnAudio, layout: AacFormat) -> None:
        self.payload_type = payload_type
        self._on_unit = on_unit
        self._layout = layout
        self._plain = (layout.size_bits, layout.index_bits, layout.auxiliary_bits) == (13, 3, 0)
        self._expected = -1
        self._lost = False
        self._partial = b""
        self._partial_size = 0
        self._partial_timestamp = -1

    def packet(self, payload: memoryview, sequence: int, timestamp: int, marker: bool) -> None:
        """Take one RTP payload (see `PacketTaker`)."""
        if sequence != self._expected and self._expected >= 0:
            self._lost, self._partial = True, b""
        self._expected = (sequence + 1) & 0xFFFF
        end = len(payload)
        if self._plain and payload[:2] == _ONE_HEADER and not self._partial and end > 4:
            size = payload[2] << 5 | payload[3] >> 3
            if 0 < size <= end - 4:  # what nearly every packet is: one whole unit
                self._emit(timestamp, bytes(payload[4 : 4 + size]))
                return
        try:
            sizes, position = self._sizes(payload)
        except ValueError:
            self._lost, self._partial = True, b""
            return
        if len(sizes) == 1 and (self._partial or position + sizes[0] > end):
            self._fragment(sizes[0], bytes(payload[position:]), timestamp)
            return
        self._partial = b""
        for size in sizes:
            if not size or position + size > end:
                self._lost = True
                return
            self._emit(timestamp, bytes(payload[position : position + size]))
            position += size
            timestamp += self._layout.duration

    def settle(self) -> None:
        """Nothing to do: units are copied at once (see `PacketTaker`)."""

    def _sizes(self, payload: memoryview) -> tuple[list[int], int]:
        layout = self._layout
        header_bits = int.from_bytes(payload[:2], "big")
        position = 2 + (header_bits + 7) // 8
        if position > len(payload):
            raise ValueError("the header ends behind the packet")
        bits = BitReader(bytes(payload[2:position]))
        sizes: list[int] = []
        while header_bits >= layout.size_bits + layout.index_bits and len(sizes) < _MAX_UNITS:
            index_bits = layout.delta_bits if sizes else layout.index_bits
            sizes.append(bits.bits(layout.size_bits))
            bits.bits(index_bits)
            header_bits -= layout.size_bits + index_bits
        if layout.auxiliary_bits:
            auxiliary = BitReader(bytes(payload[position : position + 4]))
            size = auxiliary.bits(min(layout.auxiliary_bits, 32))
            position += (layout.auxiliary_bits + size + 7) // 8
        return sizes, position

    def _fragment(self, size: int, piece: bytes, timestamp: int) -> None:
        if self._partial and (timestamp, size) != (self._partial_timestamp, self._partial_size):
            self._lost, self._partial = True, b""
        self._partial += piece
        self._partial_timestamp, self._partial_size = timestamp, size
        if len(self._partial) == size:
            self._emit(timestamp, self._partial)
            self._partial = b""
        elif len(self._partial) > size:
            self._lost, self._partial = True, b""

    def _emit(self, timestamp: int, unit: bytes) -> None:
        self._on_unit(timestamp & 0xFFFFFFFF, self._layout.duration, self._lost, unit)
        self._lost = False
