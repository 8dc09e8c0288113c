"""Schemathesis tries every operation of a whole server with a live camera, as administrator.

Left out is what would end the run itself: ``logout``, ``changePassword``, ``login`` (failures
throttle the address), ``deleteToken`` (may be the run's own) and ``disable`` (the live camera's
plugin). Deleting cameras is tried at last and on others than the live one.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from peers.schemathesis_run import find_faults
from system.server import NvrServer, running_server

EXAMPLES = 50
AT_A_CAMERA = ("--include-path-regex", re.escape("/cameras/{camera_id}"))
LEFT_OUT = ("logout", "changePassword", "login", "deleteToken", "disable")


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
        known = {"path.camera_id": live, "path.segment_id": segments[0]["id"]}

        reads = ("--include-method", "GET", *AT_A_CAMERA)
        _find_none(server, token, tmp_path, *reads, parameters=known)
        _find_none(server, token, tmp_path, *AT_A_CAMERA, parameters={})
        others = [part for name in LEFT_OUT for part in ("--exclude-operation-id", name)]
        _find_none(server, token, tmp_path, *others, parameters={})

        assert server.camera(live)["id"] == live
        core = {name: p for name, p in server.processes().items() if name in ("engine", "api")}
        assert {name: p["restarts"] for name, p in core.items()} == {"engine": 0, "api": 0}


def _find_none(
    server: NvrServer, token: str, directory: Path, *selection: str, parameters: dict[str, str]
) -> None:
    faults = find_faults(
        server.url, token, directory, *selection, examples=EXAMPLES, parameters=parameters
    )
    assert not faults, faults
