"""Accounts: who may log in. Used by the API and by ``nvr user add``."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from nvr_core.db.engine import Database
from nvr_core.db.models import AuthSession, User
from nvr_core.security.passwords import MAX_LENGTH, MIN_LENGTH, Passwords
from nvr_sdk.errors import FieldError, NvrError

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class Accounts:
    """The users of one server. Every method blocks: call it from a thread."""

    def __init__(self, database: Database, passwords: Passwords, clock: Callable[[], int]) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock

    def exist(self) -> bool:
        """Tell whether anybody can log in: the first run is over then."""
        with self._database.read() as session:
            return _count(session) > 0

    def create(self, username: str, password: str, *, first: bool = False) -> User:
        """Make an administrator.

        Raises `NvrError` ``validation_failed``, ``user_exists`` or, with ``first``, ``setup_done``
        when there is an account already.
        """
        _check_username(username)
        check_password(password)
        user = User(
            username=username,
            password_hash=self._passwords.hash(password),
            created_us=self._clock(),
        )
        try:
            with self._database.write() as session:
                if first and _count(session) > 0:
                    raise NvrError("setup_done", "The first account has been made already: log in.")
                session.add(user)
        except IntegrityError:
            raise NvrError("user_exists", f"There is a user {username!r} already.") from None
        return user

    def verify(self, username: str, password: str) -> User | None:
        """Give the user that name and password belong to, or None; takes as long either way."""
        with self._database.read() as session:
            user = session.exec(select(User).where(User.username == username)).first()
        fits = self._passwords.verify(password, user.password_hash if user else None)
        return user if fits else None

    def get(self, user_id: int) -> User | None:
        """Give a user by id."""
        with self._database.read() as session:
            return session.get(User, user_id)

    def change_password(self, user_id: int, current: str, new: str, keep_session: str) -> None:
        """Set a new password and end every other login of the user.

        Raises `NvrError` ``wrong_password`` or ``validation_failed``.
        """
        check_password(new, "new")
        user = self.get(user_id)
        if user is None or not self._passwords.verify(current, user.password_hash):
            raise NvrError(
                "wrong_password",
                "The current password is not right.",
                (FieldError("current", "wrong_password", "The current password is not right."),),
            )
        stored = self._passwords.hash(new)
        with self._database.write() as session:
            found = session.get_one(User, user_id)
            found.password_hash = stored
            for login in session.exec(select(AuthSession).where(AuthSession.user_id == user_id)):
                if login.id != keep_session:
                    session.delete(login)


def check_password(password: str, path: str = "password") -> None:
    """Refuse a password that is too short or too long; raises ``validation_failed``."""
    if MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return
    message = f"The password needs {MIN_LENGTH} to {MAX_LENGTH} characters."
    raise NvrError("validation_failed", message, (FieldError(path, "length", message),))


def _check_username(username: str) -> None:
    if _USERNAME.fullmatch(username):
        return
    message = "A user name is made of 1 to 64 letters, digits and . _ @ - and begins with a letter."
    raise NvrError("validation_failed", message, (FieldError("username", "pattern", message),))


def _count(session: Session) -> int:
    return session.exec(select(func.count(col(User.id)))).one()
