"""Schemathesis reads our OpenAPI document and looks for an answer that breaks it.

A few examples per operation; `tests/system/test_schemathesis_live.py` takes the time for many.
"""

from __future__ import annotations

from pathlib import Path

import httpx

from nvr_core.processes import KEY_GET, LIVE_SUBSCRIBE
from nvr_sdk.errors import NvrError
from peers.api_server import Server
from peers.engine_peer import EnginePeer
from peers.schemathesis_run import find_faults

# Logging out or a new password would end the run's own login; a wrong one the others'.
LEFT_OUT = "/auth/logout|/auth/password|/auth/login"


def test_no_answer_breaks_the_document(
    server: Server, anna: httpx.Client, engine: EnginePeer, camera: str, tmp_path: Path
) -> None:
    offline = NvrError("offline", "The camera is off.")
    engine.refusals |= {LIVE_SUBSCRIBE: offline, KEY_GET: offline}
    token = anna.post("/api/v1/tokens", json={"name": "schemathesis"}).json()["token"]
    faults = find_faults(
        server.origin,
        token,
        tmp_path,
        *("--exclude-path-regex", LEFT_OUT, "--exclude-operation-id", "deleteToken"),
        phases="examples,fuzzing",
        examples=3,
    )
    engine.refusals.clear()
    assert not faults, faults
