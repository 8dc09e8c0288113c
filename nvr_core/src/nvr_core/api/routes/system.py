"""The server as a whole, and its configuration as a file."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends
from starlette.responses import Response

from nvr_core import __version__
from nvr_core.api.dependencies import Asked, allow
from nvr_core.api.schemas.errors import errors
from nvr_core.api.schemas.system import (
    EngineView,
    ImportedView,
    ImportInput,
    ProcessView,
    RecoveryView,
    StorageView,
    SystemView,
)
from nvr_core.api.services import Services
from nvr_core.api.times import format_optional, format_time
from nvr_core.cameras.importing import import_cameras
from nvr_core.cameras.mirror import parse, render
from nvr_core.plugins.importing import apply_plugins, prepare_plugins

router = APIRouter(tags=["system"])
DEMO_PLUGIN = "nvr-demo"


@router.get(
    "/system",
    operation_id="getSystem",
    summary="Give the state of the server",
    dependencies=[Depends(allow("system.view"))],
)
async def get_system(services: Asked) -> SystemView:
    """Give the engine, storage, processes, and what was repaired at the start."""
    processes = await services.supervisor.processes()
    status = services.reporter.engine
    recovery = status.recovery if status else None
    return SystemView(
        version=__version__,
        started_at=format_time(services.started_us),
        engine=EngineView(
            state="running" if services.engine.connected else "away",
            started_at=format_optional(status.started_us if status else None),
            cpu_seconds=status.cpu_seconds if status else 0.0,
        ),
        storages=[
            StorageView(
                id=storage.id,
                path=storage.path,
                state=storage.state,
                message=storage.message,
                total_bytes=storage.total_bytes,
                free_bytes=storage.free_bytes,
                reserve_bytes=storage.reserve_bytes,
            )
            for storage in services.reporter.storages
        ],
        recovery=RecoveryView(
            adopted=recovery.adopted if recovery else 0,
            repaired=recovery.repaired if recovery else 0,
            quarantined=recovery.quarantined if recovery else 0,
            missing=recovery.missing if recovery else 0,
            started_at=format_optional(recovery.started_us if recovery else None),
        ),
        processes=[
            ProcessView(
                name=process.name,
                state=process.state,
                pid=process.pid,
                restarts=process.restarts,
                rss_bytes=process.rss_bytes,
                cpu_seconds=process.cpu_seconds,
                started_at=format_optional(process.started_us),
                last_exit=process.last_exit,
            )
            for process in processes
        ],
        safe_mode=services.safe_mode,
        demo_available=_demo_available(services),
    )


@router.get(
    "/config/export",
    operation_id="exportConfig",
    summary="Give the configuration as YAML",
    dependencies=[Depends(allow("config.manage"))],
    response_class=Response,
    responses={200: {"content": {"application/yaml": {}}, "description": "A `config.yaml`."}},
)
async def export_config(services: Asked) -> Response:
    """Give what `config.yaml` in the data directory holds; secrets stay encrypted."""
    text = await asyncio.to_thread(render, services.database)
    headers = {"content-disposition": 'attachment; filename="config.yaml"'}
    return Response(text, media_type="application/yaml", headers=headers)


@router.post(
    "/config/import",
    operation_id="importConfig",
    summary="Take cameras and plugin settings over from a configuration",
    dependencies=[Depends(allow("config.manage"))],
    responses=errors(
        "import_failed",
        "source_not_found",
        "plugin_disabled",
        "config_error",
        "forbidden_url",
        "secret_unreadable",
        "unavailable",
        "timeout",
    ),
)
async def post_import(body: ImportInput, services: Asked) -> ImportedView:
    """Add the cameras that are new and change those that differ; none is removed.

    Plugins that are installed take their settings over. Everything is checked before anything is
    changed.
    """
    wanted = await asyncio.to_thread(parse, body.yaml)
    prepared = await prepare_plugins(services.plugins, wanted.plugins)
    done = await import_cameras(services.cameras, wanted.cameras)
    plugins = await apply_plugins(services.plugins, prepared)
    return ImportedView(
        created=done.created,
        updated=done.updated,
        unchanged=done.unchanged,
        plugins_updated=plugins.updated,
        plugins_unchanged=plugins.unchanged,
        plugins_missing=plugins.missing,
    )


def _demo_available(services: Services) -> bool:
    return any(
        source.plugin == DEMO_PLUGIN and source.available
        for source in services.plugins.camera_sources()
    )
