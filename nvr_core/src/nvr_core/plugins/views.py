"""What the API shows of plugins; also the response models of its routes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nvr_sdk.messages import HealthState, PluginState


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class HealthView(_View):
    """How a component is doing."""

    state: HealthState = Field(description="`ok`, `degraded` or `failed`.")
    message: str = Field(description="One sentence; empty when all is well.")


class ContributionView(_View):
    """One component that a plugin brings."""

    kind: str = Field(description="Kind of component, e.g. `camera_source`.")
    id: str = Field(description="Id, unique inside the plugin.")
    title: str = Field(description="Name for the user.")
    description: str = Field(description="One sentence for the user.")
    state: PluginState = Field(description="State of this component.")
    health: HealthView = Field(description="Its last health answer.")


class ProcessView(_View):
    """A plugin's worker process."""

    pid: int = Field(description="Process id, 0 while none runs.")
    rss_bytes: int = Field(description="Resident memory.")
    restarts: int = Field(description="Restarts since the server started.")
    cpu_seconds: float = Field(description="CPU time used by the current process.")
    started_at: str | None = Field(description="When the current process was started, UTC.")
    last_exit: str = Field(description="Why the last process ended; empty if none did.")


class PermissionsView(_View):
    """What a plugin asks for. Not enforced: a worker contains faults, not malice."""

    network: Literal["none", "local", "any"] = Field(description="Network reach it asks for.")
    devices: tuple[str, ...] = Field(description="Device files it asks for.")


class Plugin(_View):
    """A plugin with its state."""

    id: str = Field(description="Stable id.")
    name: str = Field(description="Name for the user.")
    version: str = Field(description="Version of its distribution.")
    description: str = Field(description="One sentence.")
    license: str = Field(description="SPDX id of its licence.")
    homepage: str = Field(description="URL of its home page, or empty.")
    state: PluginState = Field(description="What it is doing.")
    reason: str = Field(description="Why it does not run, or how its worker ended lately.")
    detail: str = Field(description="More on the reason (a traceback, last lines of output).")
    enabled: bool = Field(description="Whether the user wants it to run.")
    builtin: bool = Field(description="True for the server's own components.")
    permissions: PermissionsView = Field(description="What it asks for.")
    isolation: Literal["worker", "in_process"] = Field(description="Where its code runs.")
    contributions: tuple[ContributionView, ...] = Field(description="The components it brings.")
    process: ProcessView | None = Field(description="Its worker, if it has one.")


class ComponentSchema(_View):
    """The form of one component's configuration."""

    component: str = Field(description="Id of the component.")
    kind: str = Field(description="Kind of component.")
    title: str = Field(description="Name for the user.")
    schema_: dict[str, Any] = Field(
        alias="schema",
        description="JSON Schema 2020-12 with form hints under `x-nvr`.",
    )
    version: int = Field(description="Version of the configuration's layout.")

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)


class ComponentConfig(_View):
    """The stored configuration of one component."""

    component: str = Field(description="Id of the component.")
    config: dict[str, Any] = Field(
        description='The configuration; a secret shows as `{"set": true}` or `{"set": false}`.'
    )


class CameraSourceInfo(_View):
    """A way to add a camera."""

    plugin: str = Field(description="Plugin that brings it; `core` for built-in sources.")
    source: str = Field(description="Id of the source inside the plugin.")
    title: str = Field(description="Name for the user.")
    description: str = Field(description="One sentence for the user.")
    camera_schema: dict[str, Any] = Field(
        description='JSON Schema 2020-12 of the "Add camera" form, hints under `x-nvr`.'
    )
    available: bool = Field(description="Whether cameras can be added with it now.")
    reason: str = Field(description="Why it is not available; else empty.")
