"""Schemathesis reads our OpenAPI document and looks for an answer that breaks it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx

from nvr_core.processes import KEY_GET, LIVE_SUBSCRIBE
from nvr_sdk.errors import NvrError
from peers.api_server import Server
from peers.engine_peer import EnginePeer

EXAMPLES = os.environ.get("NVR_SCHEMATHESIS_EXAMPLES", "4")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
# The supervisor and the av worker are not running here: 503 is the right answer then.
CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]
"""
# Logging out or a new password would end the run's own login; a wrong one the others'.
LEFT_OUT = "/auth/logout|/auth/password|/auth/login"


def test_no_answer_breaks_the_document(
    server: Server, anna: httpx.Client, engine: EnginePeer, camera: str, tmp_path: Path
) -> None:
    offline = NvrError("offline", "The camera is off.")
    engine.refusals |= {LIVE_SUBSCRIBE: offline, KEY_GET: offline}
    token = anna.post("/api/v1/tokens", json={"name": "schemathesis"}).json()["token"]
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{server.origin}/api/v1/openapi.json",
        "--header",
        f"Authorization: Bearer {token}",
        "--exclude-path-regex",
        LEFT_OUT,
        "--checks",
        ",".join(CHECKS),
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        EXAMPLES,
        "--generation-database",
        "none",
        "--seed",
        "7",
        "--request-timeout",
        "30",
        "--exclude-operation-id",
        "deleteToken",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    engine.refusals.clear()
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
