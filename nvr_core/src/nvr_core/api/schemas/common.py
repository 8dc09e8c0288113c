"""Pieces that several requests and answers share."""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from nvr_core.cameras.ids import PATTERN
from nvr_sdk.errors import FieldError, NvrError
from nvr_sdk.messages import StreamName

T = TypeVar("T")

_MAX_DEPTH = 12
_MAX_INTEGER = 1 << 53


class Input(BaseModel):
    """Base of request bodies: unknown keys are refused, and no value is bent into its type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page.")


class Listed(BaseModel, Generic[T]):
    """A list that is never long."""

    items: list[T]


def check_config(config: dict[str, Any]) -> dict[str, Any]:
    """Refuse what no database or JSON encoder could keep; raises `ValueError`."""
    _check_value(config, 0)
    return config


def _check_value(value: object, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ValueError("the configuration is nested too deeply")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > _MAX_INTEGER:
            raise ValueError("a number is too large")
    elif isinstance(value, Mapping):
        for key, child in value.items():
            _check_text(key)
            _check_value(child, depth + 1)
    elif isinstance(value, list):
        for child in value:
            _check_value(child, depth + 1)


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("a text holds characters that cannot be stored")


ConfigObject = Annotated[
    dict[str, Any],
    AfterValidator(check_config),
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]
"""A configuration whose form the source's JSON Schema describes."""

Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=80,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description="Name for people; no control characters, not blank.",
    ),
]
CameraId = Annotated[
    str, Path(pattern=PATTERN, description="The camera's id.", examples=["front-door"])
]
StreamQuery = Annotated[StreamName, Query(description="Which of the camera's streams.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Most items of one page.")]
Cursor = Annotated[
    str | None,
    Query(max_length=200, description="`next_cursor` of the page before.", examples=[None]),
]


def make_cursor(position: int) -> str:
    """Hide a position in an opaque text."""
    return urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> int | None:
    """Give the position in a cursor; raises ``validation_failed`` for one we did not make."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        text = urlsafe_b64decode(padded).decode()
        if not text.removeprefix("-").isdecimal() or len(text) > 17 or not text.isascii():
            raise ValueError
        return int(text)
    except ValueError:
        message = "Use the next_cursor of the page before."
        raise NvrError(
            "validation_failed", message, (FieldError("cursor", "cursor", message),)
        ) from None
