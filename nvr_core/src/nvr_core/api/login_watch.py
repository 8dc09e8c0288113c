"""Ends web sockets whose login has ended: a session or token is looked at only when they open."""

from __future__ import annotations

import asyncio

from nvr_core.security.logins import Caller, Logins
from nvr_sdk.errors import NvrError

LOOK_EVERY_S = 5.0
LOGGED_OUT = 4401
"""Close code of a socket whose login has ended."""


class LoginWatch:
    """Looks at a login every five seconds while it holds a socket open."""

    def __init__(self, logins: Logins, every_s: float = LOOK_EVERY_S) -> None:
        self._logins = logins
        self._every_s = every_s

    async def until_ended(self, caller: Caller) -> None:
        """Wait as long as ``caller`` is logged in, then raise ``not_authenticated``."""
        while True:
            await asyncio.sleep(self._every_s)
            if not await asyncio.to_thread(self._logins.is_valid, caller):
                raise NvrError("not_authenticated", "Log in again.")
