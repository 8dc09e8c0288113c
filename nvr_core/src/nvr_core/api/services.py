"""Everything that routes work with, put together once per process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from nvr_core.api.engine_link import EngineLink
from nvr_core.api.live.hls import LiveHls
from nvr_core.api.live.hub import LiveHub
from nvr_core.api.login_watch import LoginWatch
from nvr_core.api.metrics import Metrics
from nvr_core.api.pictures import Pictures
from nvr_core.api.reporter import Reporter
from nvr_core.api.supervisor_link import SupervisorLink
from nvr_core.cameras.health import HealthBoard
from nvr_core.cameras.service import Cameras, Change
from nvr_core.cameras.store import CameraStore
from nvr_core.db.engine import Database
from nvr_core.db.models import Camera
from nvr_core.events import topics
from nvr_core.events.bus import EventBus
from nvr_core.plugins.host import PluginHost
from nvr_core.security.accounts import Accounts
from nvr_core.security.logins import Logins
from nvr_core.security.passwords import Passwords
from nvr_core.security.throttle import Throttle
from nvr_core.security.vault import Vault
from nvr_core.settings import Settings
from nvr_core.timeline.query import Timeline


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the API process. Made without touching disk or network; see `api.lifespan`."""

    settings: Settings
    setup_code: str
    safe_mode: bool
    started_us: int
    clock: Callable[[], int]
    database: Database
    vault: Vault
    accounts: Accounts
    logins: Logins
    login_watch: LoginWatch
    throttle: Throttle
    bus: EventBus
    health: HealthBoard
    cameras: Cameras
    timeline: Timeline
    plugins: PluginHost
    engine: EngineLink
    supervisor: SupervisorLink
    reporter: Reporter
    metrics: Metrics
    live: LiveHub
    live_hls: LiveHls
    pictures: Pictures


def make_services(
    settings: Settings, *, setup_code: str, safe_mode: bool, clock: Callable[[], int]
) -> Services:
    """Put the parts together."""
    database = Database(settings.effective_database_url)
    vault = Vault(settings.secret_key)
    logins = Logins(database, clock)
    bus = EventBus(clock)
    health = HealthBoard(database, clock)
    metrics = Metrics(health.all, lambda: reporter.storages, lambda: supervisor.known)
    reporter = Reporter(bus, health, metrics.count_segment)
    supervisor = SupervisorLink(settings, reporter.on_process)
    engine = EngineLink(settings, reporter)
    plugins = PluginHost(
        settings,
        database,
        vault,
        safe_mode=safe_mode,
        on_change=reporter.on_plugin,
        clock=clock,
    )

    live = LiveHub(settings.engine_socket)

    def on_camera(camera: Camera, change: Change) -> None:
        if change == "removed":
            health.forget(camera.id)
            live.forget(camera.id)
        bus.publish(topics.CAMERA_CHANGED, camera.id, {"change": change, "name": camera.name})

    cameras = Cameras(CameraStore(database, clock), vault, plugins, engine, on_camera)
    return Services(
        settings=settings,
        setup_code=setup_code,
        safe_mode=safe_mode,
        started_us=clock(),
        clock=clock,
        database=database,
        vault=vault,
        accounts=Accounts(database, Passwords(), clock),
        logins=logins,
        login_watch=LoginWatch(logins),
        throttle=Throttle(time.monotonic),
        bus=bus,
        health=health,
        cameras=cameras,
        timeline=Timeline(database),
        plugins=plugins,
        engine=engine,
        supervisor=supervisor,
        reporter=reporter,
        metrics=metrics,
        live=live,
        live_hls=LiveHls(live, clock),
        pictures=Pictures(settings),
    )
