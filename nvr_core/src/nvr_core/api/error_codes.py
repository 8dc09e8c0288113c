"""Every error code of the API with its HTTP status; docs/reference/errors.md explains each."""

from __future__ import annotations

STATUS: dict[str, int] = {
    "bad_request": 400,
    "not_authenticated": 401,
    "login_failed": 401,
    "forbidden": 403,
    "foreign_origin": 403,
    "wrong_setup_code": 403,
    "not_found": 404,
    "camera_not_found": 404,
    "component_not_found": 404,
    "option_not_found": 404,
    "no_picture": 404,
    "plugin_not_found": 404,
    "recording_not_found": 404,
    "route_not_found": 404,
    "segment_not_found": 404,
    "source_not_found": 404,
    "stream_not_found": 404,
    "token_not_found": 404,
    "method_not_allowed": 405,
    "camera_exists": 409,
    "not_supported": 409,
    "plugin_builtin": 409,
    "plugin_disabled": 409,
    "disabled": 409,
    "setup_done": 409,
    "user_exists": 409,
    "body_too_large": 413,
    "range_not_satisfiable": 416,
    "auth_failed": 422,
    "camera_not_reached": 422,
    "config_error": 422,
    "decode_failed": 422,
    "forbidden_url": 422,
    "import_failed": 422,
    "no_video": 422,
    "path_not_found": 422,
    "secret_unreadable": 422,
    "unreachable": 422,
    "unsupported_codec": 422,
    "validation_failed": 422,
    "wrong_password": 422,
    "too_many_attempts": 429,
    "internal": 500,
    "bad_gateway": 502,
    "offline": 503,
    "starting": 503,
    "unavailable": 503,
    "timeout": 504,
}
"""A code that is not here came from a plugin and is answered with 422."""

PLUGIN_CODE_STATUS = 422

BY_FRAMEWORK: dict[int, str] = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    416: "range_not_satisfiable",
    422: "validation_failed",
}
"""Codes for the statuses that the web framework raises by itself."""
