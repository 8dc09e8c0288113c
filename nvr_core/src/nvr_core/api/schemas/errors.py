"""The one shape of every error answer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from nvr_core.api.error_codes import STATUS


class FieldErrorView(BaseModel):
    """What is wrong with one field."""

    path: str = Field(description="Dotted path of the field; empty for the whole input.")
    code: str = Field(description="Stable reason.")
    message: str = Field(description="A sentence that names the mend.")


class ErrorView(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable code, see docs/reference/errors.md.")
    message: str = Field(description="One sentence for the user.")
    fields: list[FieldErrorView] = Field(description="Per field; empty where none is to blame.")
    request_id: str = Field(description="Find the request in the server's log with it.")


class ErrorBody(BaseModel):
    """Body of every answer with a status of 400 or more."""

    error: ErrorView


# Not as FastAPI's ``model``, which builds a validator for every error of every operation.
ERROR_SCHEMA = {"$ref": "#/components/schemas/ErrorBody"}


def errors(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Document an operation's error answers; those that all operations share are added later."""
    answers: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        answer = answers.setdefault(
            STATUS[code],
            {"description": "", "content": {"application/json": {"schema": dict(ERROR_SCHEMA)}}},
        )
        answer["description"] = ", ".join(filter(None, (answer["description"], f"`{code}`")))
        examples = answer["content"]["application/json"].setdefault("examples", {})
        examples[code] = {"value": error_example(code)}
    return answers


def error_example(code: str) -> dict[str, Any]:
    """Give an example of an error's body."""
    return {
        "error": {
            "code": code,
            "message": "What went wrong, and how to mend it.",
            "fields": [],
            "request_id": "5f0c8a52b1d94d5e",
        }
    }
