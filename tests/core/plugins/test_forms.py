"""Checking a configuration against a JSON Schema."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, Field

from nvr_core.plugins._forms import check, check_values, fill_defaults, needs_restart
from nvr_sdk.config import PluginConfig, Secret, config_schema, hint
from nvr_sdk.errors import NvrError


class Zone(BaseModel):
    model_config = {"extra": "forbid"}
    name: str = Field(min_length=1)
    margin: int = Field(default=2, json_schema_extra=hint(on_change="restart"))


class Sample(PluginConfig):
    host: str
    mode: Literal["fast", "slow"] = "fast"
    level: float | None = Field(default=None, ge=0, le=1)
    token: Secret | None = None
    zone: Zone = Zone(name="all")
    zones: list[Zone] = Field(default_factory=list, max_length=2)


SCHEMA = config_schema(Sample)


def mistakes(config: dict[str, object]) -> set[tuple[str, str]]:
    with pytest.raises(NvrError) as caught:
        check(SCHEMA, config)
    assert caught.value.code == "validation_failed"
    assert all(field.message.endswith(".") for field in caught.value.fields)
    return {(field.path, field.code) for field in caught.value.fields}


def test_what_the_model_takes_passes() -> None:
    config = {"host": "h", "level": None, "token": None, "zones": [{"name": "a", "margin": 1}]}
    check(SCHEMA, config)
    Sample.model_validate(config)


def test_all_mistakes_are_told_at_once() -> None:
    config: dict[str, object] = {
        "mode": "medium",
        "level": 1.5,
        "zone": {"name": ""},
        "zones": [{"name": "a"}, {"margin": "x", "name": "b", "colour": 1, "size": 2}],
        "hots": "h",
    }
    assert mistakes(config) == {
        ("config.host", "missing"),
        ("config.mode", "not_a_choice"),
        ("config.level", "too_large"),
        ("config.zone.name", "too_short"),
        ("config.zones.1.margin", "wrong_type"),
        ("config.zones.1.colour", "unknown_field"),
        ("config.zones.1.size", "unknown_field"),
        ("config.hots", "unknown_field"),
    }


def test_null_is_for_nullable_fields_only() -> None:
    assert mistakes({"host": None}) == {("config.host", "wrong_type")}


def test_defaults_are_filled_where_nothing_is_given() -> None:
    filled = fill_defaults(SCHEMA, {"host": "h", "zone": {"name": "mine"}})
    assert filled["mode"] == "fast"
    assert filled["zone"] == {"name": "mine", "margin": 2}
    assert "token" not in filled
    assert fill_defaults(SCHEMA, filled) == filled
    check(SCHEMA, filled)


def test_a_default_is_a_copy() -> None:
    first = fill_defaults(SCHEMA, {"host": "h"})
    zone = first["zone"]
    assert isinstance(zone, dict)
    zone["name"] = "changed"
    assert fill_defaults(SCHEMA, {"host": "h"})["zone"] == {"name": "all", "margin": 2}


def test_only_changed_fields_ask_for_a_restart() -> None:
    old = fill_defaults(SCHEMA, {"host": "a"})
    assert not needs_restart(SCHEMA, old, {**old, "host": "b"})
    assert not needs_restart(SCHEMA, old, {**old, "zone": {"name": "b", "margin": 2}})
    assert needs_restart(SCHEMA, old, {**old, "zone": {"name": "all", "margin": 3}})


@pytest.mark.parametrize("value", [1 << 63, float("nan"), float("inf"), "\ud800", ["\ud800"]])
def test_what_cannot_be_carried_is_refused(value: object) -> None:
    with pytest.raises(NvrError) as caught:
        check_values({"host": value})
    assert caught.value.fields[0].path.startswith("config.host")
