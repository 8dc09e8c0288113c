"""Checks configurations against the pre-built JSON Schema of a manifest, and fills its defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from math import isfinite
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from nvr_core.security.secret_fields import resolve
from nvr_sdk.errors import FieldError, NvrError

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError as SchemaError

PREFIX = "config"

_MENDS = {
    "required": ("missing", "Fill in this field."),
    "additionalProperties": ("unknown_field", "This field is not known; remove it."),
    "type": ("wrong_type", "Enter a {expected}."),
    "enum": ("not_a_choice", "Choose one of: {expected}."),
    "const": ("not_a_choice", "The only possible value is {expected}."),
    "minimum": ("too_small", "Enter {expected} or more."),
    "exclusiveMinimum": ("too_small", "Enter more than {expected}."),
    "maximum": ("too_large", "Enter {expected} or less."),
    "exclusiveMaximum": ("too_large", "Enter less than {expected}."),
    "multipleOf": ("not_a_multiple", "Enter a multiple of {expected}."),
    "minLength": ("too_short", "Enter at least {expected} characters."),
    "maxLength": ("too_long", "Enter at most {expected} characters."),
    "pattern": ("wrong_format", "Enter text of the form {expected}."),
    "minItems": ("too_few", "Give at least {expected} entries."),
    "maxItems": ("too_many", "Give at most {expected} entries."),
    "uniqueItems": ("not_unique", "Give each entry once."),
}


def fill_defaults(schema: Mapping[str, Any], config: Mapping[str, object]) -> dict[str, object]:
    """Copy a configuration with the schema's defaults put in where a field is absent."""
    return _fill(schema, schema, config)


def _fill(
    root: Mapping[str, Any], node: Mapping[str, Any], config: Mapping[str, object]
) -> dict[str, object]:
    filled = dict(deepcopy(config))
    for name, child in _properties(root, node).items():
        if name not in filled and "default" in child and not child.get("writeOnly"):
            filled[name] = deepcopy(child["default"])
        value = filled.get(name)
        if isinstance(value, Mapping):
            filled[name] = _fill(root, child, value)
    return filled


def check(schema: Mapping[str, Any], config: Mapping[str, object]) -> None:
    """Raise `NvrError` ``validation_failed`` with one entry per wrong field. Takes milliseconds."""
    check_values(config)
    errors = tuple(field for wrong in _mistakes(schema, config) for field in _describe(wrong))
    if errors:
        raise NvrError("validation_failed", "The configuration has mistakes.", errors)


def check_values(config: Mapping[str, object]) -> None:
    """Refuse values that JSON can say but that cannot be carried to a worker or stored."""
    errors = tuple(_uncarried(config, PREFIX))
    if errors:
        raise NvrError("validation_failed", "The configuration has mistakes.", errors)


def _uncarried(value: object, path: str) -> Iterator[FieldError]:
    if isinstance(value, Mapping):
        for name, child in value.items():
            yield from _uncarried(name, path)
            yield from _uncarried(child, f"{path}.{name}")
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from _uncarried(child, f"{path}.{number}")
    elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        yield FieldError(_encodable(path), "too_large", "Enter a number of at most 64 bits.")
    elif isinstance(value, float) and not isfinite(value):
        yield FieldError(_encodable(path), "not_finite", "Enter a finite number.")
    elif isinstance(value, str) and _encodable(value) != value:
        yield FieldError(_encodable(path), "wrong_format", "Remove characters that are no text.")


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()


def needs_restart(
    schema: Mapping[str, Any], old: Mapping[str, object], new: Mapping[str, object]
) -> bool:
    """Tell whether a field that differs is marked ``on_change: restart``."""
    return any(hints.get("on_change") == "restart" for hints in _changed(schema, schema, old, new))


def model_mistakes(error: ValidationError) -> tuple[FieldError, ...]:
    """Translate what a pydantic model found wrong with a configuration."""
    return tuple(
        FieldError(
            ".".join((PREFIX, *map(str, mistake["loc"]))),
            mistake["type"],
            mistake["msg"].removeprefix("Value error, "),
        )
        for mistake in error.errors(include_url=False, include_input=False, include_context=False)
    )


def prefixed(error: NvrError) -> NvrError:
    """Copy an error with every field path below ``config``, as the API's callers sent it."""
    fields = tuple(
        field
        if field.path == PREFIX or field.path.startswith(f"{PREFIX}.")
        else FieldError(f"{PREFIX}.{field.path}".rstrip("."), field.code, field.message)
        for field in error.fields
    )
    return NvrError(error.code, error.message, fields)


def _properties(root: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    children = cast(Mapping[str, Any], resolve(root, node).get("properties", {}))
    return {name: resolve(root, child) for name, child in children.items()}


def _changed(
    root: Mapping[str, Any],
    node: Mapping[str, Any],
    old: Mapping[str, object],
    new: Mapping[str, object],
) -> Iterator[Mapping[str, Any]]:
    for name, child in _properties(root, node).items():
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        yield child.get("x-nvr", {})
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _changed(root, child, before, after)


def _mistakes(schema: Mapping[str, Any], config: Mapping[str, object]) -> Iterator[SchemaError]:
    # jsonschema costs a tenth of a second of CPU, which a start of the server need not pay.
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    def properties(
        validator: Any, children: Mapping[str, Any], instance: Any, _node: Mapping[str, Any]
    ) -> Iterator[SchemaError]:
        """As the standard says, but null is also right where ``x-nullable`` says so."""
        if not validator.is_type(instance, "object"):
            return
        for name, child in children.items():
            if name not in instance:
                continue
            if instance[name] is None and resolve(schema, child).get("x-nullable"):
                continue
            yield from validator.descend(instance[name], child, path=name, schema_path=name)

    make: Any = extend
    yield from make(Draft202012Validator, {"properties": properties})(schema).iter_errors(config)


def _describe(error: SchemaError) -> Iterator[FieldError]:
    path = ".".join((PREFIX, *map(str, error.absolute_path)))
    keyword = str(error.validator)
    code, mend = _MENDS.get(keyword, ("invalid", "This value is not allowed here."))
    message = mend.format(expected=_expected(error))
    if keyword == "required":
        yield FieldError(f"{path}.{_missing(error)}", code, message)
    elif keyword == "additionalProperties":
        for name in _unknown(error):
            yield FieldError(f"{path}.{name}", code, message)
    else:
        yield FieldError(path, code, message)


def _missing(error: SchemaError) -> str:
    # jsonschema reports each missing name in an error of its own, which only its message tells.
    names = cast("list[str]", error.validator_value)
    return next(name for name in names if error.message.startswith(f"{name!r} "))


def _unknown(error: SchemaError) -> list[str]:
    known = cast(Mapping[str, Any], error.schema).get("properties", {})
    return sorted(set(cast(Mapping[str, object], error.instance)) - set(known))


def _expected(error: SchemaError) -> str:
    value = error.validator_value
    if isinstance(value, list):
        return ", ".join(map(str, value))
    names = {"integer": "whole number", "string": "text", "boolean": "yes or no value"}
    return names.get(str(value), str(value))
