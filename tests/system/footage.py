"""Reads recorded files back and compares them with what was sent, by the source's own marks."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Iterable, Sequence

import av


def nal_units(sample: bytes) -> list[bytes]:
    """Split a length-prefixed sample into its NAL units."""
    units, position = [], 0
    while position + 4 <= len(sample):
        size = int.from_bytes(sample[position : position + 4], "big")
        units.append(sample[position + 4 : position + 4 + size])
        position += 4 + size
    return units


def video_samples(mp4: bytes) -> list[bytes]:
    """All video samples of a file in decoding order."""
    with av.open(io.BytesIO(mp4)) as container:
        stream = container.streams.video[0]
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def picture_hashes(mp4: bytes) -> list[str]:
    """One hash per picture over its coded slices, without parameter sets and SEI."""
    return [_slice_hash(sample) for sample in video_samples(mp4)]


def _slice_hash(sample: bytes) -> str:
    digest = hashlib.sha256()
    for unit in nal_units(sample):
        if 1 <= unit[0] & 31 <= 5:
            digest.update(unit)
    return digest.hexdigest()[:20]


def sei_units(sample: bytes) -> Iterable[bytes]:
    """The H.264 SEI NAL units of a sample."""
    return (unit for unit in nal_units(sample) if unit[0] & 31 == 6)


def holes(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Places where a counter does not rise by exactly one, as (before, after)."""
    return [(a, b) for a, b in itertools.pairwise(numbers) if b != a + 1]


def loop_holes(recorded: Sequence[str], loop: Sequence[str]) -> list[tuple[int, str]]:
    """Places where recorded pictures do not follow each other in the source's endless loop.

    Needs the pictures of the loop to differ from each other.
    """
    place = {digest: index for index, digest in enumerate(loop)}
    assert len(place) == len(loop), "the loop's pictures must differ"
    found: list[tuple[int, str]] = []
    previous: int | None = None
    for number, digest in enumerate(recorded):
        index = place.get(digest)
        if index is None:
            found.append((number, f"picture {digest} is not the source's"))
        elif previous is not None and index != (previous + 1) % len(loop):
            found.append((number, f"{previous} is followed by {index}"))
        previous = index
    return found
