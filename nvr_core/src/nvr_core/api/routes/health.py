"""Whether the server lives, and its numbers."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from nvr_core.api.dependencies import Asked, allow
from nvr_core.api.metrics import CONTENT_TYPE
from nvr_core.api.schemas.system import Alive

router = APIRouter(tags=["system"])


@router.get("/healthz", operation_id="getHealth", summary="Tell whether the server answers")
async def healthz() -> Alive:
    """Answer as soon as the server takes requests."""
    return Alive(status="ok")


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Give the numbers for Prometheus",
    dependencies=[Depends(allow("system.view"))],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."}},
)
async def metrics(services: Asked) -> Response:
    """Give cameras by state, frame rates, bytes recorded, restarts, requests."""
    return Response(services.metrics.render(), media_type=CONTENT_TYPE)
