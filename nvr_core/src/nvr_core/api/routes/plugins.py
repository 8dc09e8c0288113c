"""Plugins: what they are and do, their configuration, their own routes; and the camera sources."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from nvr_core.api.dependencies import Who, allow
from nvr_core.api.schemas.errors import errors
from nvr_core.plugins.host import PluginHost
from nvr_core.plugins.views import CameraSourceInfo, ComponentConfig, ComponentSchema, Plugin

router = APIRouter(tags=["plugins"])

_PROXIED = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def get_plugin_host(connection: HTTPConnection) -> PluginHost:
    """Give the plugin host of this process."""
    return cast(PluginHost, connection.app.state.plugin_host)


Host = Annotated[PluginHost, Depends(get_plugin_host)]
PluginId = Annotated[str, Path(description="Id of a plugin.", examples=["nvr-demo"], max_length=64)]

_view = [Depends(allow("plugin.view"))]
_manage = [Depends(allow("plugin.manage"))]


class ComponentInput(BaseModel):
    """A component's form as filled in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"component": "demo", "config": {"fps": 10}}},
    )

    component: str = Field(description="Id of the component.", min_length=1, max_length=64)
    config: dict[str, Any] = Field(
        description='The whole form. A secret that is absent or `{"set": true}` keeps its stored '
        "value, null removes it."
    )


class OptionView(BaseModel):
    """One choice of a field."""

    value: str = Field(description="What is stored.", examples=["rtsp-1"])
    title: str = Field(description="What the user reads.", examples=["Front door"])


class PluginList(BaseModel):
    """All plugins."""

    items: list[Plugin]


class SchemaList(BaseModel):
    """The forms of a plugin's components."""

    items: list[ComponentSchema]


class ConfigList(BaseModel):
    """The configurations of a plugin's components."""

    items: list[ComponentConfig]


class OptionList(BaseModel):
    """The choices of a field."""

    items: list[OptionView]


class CameraSourceList(BaseModel):
    """The ways to add a camera."""

    items: list[CameraSourceInfo]


@router.get("/plugins", summary="List plugins", dependencies=_view)
async def list_plugins(host: Host) -> PluginList:
    """All installed plugins with their state and, where they do not run, the reason."""
    return PluginList(items=list(host.list()))


@router.get(
    "/plugins/{plugin_id}",
    summary="Show a plugin",
    dependencies=_view,
    responses=errors("plugin_not_found"),
)
async def get_plugin(host: Host, plugin_id: PluginId) -> Plugin:
    """One plugin with its state, health and last error."""
    return host.get(plugin_id)


@router.get(
    "/plugins/{plugin_id}/schema",
    summary="Show a plugin's forms",
    dependencies=_view,
    responses=errors("plugin_not_found"),
)
async def get_schema(host: Host, plugin_id: PluginId) -> SchemaList:
    """JSON Schemas of the configuration of each component; also of disabled and broken plugins."""
    return SchemaList(items=list(host.schema(plugin_id)))


@router.get(
    "/plugins/{plugin_id}/config",
    summary="Show a plugin's configuration",
    dependencies=_manage,
    responses=errors("plugin_not_found"),
)
async def get_config(host: Host, plugin_id: PluginId) -> ConfigList:
    """The configuration of each component. Secrets are never returned."""
    return ConfigList(items=list(await host.config(plugin_id)))


@router.put(
    "/plugins/{plugin_id}/config",
    summary="Change a component's configuration",
    dependencies=_manage,
    responses=errors(
        "plugin_not_found",
        "component_not_found",
        "plugin_builtin",
        "validation_failed",
        "config_error",
        "unavailable",
        "timeout",
    ),
)
async def put_config(
    host: Host, plugin_id: PluginId, change: Annotated[ComponentInput, Body()]
) -> ComponentConfig:
    """Checked, applied to the running component (or its worker is restarted), and stored.

    If anything refuses it, the old configuration stays in force.
    """
    return await host.put_config(plugin_id, change.component, change.config)


@router.post(
    "/plugins/{plugin_id}/enable",
    summary="Enable a plugin",
    dependencies=_manage,
    responses=errors("plugin_not_found", "plugin_builtin", "unavailable", "timeout"),
)
async def enable(host: Host, plugin_id: PluginId) -> Plugin:
    """Its worker is started, now and with the server. The answer does not wait for it."""
    return await host.enable(plugin_id)


@router.post(
    "/plugins/{plugin_id}/disable",
    summary="Disable a plugin",
    dependencies=_manage,
    responses=errors("plugin_not_found", "plugin_builtin", "unavailable", "timeout"),
)
async def disable(host: Host, plugin_id: PluginId) -> Plugin:
    """Its worker is ended; cameras of its sources go offline until it is enabled again."""
    return await host.disable(plugin_id)


@router.post(
    "/plugins/{plugin_id}/restart",
    summary="Restart a plugin",
    dependencies=_manage,
    responses=errors(
        "plugin_not_found", "plugin_builtin", "plugin_disabled", "unavailable", "timeout"
    ),
)
async def restart(host: Host, plugin_id: PluginId) -> Plugin:
    """Its worker is replaced at once; this also ends a quarantine."""
    return await host.restart(plugin_id)


@router.post(
    "/plugins/{plugin_id}/options/{field}",
    summary="Ask for a field's choices",
    dependencies=_manage,
    responses=errors(
        "plugin_not_found",
        "component_not_found",
        "plugin_disabled",
        "validation_failed",
        "unavailable",
        "timeout",
    ),
)
async def options(
    host: Host,
    plugin_id: PluginId,
    field: Annotated[str, Path(description="Name in `options_from`.", max_length=64)],
    form: Annotated[ComponentInput, Body()],
) -> OptionList:
    """Choices that the component finds at run time, given the form as filled in so far."""
    found = await host.options(plugin_id, form.component, field, form.config)
    return OptionList(items=[OptionView(value=o.value, title=o.title) for o in found])


@router.get("/camera-sources", summary="List camera sources", dependencies=_view)
async def camera_sources(host: Host) -> CameraSourceList:
    """Every way to add a camera, with its form; also those that are not available now."""
    return CameraSourceList(items=list(host.camera_sources()))


@router.api_route(
    "/plugins/{plugin_id}/api/{path:path}",
    methods=_PROXIED,
    include_in_schema=False,
    dependencies=[Depends(allow("plugin.use"))],
)
async def plugin_routes(
    request: Request, host: Host, caller: Who, plugin_id: str, path: str
) -> Response:
    """Routes that a plugin brings; its own documentation says what they are."""
    # Here, since its HTTP client would cost every start a twentieth of a second.
    from nvr_core.api.routes._plugin_proxy import forward

    return await forward(request, host.routes_socket(plugin_id), path, caller.username)
