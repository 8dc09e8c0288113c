"""Makes the application."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware

from nvr_core import __version__
from nvr_core.api import error_handlers, openapi
from nvr_core.api.body_limit import BodyLimit
from nvr_core.api.envelope import Envelope
from nvr_core.api.gate import Gate
from nvr_core.api.lifespan import lifespan
from nvr_core.api.routes import (
    accounts,
    cameras,
    events,
    health,
    live,
    plugins,
    recordings,
    system,
)
from nvr_core.api.services import make_services
from nvr_core.api.static_ui import StaticUi
from nvr_core.api.times import now_us
from nvr_core.settings import Settings

PREFIX = "/api/v1"


def create_app(
    settings: Settings,
    *,
    setup_code: str = "",
    safe_mode: bool = False,
    clock: Callable[[], int] = now_us,
) -> FastAPI:
    """Put routes and services together; nothing is opened or started before its lifespan.

    ``clock`` gives microseconds since the epoch. Without a setup code there is no first run.
    """
    services = make_services(settings, setup_code=setup_code, safe_mode=safe_mode, clock=clock)
    app = FastAPI(
        title="nvr",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        middleware=[
            Middleware(Envelope, count=services.metrics.count_request),
            Middleware(Gate, logins=services.logins),
            Middleware(BodyLimit),
        ],
    )
    app.state.services = services
    app.state.plugin_host = services.plugins
    error_handlers.install(app)
    app.include_router(health.router)
    app.include_router(events.socket_router)
    app.include_router(_api(), prefix=PREFIX)
    app.add_route("/{path:path}", StaticUi().serve, methods=["GET"], include_in_schema=False)
    openapi.install(app)
    return app


def _operation_id(route: APIRoute) -> str:
    first, *others = route.name.split("_")
    return first + "".join(word.title() for word in others)


def _api() -> APIRouter:
    api = APIRouter()
    for module in (accounts, cameras, recordings, live, plugins, events, system):
        api.include_router(module.router)
    return api
