"""What the demo camera costs: CPU of its worker per camera, in loop and in live mode.

Runs a real plugin worker, opens main and sub of several cameras as the engine does, and reads the
worker's CPU time. ``loop_cpu_percent`` and ``live_cpu_percent`` are percent of one core for one
camera with both streams; ``live_main_cpu_percent`` for one with the main stream alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from pathlib import Path

from nvr_sdk import AccessUnit, rpc
from nvr_sdk.testing import OpenedStream, PluginRunner
from nvr_sdk.wire import connect


async def measure(config: dict[str, object], cameras: int, streams: int, seconds: float) -> float:
    """Percent of one core per camera."""
    async with PluginRunner("nvr_demo.plugin", configs={"demo": {}, "demo-api": {}}) as plugin:
        await plugin.wait_for("running")
        opened = []
        for number in range(cameras):
            for name in ("main", "sub")[:streams]:
                stream = OpenedStream()
                stream.channel = await connect(plugin.socket, stream)
                request = rpc.StreamOpen("demo", f"camera-{number}", name, config)
                await stream.channel.request(rpc.STREAM_OPEN, request, rpc.StreamOpened)
                opened.append(stream)
        for stream in opened:
            while not isinstance(await stream.next(timeout=120), AccessUnit):
                pass
        draining = [asyncio.create_task(drain(stream)) for stream in opened]
        if config["mode"] == "loop":
            await loop_made(plugin)
        await asyncio.sleep(2)
        before, began = cpu_seconds(plugin.pid), time.monotonic()
        await asyncio.sleep(seconds)
        used, wall = cpu_seconds(plugin.pid) - before, time.monotonic() - began
        for task in draining:
            task.cancel()
        return 100 * used / wall / cameras


async def drain(stream: OpenedStream) -> None:
    """Take what arrives, so that nothing piles up."""
    async for _ in stream.items():
        pass


async def time_making() -> float:
    """Seconds from the first request for a loop until it is there."""
    async with PluginRunner("nvr_demo.plugin", configs={"demo": {}, "demo-api": {}}) as plugin:
        await plugin.wait_for("running")
        began = time.monotonic()
        stream = await plugin.open_stream("demo", {"mode": "loop"})
        draining = asyncio.create_task(drain(stream))
        await loop_made(plugin)
        draining.cancel()
        return time.monotonic() - began


async def loop_made(plugin: PluginRunner) -> None:
    """Wait until the loop's file is there: before that the worker draws."""
    deadline = time.monotonic() + 180
    while not list((plugin.data_dir / "loops").glob("loop-*.msgpack")):
        if time.monotonic() > deadline:
            raise TimeoutError("no loop was made within 180 s")
        await asyncio.sleep(0.05)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def run(quick: bool) -> dict[str, float]:
    """Measure everything."""
    seconds = 8.0 if quick else 30.0
    cameras = 16
    loop = await measure({"mode": "loop"}, cameras, 2, seconds)
    return {
        "loop_cpu_percent": round(loop, 2),
        "loop_cpu_percent_of_16": round(loop * cameras, 1),
        "live_cpu_percent": round(await measure({"mode": "live"}, 1, 2, seconds), 2),
        "live_main_cpu_percent": round(await measure({"mode": "live"}, 1, 1, seconds), 2),
        "loop_making_seconds": round(await time_making(), 1),
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure for 8 s instead of 30 s each")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    options = parser.parse_args()
    result = asyncio.run(run(options.quick))
    if options.json:
        print(json.dumps(result))
    else:
        for key, value in result.items():
            print(f"{key:26} {value}")


if __name__ == "__main__":
    main()
