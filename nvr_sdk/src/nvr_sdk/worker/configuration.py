"""From a stored mapping to a validated configuration, migrated first where it is older."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from nvr_sdk.config import PluginConfig
from nvr_sdk.errors import ConfigError, FieldError, NvrError

C = TypeVar("C", bound=PluginConfig)


def validate(model: type[C], config: Mapping[str, object]) -> C:
    """Validate a configuration; raises `ConfigError` with one field error per mistake."""
    try:
        return model.model_validate(dict(config))
    except ValidationError as error:
        # Without the input: it may hold a secret.
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        fields = tuple(
            FieldError(
                ".".join(("config", *map(str, problem["loc"]))), problem["type"], problem["msg"]
            )
            for problem in problems
        )
        first = fields[0]
        raise ConfigError(f"{first.path}: {first.message}", fields) from None


def migrate(
    model: type[PluginConfig], version: int, config: Mapping[str, object]
) -> Mapping[str, object]:
    """Bring a stored mapping to the model's layout, step by step.

    Raises `NvrError` ``migration_error`` when it is newer than the model, when a step is missing,
    or when a step fails.
    """
    if version > model.version:
        raise NvrError(
            "migration_error",
            f"The stored configuration has layout {version}, this plugin knows up to "
            f"{model.version}: install the newer plugin again.",
        )
    for step in range(version, model.version):
        function = model.migrations.get(step)
        if function is None:
            raise NvrError("migration_error", f"There is no migration from layout {step}.")
        try:
            config = function(config)
        except Exception as error:
            raise NvrError(
                "migration_error", f"Migration from layout {step} failed: {error!r}."
            ) from error
    return config
