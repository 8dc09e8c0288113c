"""The API process: reads its environment and serves until it is told to stop."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from nvr_core.settings import Settings

_PR_SET_PDEATHSIG = 1
_STOP_WITHIN_S = 3


def main(arguments: list[str]) -> int:
    """Serve; ``--openapi`` prints the document instead. Gives the exit status."""
    if arguments == ["--openapi"]:
        return _print_openapi()
    if arguments:
        sys.stderr.write("usage: python -m nvr_core.api [--openapi]\n")
        return 2
    _die_with_parent()
    return _serve(Settings.from_env())


# Optional conveniences of structlog and uvicorn that cost a tenth of a second of start-up.
_UNWANTED = ("rich", "watchfiles")


def _serve(settings: Settings) -> int:
    for name in _UNWANTED:
        # None makes the import system answer "not installed".
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    import uvicorn

    from nvr_core.api import logs
    from nvr_core.api.app import create_app

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
    server = uvicorn.Server(config)
    server.run()
    return 0 if server.started else 1


def _print_openapi() -> int:
    import orjson

    from nvr_core.api.app import create_app

    document = create_app(Settings.from_env()).openapi()
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    return 0


def _die_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        # It was gone before the line above.
        sys.exit(1)
