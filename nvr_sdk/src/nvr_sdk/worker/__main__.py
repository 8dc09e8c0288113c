"""Entry of a worker process: reads its setup from standard input, then serves until SIGTERM."""

from __future__ import annotations

import asyncio
import sys

from nvr_sdk.rpc import WorkerSetup
from nvr_sdk.wire import unpack
from nvr_sdk.worker import process


def main() -> None:
    """Run the worker; never returns (threads of the plugin must not hold up the end)."""
    process.prepare(sys.stderr)
    setup = unpack(process.read_setup(), WorkerSetup)
    process.extend_path(setup.paths)
    process.leave(asyncio.run(process.serve_until_stopped(setup)))


if __name__ == "__main__":
    main()
