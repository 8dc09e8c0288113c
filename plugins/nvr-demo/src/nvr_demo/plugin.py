"""The hooks of the demo plugin."""

from __future__ import annotations

from collections.abc import Sequence

from nvr_demo.routes import DemoRoutes
from nvr_demo.source import DemoSource
from nvr_sdk import ApiRoutes, CameraSource, hookimpl


@hookimpl
def nvr_camera_sources() -> Sequence[type[CameraSource]]:
    """Bring the demo camera."""
    return [DemoSource]


@hookimpl
def nvr_api_routes() -> Sequence[type[ApiRoutes]]:
    """Bring the truth."""
    return [DemoRoutes]
