"""Configuration of components: a pydantic model is the authority, JSON Schema is derived.

The web UI renders any schema made here as a form; hints travel under the one key ``x-nvr``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

Widget = Literal["text", "textarea", "password", "url", "slider", "bytes", "select", "polygon"]

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class PluginConfig(BaseModel):
    """Base of every configuration model.

    Unknown keys are refused, so that a typing error is reported and not ignored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: ClassVar[int] = 1
    """Counts the layouts of what is stored; raise it when a field is renamed or changes meaning."""
    migrations: ClassVar[Mapping[int, Any]] = {}
    """A pure function per old layout: version -> (its mapping -> the next version's mapping)."""


Secret = Annotated[SecretStr, Field(json_schema_extra={"x-nvr": {"widget": "password"}})]
"""A secret: stored encrypted, never returned by the API, shown as ``{"set": true}``."""


def hint(
    *,
    widget: Widget | None = None,
    group: str | None = None,
    order: int | None = None,
    advanced: bool | None = None,
    unit: str | None = None,
    options_from: str | None = None,
    visible_if: Mapping[str, Any] | None = None,
    on_change: Literal["apply", "restart"] | None = None,
) -> dict[str, Any]:
    """Build the ``json_schema_extra`` of a field from the form hints the UI knows.

    ``options_from`` names the field asked at `Component.options`; ``visible_if`` maps other fields
    to the value they must have for this one to be shown; ``on_change`` says whether a change is
    applied to the running component or restarts its worker.
    """
    hints = {
        "widget": widget,
        "group": group,
        "order": order,
        "advanced": advanced,
        "unit": unit,
        "options_from": options_from,
        "visible_if": dict(visible_if) if visible_if is not None else None,
        "on_change": on_change,
    }
    return {"x-nvr": {key: value for key, value in hints.items() if value is not None}}


class _FormSchema(GenerateJsonSchema):
    """JSON Schema 2020-12 shaped for forms: ``Optional[X]`` is X plus ``x-nullable``."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Give the inner schema, marked nullable, instead of an ``anyOf`` with null."""
        inner = self.generate_inner(schema["schema"])
        return {**inner, "x-nullable": True}

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Give every field a title, also enums and nested models."""
        return True


def config_schema(model: type[PluginConfig]) -> dict[str, Any]:
    """Derive the JSON Schema 2020-12 of a configuration model, as stored in the manifest."""
    schema = model.model_json_schema(schema_generator=_FormSchema)
    return {"$schema": SCHEMA_DIALECT, **schema, "x-nvr-version": model.version}


def layout_version(schema: Mapping[str, Any]) -> int:
    """Give the layout version that a schema of `config_schema` was made for."""
    return cast(int, schema.get("x-nvr-version", 1))
