"""First run, login, logout, password, API tokens."""

from __future__ import annotations

import asyncio
import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from nvr_core.api.dependencies import Asked, Who, allow
from nvr_core.api.gate import COOKIE
from nvr_core.api.schemas.accounts import (
    LoginInput,
    NewTokenView,
    PasswordInput,
    SetupInput,
    SetupState,
    TokenInput,
    TokenView,
    UserView,
)
from nvr_core.api.schemas.common import Cursor, Limit, Page, make_cursor, read_cursor
from nvr_core.api.schemas.errors import errors
from nvr_core.api.services import Services
from nvr_core.api.times import format_optional, format_time
from nvr_core.db.models import User
from nvr_core.security.logins import SESSION_DAYS
from nvr_sdk.errors import NvrError

router = APIRouter()
_OWN = [Depends(allow("account.own"))]
_SETUP = "first run"


@router.get("/setup", tags=["setup"], operation_id="getSetup", summary="Ask for the first run")
async def get_setup(services: Asked) -> SetupState:
    """Tell whether the first account is still to be made."""
    return SetupState(needed=not await asyncio.to_thread(services.accounts.exist))


@router.post(
    "/setup",
    tags=["setup"],
    status_code=201,
    operation_id="postSetup",
    summary="Make the first account",
    responses=errors("wrong_setup_code", "setup_done", "foreign_origin", "too_many_attempts"),
)
async def post_setup(
    body: SetupInput, request: Request, response: Response, services: Asked
) -> UserView:
    """Make the first account with the code printed at the server's start, and log in."""
    if await asyncio.to_thread(services.accounts.exist):
        raise NvrError("setup_done", "The first account has been made already: log in.")
    address = _address(request)
    services.throttle.attempt(_SETUP, address)
    if not _same(body.code.strip(), services.setup_code):
        raise NvrError("wrong_setup_code", "The code is not the one printed at the server's start.")
    services.throttle.succeeded(_SETUP, address)
    create = services.accounts.create
    user = await asyncio.to_thread(create, body.username, body.password, first=True)
    await _open_session(services, user, request, response)
    return _user(user)


@router.post(
    "/auth/login",
    tags=["auth"],
    operation_id="login",
    summary="Log in",
    responses=errors("login_failed", "foreign_origin", "too_many_attempts"),
)
async def login(
    body: LoginInput, request: Request, response: Response, services: Asked
) -> UserView:
    """Begin a session; its cookie lasts 30 days from its last use."""
    address = _address(request)
    services.throttle.attempt(body.username, address)
    user = await asyncio.to_thread(services.accounts.verify, body.username, body.password)
    if user is None:
        raise NvrError("login_failed", "User name or password is not right.")
    services.throttle.succeeded(body.username, address)
    await _open_session(services, user, request, response)
    return _user(user)


@router.post(
    "/auth/logout",
    tags=["auth"],
    status_code=204,
    operation_id="logout",
    summary="Log out",
    dependencies=_OWN,
)
async def logout(response: Response, services: Asked, caller: Who) -> None:
    """End this session; with an API token nothing happens."""
    if caller.via == "session":
        await asyncio.to_thread(services.logins.close_session, caller.login_id)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


@router.get(
    "/auth/me", tags=["auth"], operation_id="getMe", summary="Tell who I am", dependencies=_OWN
)
async def get_me(caller: Who) -> UserView:
    """Give the account of the caller."""
    return UserView(id=caller.user_id, username=caller.username, role=caller.role)


@router.post(
    "/auth/password",
    tags=["auth"],
    status_code=204,
    operation_id="changePassword",
    summary="Change my password",
    dependencies=_OWN,
    responses=errors("wrong_password", "too_many_attempts"),
)
async def change_password(
    body: PasswordInput, request: Request, services: Asked, caller: Who
) -> None:
    """Set a new password; every other login of the account ends."""
    address = _address(request)
    services.throttle.attempt(caller.username, address)
    change = services.accounts.change_password
    await asyncio.to_thread(change, caller.user_id, body.current, body.new, caller.login_id)
    services.throttle.succeeded(caller.username, address)


@router.get(
    "/tokens",
    tags=["auth"],
    operation_id="listTokens",
    summary="List my API tokens",
    dependencies=_OWN,
)
async def list_tokens(
    services: Asked, caller: Who, limit: Limit = 100, cursor: Cursor = None
) -> Page[TokenView]:
    """Give the tokens without their texts, oldest first."""
    after = read_cursor(cursor) or 0
    rows = await asyncio.to_thread(services.logins.list_tokens, caller.user_id, after, limit + 1)
    items = [
        TokenView(
            id=row.id or 0,
            name=row.name,
            created_at=format_time(row.created_us),
            last_used_at=format_optional(row.last_used_us),
        )
        for row in rows[:limit]
    ]
    more = make_cursor(items[-1].id) if len(rows) > limit else None
    return Page(items=items, next_cursor=more)


@router.post(
    "/tokens",
    tags=["auth"],
    status_code=201,
    operation_id="createToken",
    summary="Make an API token",
    dependencies=_OWN,
)
async def create_token(body: TokenInput, services: Asked, caller: Who) -> NewTokenView:
    """Make a token for a program; its text is shown in this answer only."""
    row, text = await asyncio.to_thread(services.logins.create_token, caller.user_id, body.name)
    return NewTokenView(
        id=row.id or 0, name=row.name, token=text, created_at=format_time(row.created_us)
    )


@router.delete(
    "/tokens/{token_id}",
    tags=["auth"],
    status_code=204,
    operation_id="deleteToken",
    summary="Revoke an API token",
    dependencies=_OWN,
    responses=errors("token_not_found"),
)
async def delete_token(
    token_id: Annotated[int, Path(ge=1, le=2_147_483_647)], services: Asked, caller: Who
) -> None:
    """Revoke a token at once."""
    await asyncio.to_thread(services.logins.delete_token, caller.user_id, token_id)


async def _open_session(
    services: Services, user: User, request: Request, response: Response
) -> None:
    agent = request.headers.get("user-agent", "")
    token = await asyncio.to_thread(services.logins.open_session, user.id or 0, agent)
    response.set_cookie(
        COOKIE,
        token,
        max_age=SESSION_DAYS * 86_400,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _user(user: User) -> UserView:
    return UserView(id=user.id or 0, username=user.username, role=user.role)


def _same(given: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _address(request: Request) -> str:
    # The peer's own address: a header could be written by anybody.
    return request.client.host if request.client else ""
