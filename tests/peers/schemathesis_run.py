"""Runs the schemathesis command against a server, as somebody who holds a token."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

REFUSAL = "negative_data_rejection"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    REFUSAL,
)
# 503 and 504 are the documented answers where a camera, a worker or a peer does not answer.
CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503, 504]

[parameters]
"""


def find_faults(
    origin: str,
    token: str,
    directory: Path,
    *selection: str,
    examples: int,
    phases: str = "examples,coverage,fuzzing",
    parameters: Mapping[str, str] | None = None,
) -> str:
    """Try the operations of ``selection`` (options of schemathesis); gives its report on a fault.

    Empty when every answer was as the document says. ``parameters`` are used in every request,
    also in place of wrong ones, so that whether those are refused cannot be told then.
    """
    checks = CHECKS if not parameters else [name for name in CHECKS if name != REFUSAL]
    fixed = "\n".join(f'"{name}" = "{value}"' for name, value in (parameters or {}).items())
    (directory / "schemathesis.toml").write_text(CONFIG + fixed + "\n")
    options = {
        "--header": f"Authorization: Bearer {token}",
        "--checks": ",".join(checks),
        "--phases": phases,
        "--max-examples": str(examples),
        "--generation-database": "none",
        "--seed": "7",
        "--request-timeout": "60",
    }
    command = [str(Path(sys.executable).with_name("schemathesis"))]
    command += ["run", f"{origin}/api/v1/openapi.json", *selection]
    command += [part for option in options.items() for part in option]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    return done.stdout[-20_000:] + done.stderr[-2_000:]
