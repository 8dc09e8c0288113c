"""Accounts, logins and tokens."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from nvr_core.api.schemas.common import Input, Name
from nvr_core.api.times import EXAMPLE, Time

_PASSWORD = "correct horse battery"


class SetupState(BaseModel):
    """Whether the first account is still to be made."""

    needed: bool


class SetupInput(Input):
    """Makes the first account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "K7Q4-M2XD", "username": "anna", "password": _PASSWORD}]
        }
    )
    code: str = Field(max_length=100, description="The code printed beside the server's address.")
    username: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$", description="Name to log in with."
    )
    password: str = Field(min_length=8, max_length=200, description="At least 8 characters.")


class LoginInput(Input):
    """Logs in."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "anna", "password": _PASSWORD}]}
    )
    username: str = Field(max_length=200)
    password: str = Field(max_length=200)


class PasswordInput(Input):
    """Changes one's own password; every other login of the account ends."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"current": _PASSWORD, "new": "staple the battery"}]}
    )
    current: str = Field(max_length=200)
    new: str = Field(min_length=8, max_length=200)


class UserView(BaseModel):
    """An account."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": 1, "username": "anna", "role": "admin"}]}
    )
    id: int
    username: str
    role: str = Field(description="`admin`; other roles come later.")


class TokenInput(Input):
    """Makes a token for a program."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Home automation"}]})
    name: Name


class TokenView(BaseModel):
    """An API token, without its text."""

    id: int
    name: str
    created_at: Time = Field(examples=[EXAMPLE])
    last_used_at: Time | None = Field(description="To five minutes; null if never used.")


class NewTokenView(BaseModel):
    """A token just made; its text is shown this once."""

    id: int
    name: str
    token: str = Field(description="Send it as `Authorization: Bearer …`.")
    created_at: Time = Field(examples=[EXAMPLE])
