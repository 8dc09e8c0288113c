"""Starts and stops what works in the background."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from nvr_core.api.camera_migrator import CameraMigrator
from nvr_core.api.mirror_keeper import MirrorKeeper
from nvr_core.api.services import Services
from nvr_core.cameras.service import Cameras

_log = logging.getLogger("nvr.api")
_RESTART_S = 5.0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Run the services of ``app.state.services`` as long as the server takes requests."""
    services: Services = app.state.services
    await asyncio.to_thread(services.health.load)
    await services.plugins.start()
    mirror = MirrorKeeper(services.database, services.settings)
    migrator = CameraMigrator(services.cameras)
    undo = [
        services.bus.subscribe(services.plugins.publish),
        mirror.watch(services.bus),
        migrator.watch(services.bus),
    ]
    jobs: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
        "engine link": services.engine.run,
        "supervisor link": services.supervisor.run,
        "health": services.reporter.store_health,
        "mirror": mirror.run,
        "camera layouts": migrator.run,
        "expired logins": lambda: asyncio.to_thread(services.logins.drop_expired),
        "sweep": lambda: _sweep(services.cameras),
    }
    tasks = [asyncio.create_task(_keep(name, job)) for name, job in jobs.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for leave in undo:
            leave()
        await services.live.close()
        await services.plugins.stop()
        await asyncio.to_thread(services.health.store, services.health.pending())
        services.database.close()


async def _keep(name: str, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a job; one that fails is logged by name and begun again."""
    while True:
        try:
            await job()
        except Exception:  # noqa: BLE001 - the boundary that keeps the job alive
            _log.exception("background job failed", extra={"job": name})
            await asyncio.sleep(_RESTART_S)
        else:
            return


async def _sweep(cameras: Cameras) -> None:
    removed = await cameras.sweep()
    if removed:
        _log.info("deleted files left over by an earlier run", extra={"files": removed})
