"""Errors with a stable code, which cross process borders unchanged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of an input."""

    path: str
    """Dotted path of the field, e.g. ``config.main_url``; empty for the whole input."""
    code: str
    """Stable, machine-readable reason."""
    message: str
    """A sentence that names the mend."""


class NvrError(Exception):
    """A failure that the user can be told about.

    ``code`` is stable (docs/reference/errors.md lists them all); ``message`` is one sentence that
    says what is wrong and how to mend it, and never holds a secret. Raise it anywhere in a plugin;
    the worker carries it to the API as it is.
    """

    def __init__(self, code: str, message: str, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields


class AuthFailed(NvrError):
    """The camera or service refused the credentials. Not retried until the config changes."""

    def __init__(self, message: str = "User name or password was refused.") -> None:
        super().__init__("auth_failed", message)


class ConfigError(NvrError):
    """The configuration cannot work. Not retried until the config changes."""

    def __init__(self, message: str, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__("config_error", message, fields)
