"""Subcommands of ``nvr``, with their options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from nvr_core.cli._surroundings import errors_shown, make_settings

app = typer.Typer(
    help="nvr: a recorder for cameras, extended by plugins.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
plugin_app = typer.Typer(help="Plugins that are installed.", no_args_is_help=True)
user_app = typer.Typer(help="Accounts.", no_args_is_help=True)
app.add_typer(plugin_app, name="plugin")
app.add_typer(user_app, name="user")

Data = Annotated[
    Path | None, typer.Option("--data", help="Data directory [default: $NVR_DATA or ./data].")
]
PluginPaths = Annotated[
    list[Path] | None,
    typer.Option("--plugin-path", help="Further directory with plugins; may be repeated."),
]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "0.0.0.0",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for a free one.")] = 8080,
    data: Data = None,
    plugin_path: PluginPaths = None,
) -> None:
    """Run the server until Ctrl-C or SIGTERM."""
    from nvr_core.supervisor.serve import serve as run_server

    with errors_shown():
        run_server(make_settings(data, plugin_path, host, port))


@app.command()
def check(
    data: Data = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to be free.")] = 8080,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look whether this machine has what a server needs; exit code 1 if it has not."""
    from nvr_core.cli.check import run_checks, show

    results = run_checks(make_settings(data, port=port))
    show(results, as_json=as_json)
    raise typer.Exit(0 if all(r.state != "failed" for r in results) else 1)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    print(installed("nvr-core"))


@plugin_app.command("list")
def plugin_list(
    data: Data = None,
    plugin_path: PluginPaths = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the plugins that are installed, without running any of their code."""
    from nvr_core.cli.plugins import show_plugins

    with errors_shown():
        show_plugins(make_settings(data, plugin_path), as_json=as_json)


@user_app.command("add")
def user_add(
    name: Annotated[str, typer.Argument(help="User name.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    data: Data = None,
) -> None:
    """Add an account with all rights."""
    from nvr_core.cli.users import add_user

    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with errors_shown():
        add_user(make_settings(data), name, password)
    print(f"Added {name}.")
