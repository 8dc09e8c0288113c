"""Server-side sessions and API tokens: the client holds a random token, the database its hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlmodel import col, delete, select

from nvr_core.db.engine import Database
from nvr_core.db.models import ApiToken, AuthSession, User
from nvr_sdk.errors import NvrError

SESSION_DAYS = 30
TOKEN_PREFIX = "nvr_"
_DAY_US = 86_400_000_000
_TOUCH_US = 300_000_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request, and by what."""

    user_id: int
    username: str
    role: str
    via: Literal["session", "token"]
    login_id: str
    """Hash of the session or token: stays valid no longer than its row."""


class Logins:
    """Makes, finds and ends logins. Every method blocks: call it from a thread."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock

    def open_session(self, user_id: int, user_agent: str) -> str:
        """Begin a session and give the token for its cookie; expired ones are dropped."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        self.drop_expired()
        with self._database.write() as session:
            session.add(
                AuthSession(
                    id=_digest(token),
                    user_id=user_id,
                    created_us=now,
                    last_used_us=now,
                    expires_us=now + SESSION_DAYS * _DAY_US,
                    user_agent=_printable(user_agent)[:300],
                )
            )
        return token

    def close_session(self, login_id: str) -> None:
        """End a session; an unknown one is nothing to complain about."""
        with self._database.write() as session:
            session.exec(delete(AuthSession).where(col(AuthSession.id) == login_id))

    def find_session(self, token: str) -> Caller | None:
        """Give the caller of a session cookie; each use renews it for another 30 days."""
        login_id, now = _digest(token), self._clock()
        statement = select(AuthSession, User).join(User).where(AuthSession.id == login_id)
        with self._database.read() as session:
            row = session.exec(statement).first()
        if row is None or row[0].expires_us < now:
            return None
        if now - row[0].last_used_us > _TOUCH_US:
            self._touch_session(login_id, now)
        return _caller(row[1], "session", login_id)

    def is_valid(self, caller: Caller) -> bool:
        """Tell whether the login that a caller came with has neither ended nor been revoked."""
        with self._database.read() as session:
            if caller.via == "session":
                found = session.get(AuthSession, caller.login_id)
                return found is not None and found.expires_us >= self._clock()
            statement = select(ApiToken.id).where(ApiToken.token_hash == caller.login_id)
            return session.exec(statement).first() is not None

    def drop_expired(self) -> None:
        """Delete the sessions that have expired."""
        with self._database.write() as session:
            session.exec(delete(AuthSession).where(col(AuthSession.expires_us) < self._clock()))

    def _touch_session(self, login_id: str, now: int) -> None:
        with self._database.write() as session:
            found = session.get(AuthSession, login_id)
            if found is not None:
                found.last_used_us = now
                found.expires_us = now + SESSION_DAYS * _DAY_US

    def create_token(self, user_id: int, name: str) -> tuple[ApiToken, str]:
        """Make an API token; the text is given out this once."""
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        row = ApiToken(
            user_id=user_id, name=name, token_hash=_digest(text), created_us=self._clock()
        )
        with self._database.write() as session:
            session.add(row)
        return row, text

    def list_tokens(self, user_id: int, after_id: int, limit: int) -> list[ApiToken]:
        """List a user's tokens by id, those after ``after_id``."""
        statement = (
            select(ApiToken)
            .where(ApiToken.user_id == user_id, col(ApiToken.id) > after_id)
            .order_by(col(ApiToken.id))
            .limit(limit)
        )
        with self._database.read() as session:
            return list(session.exec(statement))

    def delete_token(self, user_id: int, token_id: int) -> None:
        """Revoke a token; raises `NvrError` ``token_not_found``."""
        with self._database.write() as session:
            row = session.get(ApiToken, token_id)
            if row is None or row.user_id != user_id:
                raise NvrError("token_not_found", "There is no such token.")
            session.delete(row)

    def find_token(self, text: str) -> Caller | None:
        """Give the caller of an API token; the time of its use is kept to five minutes."""
        digest, now = _digest(text), self._clock()
        statement = select(ApiToken, User).join(User).where(ApiToken.token_hash == digest)
        with self._database.read() as session:
            row = session.exec(statement).first()
        if row is None:
            return None
        if now - (row[0].last_used_us or 0) > _TOUCH_US:
            with self._database.write() as session:
                found = session.get(ApiToken, row[0].id)
                if found is not None:
                    found.last_used_us = now
        return _caller(row[1], "token", digest)


def _caller(user: User, via: Literal["session", "token"], login_id: str) -> Caller:
    return Caller(user.id or 0, user.username, user.role, via, login_id)


def _digest(token: str) -> str:
    # The token has 256 random bits: a plain hash is enough, nothing can be guessed.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
