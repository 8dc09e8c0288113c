"""Turns every failure into the one error shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from nvr_core.api.error_codes import BY_FRAMEWORK, PLUGIN_CODE_STATUS, STATUS
from nvr_core.security.throttle import TooManyAttempts
from nvr_sdk.errors import FieldError, NvrError

_MESSAGES = {
    400: "The request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The request is too large.",
    416: "The file does not have the bytes asked for.",
}
_LOCATIONS = frozenset({"body", "query", "path", "header", "cookie"})


def error_body(error: NvrError, request_id: str) -> bytes:
    """Give the JSON of an error."""
    fields = [
        {"path": field.path, "code": field.code, "message": field.message} for field in error.fields
    ]
    shown = {
        "code": error.code,
        "message": error.message,
        "fields": fields,
        "request_id": request_id,
    }
    return orjson.dumps({"error": shown})


def error_response(error: NvrError, request_id: str, headers: Mapping[str, str]) -> Response:
    """Give the answer to a request that failed."""
    return Response(
        error_body(error, request_id),
        STATUS.get(error.code, PLUGIN_CODE_STATUS),
        headers,
        media_type="application/json",
    )


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(NvrError, _on_nvr_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_framework_error)


def request_id(request: Request) -> str:
    """Give the id that `api.envelope` put on this request."""
    return cast(str, request.scope.get("nvr_request_id", ""))


async def _on_nvr_error(request: Request, error: Exception) -> Response:
    failure = cast(NvrError, error)
    headers = {}
    if isinstance(failure, TooManyAttempts):
        headers["Retry-After"] = str(failure.retry_after_s)
    return error_response(failure, request_id(request), headers)


async def _on_invalid(request: Request, error: Exception) -> Response:
    invalid = cast(RequestValidationError, error)
    failure = NvrError(
        "validation_failed",
        "Some fields are not valid.",
        tuple(_field(item) for item in cast(Sequence[dict[str, Any]], invalid.errors())),
    )
    return error_response(failure, request_id(request), {})


def _field(item: Mapping[str, Any]) -> FieldError:
    where = [str(part) for part in item["loc"]]
    if where and where[0] in _LOCATIONS:
        del where[0]
    message = str(item["msg"]).removeprefix("Value error, ")
    text = f"{message[:1].upper()}{message[1:]}"
    return FieldError(".".join(where), str(item["type"]), _encodable(text))


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()


async def _on_framework_error(request: Request, error: Exception) -> Response:
    raised = cast(HTTPException, error)
    code = BY_FRAMEWORK.get(raised.status_code, "bad_request")
    message = _MESSAGES.get(raised.status_code, "The request is not valid.")
    response = error_response(NvrError(code, message), request_id(request), raised.headers or {})
    response.status_code = raised.status_code
    return response
