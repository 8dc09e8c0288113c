"""Answers to RTSP's authentication challenges: Digest (SHA-256, MD5) and Basic."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_HASHES = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}
_MAX_HEADER = 2048
_PARAMETER = re.compile(r'([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')
_SCHEME = re.compile(r"(?:^|,)\s*(Digest|Basic)(?=\s|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in which the server lets a client prove who it is."""

    scheme: str
    """``digest`` or ``basic``."""
    realm: str = ""
    nonce: str = ""
    opaque: str = ""
    algorithm: str = "MD5"
    qop_auth: bool = False
    stale: bool = False
    """True when the credentials were right and only the nonce is too old."""
    legacy: bool = False
    """True when the server named no algorithm; then none is sent back either."""


def parse_challenges(headers: Sequence[str]) -> list[Challenge]:
    """Read ``WWW-Authenticate`` headers; the strongest first, unknown ones left out."""
    found = [challenge for header in headers for challenge in _split(header[:_MAX_HEADER])]
    order = ["SHA-256", "MD5", ""]
    return sorted(found, key=lambda c: order.index(c.algorithm if c.scheme == "digest" else ""))


def _split(header: str) -> list[Challenge]:
    starts = list(_SCHEME.finditer(header))
    challenges: list[Challenge] = []
    for index, start in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(header)
        values = {
            match[1].lower(): match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
            for match in _PARAMETER.finditer(header, start.end(), end)
        }
        algorithm = values.get("algorithm", "MD5").upper()
        scheme = start[1].lower()
        if scheme == "digest" and (algorithm not in _HASHES or not values.get("nonce")):
            continue
        offered = [name.strip().lower() for name in values.get("qop", "").split(",")]
        if scheme == "digest" and offered != [""] and "auth" not in offered:
            continue
        challenges.append(
            Challenge(
                scheme,
                realm=values.get("realm", ""),
                nonce=values.get("nonce", ""),
                opaque=values.get("opaque", ""),
                algorithm=algorithm,
                qop_auth="auth" in offered,
                stale=values.get("stale", "").lower() == "true",
                legacy="algorithm" not in values,
            )
        )
    return challenges


@dataclass(slots=True)
class Authenticator:
    """Makes the ``Authorization`` header of each request once a challenge was seen."""

    username: str
    password: str = field(repr=False)
    make_cnonce: Callable[[], str] = lambda: secrets.token_hex(8)
    _challenge: Challenge | None = None
    _count: int = 0
    _accepted: bool = False

    def accepted(self) -> None:
        """Note that a request with the present credentials went through."""
        self._accepted = self._challenge is not None

    def take(self, headers: Sequence[str]) -> bool:
        """Take the challenge of a 401; False when trying again would be refused again.

        A wrong password is sent once only: cameras lock an account after a few failures.
        """
        challenges = parse_challenges(headers)
        if not challenges or not self.username:
            return False
        latest = challenges[0]
        tried = self._challenge
        if tried is not None and not latest.stale:
            renewed = latest.scheme == "digest" and latest.nonce != tried.nonce
            if not (self._accepted and renewed):
                return False
        self._challenge, self._count, self._accepted = latest, 0, False
        return True

    def header(self, method: str, uri: str) -> str | None:
        """Give the ``Authorization`` value for a request, or None before any challenge."""
        challenge = self._challenge
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            pair = f"{self.username}:{self.password}".encode()
            return "Basic " + base64.b64encode(pair).decode("ascii")
        return self._digest(challenge, method, uri)

    def _digest(self, challenge: Challenge, method: str, uri: str) -> str:
        def hashed(text: str) -> str:
            return _HASHES[challenge.algorithm](text.encode()).hexdigest()

        secret = hashed(f"{self.username}:{challenge.realm}:{self.password}")
        target = hashed(f"{method}:{uri}")
        fields = [
            f"username={_quoted(self.username)}",
            f"realm={_quoted(challenge.realm)}",
            f"nonce={_quoted(challenge.nonce)}",
            f"uri={_quoted(uri)}",
        ]
        if challenge.qop_auth:
            self._count += 1
            cnonce, count = self.make_cnonce(), f"{self._count:08x}"
            answer = hashed(f"{secret}:{challenge.nonce}:{count}:{cnonce}:auth:{target}")
            fields += ["qop=auth", f"nc={count}", f"cnonce={_quoted(cnonce)}"]
        else:
            answer = hashed(f"{secret}:{challenge.nonce}:{target}")
        fields.append(f"response={_quoted(answer)}")
        if not challenge.legacy:
            fields.append(f"algorithm={challenge.algorithm}")
        if challenge.opaque:
            fields.append(f"opaque={_quoted(challenge.opaque)}")
        return "Digest " + ", ".join(fields)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
