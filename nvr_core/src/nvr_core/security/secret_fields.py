"""Keeps the secrets of a configuration apart from the rest of it.

A field is a secret when its schema says ``writeOnly`` (pydantic's ``SecretStr`` does). Secrets are
addressed by their dotted path; arrays hold none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

SENTINEL_KEY = "set"


def secret_paths(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """List the dotted paths of all secret fields of a JSON Schema."""
    return tuple(_walk(schema, schema, "", 0))


def _walk(
    root: Mapping[str, Any], node: Mapping[str, Any], prefix: str, depth: int
) -> Iterator[str]:
    if depth > 8:
        return
    node = resolve(root, node)
    for name, property_ in cast(Mapping[str, Any], node.get("properties", {})).items():
        child = resolve(root, property_)
        path = f"{prefix}{name}"
        if child.get("writeOnly") is True:
            yield path
        else:
            yield from _walk(root, child, f"{path}.", depth + 1)


def resolve(root: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a local ``$ref`` of a JSON Schema node; keys beside it win over the target's."""
    reference = node.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return node
    target: Any = root
    for part in reference[2:].split("/"):
        target = target[part]
    return {**target, **{key: value for key, value in node.items() if key != "$ref"}}


def split_secrets(
    config: Mapping[str, object], paths: tuple[str, ...], stored: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Split an incoming configuration into (plain, secrets).

    A secret that is absent or ``{"set": …}`` keeps its stored value; ``None`` or ``""`` removes it.
    """
    plain = _copy(config)
    secrets: dict[str, object] = {}
    for path in paths:
        found, value = _take(plain, path)
        if not found or isinstance(value, Mapping):
            if path in stored:
                secrets[path] = stored[path]
        elif value not in (None, ""):
            secrets[path] = value
    return plain, secrets


def merge_secrets(config: Mapping[str, object], secrets: Mapping[str, object]) -> dict[str, object]:
    """Put secrets back into a configuration: what components are given."""
    merged = _copy(config)
    for path, value in secrets.items():
        _put(merged, path, value)
    return merged


def mask_secrets(
    config: Mapping[str, object], paths: tuple[str, ...], secrets: Mapping[str, object]
) -> dict[str, object]:
    """Show a configuration to the user: each secret as ``{"set": true}`` or ``{"set": false}``."""
    shown = _copy(config)
    for path in paths:
        _put(shown, path, {SENTINEL_KEY: path in secrets})
    return shown


def _copy(config: Mapping[str, object]) -> dict[str, object]:
    return {
        key: _copy(value) if isinstance(value, Mapping) else value for key, value in config.items()
    }


def _take(config: dict[str, object], path: str) -> tuple[bool, object]:
    *parents, name = path.split(".")
    node: object = config
    for parent in parents:
        node = node.get(parent) if isinstance(node, dict) else None
    if isinstance(node, dict) and name in node:
        return True, node.pop(name)
    return False, None


def _put(config: dict[str, object], path: str, value: object) -> None:
    *parents, name = path.split(".")
    node = config
    for parent in parents:
        child = node.setdefault(parent, {})
        if not isinstance(child, dict):
            return
        node = child
    node[name] = value
