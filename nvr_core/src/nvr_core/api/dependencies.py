"""What routes ask for: the caller, permission, the server's services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from nvr_core.api.services import Services
from nvr_core.security.authorize import Action, authorize
from nvr_core.security.logins import Caller
from nvr_sdk.errors import NvrError


def get_services(connection: HTTPConnection) -> Services:
    """Give the services of this process."""
    return cast(Services, connection.app.state.services)


def current_caller(connection: HTTPConnection) -> Caller:
    """Give who is asking; `api.gate` has let them in. Raises ``not_authenticated`` if nobody."""
    caller = connection.scope.get("nvr_caller")
    if not isinstance(caller, Caller):
        raise NvrError("not_authenticated", "Log in first.")
    return caller


def allow(action: Action) -> Callable[[HTTPConnection], Caller]:
    """Make a dependency that refuses callers who may not do ``action`` (to the path's camera)."""

    def check(connection: HTTPConnection) -> Caller:
        caller = current_caller(connection)
        authorize(caller, action, connection.path_params.get("camera_id"))
        return caller

    return check


Asked = Annotated[Services, Depends(get_services)]
Who = Annotated[Caller, Depends(current_caller)]
