"""The short way into ``nvr serve`` reads what typer reads, and leaves all else to typer."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from nvr_core.cli import _plain_serve
from nvr_core.cli.app import serve


def test_it_knows_the_options_and_defaults_of_the_command() -> None:
    declared = inspect.signature(serve).parameters
    assert [f"--{name.replace('_', '-')}" for name in declared] == list(_plain_serve.OPTIONS)
    options = _plain_serve.read(["serve"])
    assert options is not None
    for name, parameter in declared.items():
        assert (getattr(options, name) or None) == parameter.default


def test_it_reads_both_spellings() -> None:
    options = _plain_serve.read(
        ["serve", "--port=0", "--host", "::1", "--data", "x", "--plugin-path=a", "--plugin-path=b"]
    )
    assert options == _plain_serve.ServeOptions("::1", 0, Path("x"), [Path("a"), Path("b")])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check"],
        ["serve", "--help"],
        ["serve", "more"],
        ["serve", "--port"],
        ["serve", "--port", "http"],
        ["serve", "--port", "65536"],
        ["serve", "--data", "--port"],
        ["serve", "--data="],
    ],
)
def test_it_leaves_everything_else(arguments: list[str]) -> None:
    assert _plain_serve.read(arguments) is None


def test_a_plain_serve_loads_neither_typer_nor_pydantic() -> None:
    code = (
        "import sys; import nvr_core.supervisor.serve as s; s.serve = lambda settings: None\n"
        "sys.argv = ['nvr', 'serve', '--port', '0']; from nvr_core.cli import main; main()\n"
        "print([n for n in ('typer', 'click', 'pydantic', 'rich', 'numpy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
