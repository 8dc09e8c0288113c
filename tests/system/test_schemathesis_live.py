"""Schemathesis tries every operation of a whole server with a live camera, as administrator.

Left out is what would end the run itself: ``logout``, ``changePassword``, ``login`` (failures
throttle the address), ``deleteToken`` (may be the run's own) and ``disable`` (the live camera's
plugin). ``deleteCamera`` comes last: schemathesis uses ids that it has seen in answers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from peers.schemathesis_run import find_faults
from system.server import NvrServer, running_server, stamp

EXAMPLES = 50
# schemathesis takes what any inclusion names, and no exclusion.
READS = (
    *("--include-path-regex", re.escape("/cameras/{camera_id}")),
    *("--exclude-method", "PATCH", "--exclude-method", "DELETE"),
)
REACHED = ("snapshot", "segments/{segment_id}.mp4", "live/index.m3u8", "hls/index.m3u8", "playback")
LEFT_OUT = ("logout", "changePassword", "login", "deleteToken", "disable", "deleteCamera")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_no_operation_breaks_the_document(tmp_path: Path) -> None:
    with running_server(tmp_path / "data") as server:
        live = server.add_demo("Yard")["id"]
        # The camera of the document's examples.
        assert server.add_demo("Front door")["id"] == "front-door"
        server.wait_online(live)
        segments = server.wait_segments(live, 2)["segments"]
        token = server.client.post("/tokens", json={"name": "schemathesis"}).json()["token"]
        known = {
            "path.camera_id": live,
            "path.segment_id": segments[0]["id"],
            "query.start": stamp(datetime.now(UTC) - timedelta(minutes=10)),
            "query.end": stamp(datetime.now(UTC)),
        }
        _find_none(server, token, tmp_path, *READS, parameters=known)
        for route in REACHED:
            assert _answered(server, f"/cameras/{{camera_id}}/{route}"), route

        others = [part for name in LEFT_OUT for part in ("--exclude-operation-id", name)]
        _find_none(server, token, tmp_path, *others, parameters={})
        assert server.camera(live)["id"] == live
        last = ("--include-operation-id", "deleteCamera")
        _find_none(server, token, tmp_path, *last, parameters={})

        core = {name: p for name, p in server.processes().items() if name in ("engine", "api")}
        assert {name: p["restarts"] for name, p in core.items()} == {"engine": 0, "api": 0}


def _answered(server: NvrServer, route: str) -> bool:
    """Tell whether a route has given what was asked for, not errors only."""
    metrics = httpx.get(f"{server.url}/metrics", cookies=server.client.cookies).text
    counted = f'nvr_http_requests_total{{method="GET",route="{route}",status="200"}}'
    return counted in metrics


def _find_none(
    server: NvrServer, token: str, directory: Path, *selection: str, parameters: dict[str, str]
) -> None:
    faults = find_faults(
        server.url, token, directory, *selection, examples=EXAMPLES, parameters=parameters
    )
    assert not faults, faults
