"""Configuration: schemas shaped for forms, validation without secrets, migrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import jsonschema
import pytest
from pydantic import BaseModel, Field

from nvr_sdk import ConfigError, NvrError, PluginConfig, Secret, config_schema, hint
from nvr_sdk.worker.configuration import migrate, validate


class Zone(BaseModel):
    """A part of the picture."""

    name: str = Field(title="Name", description="Name of the zone.")


class Example(PluginConfig):
    """An example."""

    version: ClassVar[int] = 3
    migrations: ClassVar[Mapping[int, object]] = {
        1: lambda old: {"host": old["address"]},
        2: lambda old: {**old, "mode": "fast"},
    }

    host: str = Field(title="Host", description="Where it is.")
    port: int | None = Field(default=None, ge=1, title="Port", description="Empty: default.")
    mode: Literal["fast", "slow"] = Field(
        default="fast",
        title="Mode",
        description="How.",
        json_schema_extra=hint(group="How", order=2, advanced=True, visible_if={"port": 1}),
    )
    password: Secret | None = Field(default=None, title="Password", description="Secret.")
    zones: list[Zone] = Field(default=[], title="Zones", description="Parts of the picture.")


def test_schema_is_valid_2020_12() -> None:
    schema = config_schema(Example)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["x-nvr-version"] == 3


def test_optional_is_the_plain_type_marked_nullable() -> None:
    port = config_schema(Example)["properties"]["port"]
    assert port == {
        "type": "integer",
        "minimum": 1,
        "default": None,
        "title": "Port",
        "description": "Empty: default.",
        "x-nullable": True,
    }
    assert "anyOf" not in str(config_schema(Example))


def test_secret_is_write_only_also_when_optional() -> None:
    password = config_schema(Example)["properties"]["password"]
    assert password["writeOnly"] is True
    assert password["format"] == "password"
    assert password["x-nvr"] == {"widget": "password"}
    assert password["x-nullable"] is True


def test_hints_travel_under_one_key_without_what_was_not_given() -> None:
    assert config_schema(Example)["properties"]["mode"]["x-nvr"] == {
        "group": "How",
        "order": 2,
        "advanced": True,
        "visible_if": {"port": 1},
    }
    assert hint() == {"x-nvr": {}}


def test_unknown_keys_are_refused_by_the_schema_too() -> None:
    validator = jsonschema.Draft202012Validator(config_schema(Example))
    assert validator.is_valid({"host": "a"})
    assert not validator.is_valid({"host": "a", "hots": "b"})


def test_mistakes_are_told_by_field_and_never_hold_the_value() -> None:
    with pytest.raises(ConfigError) as caught:
        validate(Example, {"port": "hunter2", "zones": [{}], "hots": 1, "password": 5})
    fields = {field.path: field.code for field in caught.value.fields}
    assert fields == {
        "config.host": "missing",
        "config.port": "int_parsing",
        "config.password": "string_type",
        "config.zones.0.name": "missing",
        "config.hots": "extra_forbidden",
    }
    assert "hunter2" not in repr(caught.value.fields) + str(caught.value)


def test_secret_does_not_show_in_a_model() -> None:
    config = validate(Example, {"host": "a", "password": "s3cret"})
    assert "s3cret" not in repr(config)
    assert config.password.get_secret_value() == "s3cret"


def test_migration_goes_step_by_step() -> None:
    assert migrate(Example, 1, {"address": "a"}) == {"host": "a", "mode": "fast"}
    assert migrate(Example, 3, {"host": "a"}) == {"host": "a"}


@pytest.mark.parametrize(
    ("version", "config", "words"),
    [
        (4, {}, "install the newer plugin"),
        (0, {}, "no migration from layout 0"),
        (1, {"wrong": 1}, "Migration from layout 1 failed: KeyError"),
    ],
)
def test_migration_that_cannot_be_is_refused(
    version: int, config: dict[str, object], words: str
) -> None:
    with pytest.raises(NvrError, match=words) as caught:
        migrate(Example, version, config)
    assert caught.value.code == "migration_error"
