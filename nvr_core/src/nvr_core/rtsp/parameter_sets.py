"""The parameter sets of a video track, from its description and from inside the stream."""

from __future__ import annotations

_MAX_SETS = 48
_MAX_SIZE = 4096


class ParameterSets:
    """Holds the newest set of each type and id, and tells whether they changed."""

    def __init__(self) -> None:
        self._sets: dict[tuple[int, int], bytes] = {}
        self.changed = False
        """True once a set differs from what was held; reset by the reader of `ordered`."""

    def offer(self, kind: int, ident: int, nal: bytes) -> None:
        """Take a set; one of the same type and id is replaced. Absurd ones are left out."""
        key = kind, ident
        if self._sets.get(key) == nal or len(nal) > _MAX_SIZE:
            return
        if key not in self._sets and len(self._sets) >= _MAX_SETS:
            return
        self._sets.pop(key, None)
        self._sets[key] = nal
        self.changed = True

    def has(self, *kinds: int) -> bool:
        """Tell whether there is at least one set of each type."""
        return {kind for kind, _ in self._sets} >= set(kinds)

    def ordered(self) -> tuple[bytes, ...]:
        """Give all sets by type; within a type the newest first, it is the one in use."""
        newest = reversed(self._sets.items())
        return tuple(nal for _, nal in sorted(newest, key=lambda item: item[0][0]))
