"""The API process: reads its environment and serves until it is told to stop."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

from nvr_core.settings import Settings

if TYPE_CHECKING:
    from nvr_core.api.server import Server

_PR_SET_PDEATHSIG = 1
_STOP_WITHIN_S = 1
"""Less than the two seconds after which the supervisor kills: the lifespan wants its turn."""


def main(arguments: list[str]) -> int:
    """Serve; ``--openapi`` prints the document instead. Gives the exit status."""
    if arguments == ["--openapi"]:
        return _print_openapi()
    if arguments:
        sys.stderr.write("usage: python -m nvr_core.api [--openapi]\n")
        return 2
    _die_with_parent()
    return _serve(Settings.from_env())


def _serve(settings: Settings) -> int:
    server = _make_server(settings)
    server.run()
    return 0 if server.started else 1


def _make_server(settings: Settings) -> Server:
    # What is made until here stays: looking through it for garbage is a waste, now and later.
    gc.disable()
    # FastAPI asks of every type whether it is one of pydantic's old kind; None makes the import
    # system answer "not installed". And none of the plugins that pydantic looks for is wanted.
    sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    import uvicorn

    from nvr_core.api import logs
    from nvr_core.api.app import create_app
    from nvr_core.api.server import Server

    logs.configure(os.environ.get("NVR_LOG_LEVEL", "INFO"))
    app = create_app(
        settings,
        setup_code=os.environ.get("NVR_SETUP_CODE", ""),
        safe_mode=os.environ.get("NVR_SAFE_MODE") == "1",
    )
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        log_config=None,
        access_log=False,
        server_header=False,
        # The peer's address is what the throttle counts by: no header may change it.
        proxy_headers=False,
        timeout_graceful_shutdown=_STOP_WITHIN_S,
    )
    gc.freeze()
    gc.enable()
    return Server(config)


def _print_openapi() -> int:
    import orjson

    from nvr_core.api.app import create_app

    document = create_app(Settings.from_env()).openapi()
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    return 0


def _die_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It was gone before the line above.
        sys.exit(1)
