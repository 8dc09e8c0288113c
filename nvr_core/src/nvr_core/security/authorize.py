"""The one place that decides who may do what; REST, sockets, media and events ask here."""

from __future__ import annotations

from typing import Literal, Protocol

from nvr_sdk.errors import NvrError

Action = Literal[
    "account.own",
    "camera.manage",
    "camera.view",
    "config.manage",
    "event.view",
    "plugin.manage",
    "plugin.use",
    "plugin.view",
    "system.view",
]


class Principal(Protocol):
    """Whoever is asking."""

    @property
    def role(self) -> str:
        """Name of the role."""
        ...


def may(user: Principal, action: Action, camera: str | None = None) -> bool:
    """Tell whether ``user`` may do ``action``, to ``camera`` if it concerns one.

    Administrators may do everything; no other role exists yet, so everybody else may nothing.
    """
    del action, camera
    return user.role == "admin"


def authorize(user: Principal, action: Action, camera: str | None = None) -> None:
    """Raise `NvrError` ``forbidden`` unless `may`."""
    if not may(user, action, camera):
        raise NvrError("forbidden", "Your account may not do this.")
