"""Completes the OpenAPI document that FastAPI makes of the routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from nvr_core import __version__
from nvr_core.api.error_codes import STATUS
from nvr_core.api.gate import COOKIE, OPEN_TO_ALL
from nvr_core.api.schemas.errors import ERROR_SCHEMA, ErrorBody, error_example

_TAGS = {
    "setup": "The first run.",
    "auth": "Login, password, API tokens.",
    "cameras": "Cameras and their health.",
    "recordings": "What is recorded, and how to play it.",
    "live": "Live view and still pictures.",
    "plugins": "Plugins and their configuration.",
    "events": "What happened.",
    "system": "The server itself.",
}
_UNSAFE = frozenset({"post", "put", "patch", "delete"})


def install(app: FastAPI) -> None:
    """Make ``app.openapi()`` give the complete document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _build(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _build(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="nvr",
        version=__version__,
        summary="Network video recorder",
        description="Times are RFC 3339 in UTC. Every error has the shape of `ErrorBody`.",
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    error_schema = ErrorBody.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, schema in error_schema.pop("$defs").items():
        schemas.setdefault(name, schema)
    schemas.setdefault("ErrorBody", error_schema)
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        "token": {"type": "http", "scheme": "bearer"},
    }
    document["security"] = [{"session": []}, {"token": []}]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation)
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    is_open = (method.upper(), path) in OPEN_TO_ALL
    codes = [] if is_open else ["not_authenticated", "forbidden"]
    if method in _UNSAFE and not is_open:
        codes.append("foreign_origin")
    if operation.get("requestBody"):
        codes.append("bad_request")
    if operation.get("parameters") or operation.get("requestBody"):
        codes.append("validation_failed")
    if is_open:
        operation["security"] = []
    responses = operation["responses"]
    if "422" in responses and "HTTPValidationError" in str(responses["422"]):
        del responses["422"]
    for code in codes:
        _add(responses, code)
    operation["responses"] = dict(sorted(responses.items()))


def _add(responses: dict[str, Any], code: str) -> None:
    answer = responses.setdefault(
        str(STATUS[code]),
        {"description": "", "content": {"application/json": {"schema": ERROR_SCHEMA}}},
    )
    if f"`{code}`" in answer["description"]:
        return
    answer["description"] = ", ".join(filter(None, (answer["description"], f"`{code}`")))
    examples = answer["content"]["application/json"].setdefault("examples", {})
    examples[code] = {"value": error_example(code)}
