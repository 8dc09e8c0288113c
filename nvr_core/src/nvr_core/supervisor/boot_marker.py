"""Remembers across starts whether the last ones came up; two that did not mean safe mode."""

from __future__ import annotations

from pathlib import Path

SAFE_AFTER = 2
"""Failed boots in a row after which no plugin is started."""


class BootMarker:
    """A file with the number of boots since the last good one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.failed = self._read()
        """Boots in a row that did not come up."""

    @property
    def safe_mode(self) -> bool:
        """True when plugins had better not be started."""
        return self.failed >= SAFE_AFTER

    def begin(self) -> None:
        """A boot begins: it counts as failed until `good` or `called_off`."""
        self._write(self.failed + 1)

    def failure(self) -> None:
        """The boot that was begun failed, and the next one is at hand."""
        self.failed += 1
        self.begin()

    def good(self) -> None:
        """The server came up and stayed up."""
        self.failed = 0
        self._write(0)

    def called_off(self) -> None:
        """The server was told to end before that could be known."""
        self._write(self.failed)

    def _read(self) -> int:
        try:
            return int(self._path.read_text())
        except (OSError, ValueError):
            return 0

    def _write(self, count: int) -> None:
        partial = self._path.with_suffix(".part")
        try:
            partial.write_text(str(count))
            partial.replace(self._path)
        except OSError:
            # On a full disk the server should still come up; it then forgets this boot.
            return
