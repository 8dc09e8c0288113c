"""NAL units and the bits inside them, alike in H.264 and H.265."""

from __future__ import annotations

from collections.abc import Iterator


def split_nals(data: bytes) -> Iterator[bytes]:
    """Give the NAL units of an access unit (4-byte lengths); a torn last one is left out."""
    position, size = 0, len(data)
    while position + 4 <= size:
        length = int.from_bytes(data[position : position + 4], "big")
        position += 4
        if position + length > size:
            return
        yield data[position : position + length]
        position += length


def unescape(nal: bytes) -> bytes:
    """Take the emulation prevention bytes out: what the bit fields are read from."""
    parts: list[bytes] = []
    start = 0
    while (found := nal.find(b"\x00\x00\x03", start)) >= 0:
        parts.append(nal[start : found + 2])
        start = found + 3
    parts.append(nal[start:])
    return b"".join(parts)


class BitReader:
    """Reads bit fields, most significant bit first; raises `ValueError` past the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def bits(self, count: int) -> int:
        """Read an unsigned number of ``count`` bits."""
        if count > self._left:
            raise ValueError("the bit fields end early")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        """Read one bit."""
        return self.bits(1) == 1

    def ue(self) -> int:
        """Read an unsigned Exp-Golomb number."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise ValueError("an Exp-Golomb number is too long")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """Read a signed Exp-Golomb number."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)
