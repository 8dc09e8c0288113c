"""Secrets at rest: AES-256-GCM under a key file of mode 0600."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from nvr_sdk.errors import NvrError

_NONCE = 12


class Vault:
    """Seals and opens small mappings. Loads `cryptography` on first use only."""

    def __init__(self, key_path: Path) -> None:
        self._key_path = key_path
        self._key: bytes | None = None

    def seal(self, secrets: Mapping[str, object], bound_to: str) -> bytes:
        """Encrypt; the result opens only with the same ``bound_to`` (e.g. ``camera:porch``)."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if not secrets:
            return b""
        nonce = os.urandom(_NONCE)
        plain = json.dumps(dict(secrets)).encode()
        return nonce + AESGCM(self._load_key()).encrypt(nonce, plain, bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> dict[str, object]:
        """Decrypt; raises `NvrError` ``secret_unreadable`` if the key or the row is another one."""
        if not sealed:
            return {}
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            plain = AESGCM(self._load_key()).decrypt(
                sealed[:_NONCE], sealed[_NONCE:], bound_to.encode()
            )
        except (InvalidTag, ValueError):
            raise NvrError(
                "secret_unreadable",
                "A stored secret cannot be read with this server's key; enter it again.",
            ) from None
        return cast(dict[str, object], json.loads(plain))

    def _load_key(self) -> bytes:
        if self._key is None:
            self._key = _read_or_make_key(self._key_path)
        return self._key


def _read_or_make_key(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != 32:
            raise NvrError(
                "secret_unreadable", f"{path.name} is damaged: restore it from a backup."
            ) from None
        return key
    key = os.urandom(32)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
