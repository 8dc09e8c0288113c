"""One state out of what disk, user, supervisor and worker say about a plugin. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from nvr_core.plugins.discovery import FoundPlugin
from nvr_core.plugins.views import (
    ContributionView,
    HealthView,
    PermissionsView,
    Plugin,
    ProcessView,
)
from nvr_core.processes import ON_REQUEST, ProcessStatus
from nvr_sdk.manifest import Contribution
from nvr_sdk.messages import PluginState
from nvr_sdk.rpc import PluginStatus

_REMEMBERED_US = 600_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one plugin."""

    found: FoundPlugin
    enabled: bool
    safe_mode: bool = False
    trouble: tuple[PluginState, str] | None = None
    """State and reason why the host could not hand it to the supervisor."""
    process: ProcessStatus | None = None
    worker: PluginStatus | None = None
    now_us: int = 0
    """Wall clock."""


def plugin_state(facts: Facts) -> tuple[PluginState, str, str]:  # noqa: PLR0911 - a flat table
    """Give state, reason and detail; what comes first outweighs what comes after."""
    found, process = facts.found, facts.process
    if found.problem:
        return found.problem, found.reason, found.detail
    if not facts.enabled:
        return "disabled", "", ""
    if facts.safe_mode:
        return "discovered", "The server runs in safe mode: no plugin is started.", ""
    if facts.trouble is not None:
        return (*facts.trouble, "")
    if process is None:
        return "setup", "Its worker is about to be started.", ""
    if process.state == "quarantined":
        reason = f"It ended too often, last: {process.last_exit}. Restart it to try again."
        return "quarantined", reason, process.stderr_tail
    if process.state != "running":
        return "retry", _again(process), process.stderr_tail
    if facts.worker is None or facts.worker.state == "setup":
        return "setup", _starting(process, facts.worker), ""
    reason = facts.worker.reason or _lately(process, facts.now_us)
    return facts.worker.state, reason, facts.worker.detail


def _again(process: ProcessStatus) -> str:
    return f"Its worker ended: {process.last_exit}. It is started again in a moment."


def _lately(process: ProcessStatus, now_us: int) -> str:
    """Tell of the last end for a while: a plugin that keeps falling over must not look well."""
    if not process.restarts or now_us - process.started_us > _REMEMBERED_US:
        return ""
    return "" if process.last_exit == ON_REQUEST else f"Its last worker ended: {process.last_exit}."


def _starting(process: ProcessStatus, worker: PluginStatus | None) -> str:
    if process.last_exit and process.restarts:
        return f"Its worker is starting again; the last one ended: {process.last_exit}."
    return worker.reason if worker is not None else "Its worker is starting."


def plugin_view(facts: Facts) -> Plugin:
    """Describe a plugin for the API."""
    found, manifest = facts.found, facts.found.manifest
    state, reason, detail = plugin_state(facts)
    return Plugin(
        id=found.id,
        name=manifest.name if manifest else found.id,
        version=found.version,
        description=manifest.description if manifest else "",
        license=manifest.license if manifest else "",
        homepage=manifest.homepage if manifest else "",
        state=state,
        reason=reason,
        detail=detail,
        enabled=facts.enabled,
        builtin=False,
        permissions=PermissionsView(
            network=manifest.permissions.network if manifest else "none",
            devices=manifest.permissions.devices if manifest else (),
        ),
        isolation="worker",
        contributions=tuple(
            _contribution(each, state, facts.worker) for each in found.contributions
        ),
        process=_process(facts.process),
    )


def _contribution(
    contribution: Contribution, plugin: PluginState, worker: PluginStatus | None
) -> ContributionView:
    known = {c.id: c for c in worker.components} if worker is not None else {}
    status = known.get(contribution.id)
    health = HealthView(state="ok", message="")
    if status is not None:
        health = HealthView(state=status.health.state, message=status.health.message)
    elif plugin == "running":
        # The worker runs, but the plugin does not bring what its manifest promises.
        message = "The plugin does not bring this component; its manifest says it would."
        health = HealthView(state="failed", message=message)
    return ContributionView(
        kind=contribution.kind,
        id=contribution.id,
        title=contribution.title,
        description=contribution.description,
        state=status.state if status else "failed" if plugin == "running" else plugin,
        health=health,
    )


def _process(status: ProcessStatus | None) -> ProcessView | None:
    if status is None:
        return None
    return ProcessView(
        pid=status.pid,
        rss_bytes=status.rss_bytes,
        restarts=status.restarts,
        cpu_seconds=status.cpu_seconds,
        started_at=_time(status.started_us) if status.started_us else None,
        last_exit=status.last_exit,
    )


def _time(micros: int) -> str:
    moment = datetime.fromtimestamp(micros / 1e6, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
