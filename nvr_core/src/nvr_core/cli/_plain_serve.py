"""Reads a plain ``nvr serve …``, since loading typer takes longer than all else it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

OPTIONS = ("--host", "--port", "--data", "--plugin-path")


@dataclass(slots=True)
class ServeOptions:
    """The options of ``nvr serve``, with their defaults."""

    host: str = "0.0.0.0"
    port: int = 8080
    data: Path | None = None
    plugin_path: list[Path] = field(default_factory=list)


def read(arguments: Sequence[str]) -> ServeOptions | None:
    """Give the options; None for whatever else, e.g. ``--help`` or a mistake: that is typer's."""
    if not arguments or arguments[0] != "serve":
        return None
    options = ServeOptions()
    try:
        for name, value in _pairs(arguments[1:]):
            match name:
                case "--host":
                    options.host = value
                case "--port":
                    options.port = _port(value)
                case "--data":
                    options.data = Path(value)
                case "--plugin-path":
                    options.plugin_path.append(Path(value))
    except ValueError:
        return None
    return options


def _pairs(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name not in OPTIONS:
            raise ValueError(argument)
        value = value if equals else next(rest, "")
        if not value or value.startswith("-"):
            raise ValueError(argument)
        yield name, value


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError(text)
    return int(text)
