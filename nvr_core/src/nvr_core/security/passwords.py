"""Password hashes: argon2id at OWASP's 19 MiB setting, a few at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pwdlib.hashers.argon2 import Argon2Hasher

MIN_LENGTH = 8
MAX_LENGTH = 200
_PARALLEL = 2


class Passwords:
    """Hashes and verifies passwords; blocks for about 50 ms, so call it from a thread.

    More than two calls at once wait for each other: a flood of logins takes neither all cores nor
    all memory.
    """

    def __init__(self) -> None:
        self._turn = threading.BoundedSemaphore(_PARALLEL)
        self._hasher: Argon2Hasher | None = None
        self._decoy = ""

    def hash(self, password: str) -> str:
        """Give a salted hash to be stored."""
        with self._turn:
            return self._load().hash(password)

    def verify(self, password: str, stored: str | None) -> bool:
        """Tell whether a password fits; takes as long for an unknown account (``None``)."""
        with self._turn:
            hasher = self._load()
            if stored is None:
                self._decoy = self._decoy or hasher.hash("nobody's password")
            fits = hasher.verify(password, stored or self._decoy)
            return fits and stored is not None

    def _load(self) -> Argon2Hasher:
        if self._hasher is None:
            # Imported late: the server starts without it.
            from pwdlib.hashers.argon2 import Argon2Hasher

            self._hasher = Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1)
        return self._hasher
