"""What goes out to plugins: events to sinks, recorders to the engine, pictures to detectors."""

from __future__ import annotations

import json
import os
import signal

import numpy as np

from core.plugins.plugin_server import Server, until
from nvr_core.plugins._sinks import LIMIT
from nvr_core.plugins.host import PluginHost
from nvr_core.processes import RECORDERS_SET, RecorderTargets
from nvr_sdk import wire
from nvr_sdk.frames import FrameRing
from nvr_sdk.messages import Event
from nvr_sdk.wire import Channel, Nothing, QuietHandler, unpack

KIT = "nvr-testkit"


async def running(server: Server) -> PluginHost:
    server.install(KIT)
    host = await server.start_host()
    await until(lambda: host.get(KIT).state == "running")
    return host


def received(server: Server) -> list[str]:
    path = server.settings.plugin_data(KIT) / "events.jsonl"
    return (
        [json.loads(line)["id"] for line in path.read_text().splitlines()] if path.exists() else []
    )


def event(number: int, topic: str = "camera.state") -> Event:
    return Event(f"{number:06d}", topic, time_ns=number, camera_id="porch", data={"n": number})


async def test_events_reach_the_sinks_that_want_them_in_order(server: Server) -> None:
    host = await running(server)
    for number in range(50):
        host.publish(event(number, "camera.state" if number % 2 else "recording.segment"))
    await until(lambda: len(received(server)) == 25)
    assert received(server) == [f"{number:06d}" for number in range(1, 50, 2)]


async def test_events_wait_for_a_worker_that_is_away_and_the_oldest_go_first(
    server: Server,
) -> None:
    host = await running(server)
    os.kill(server.pid(KIT), signal.SIGKILL)
    await until(lambda: host.get(KIT).state != "running")
    for number in range(LIMIT + 10):
        host.publish(event(number))
    await until(lambda: len(received(server)) == LIMIT)
    assert received(server)[0] == "000010"
    assert received(server)[-1] == f"{LIMIT + 9:06d}"


class Engine(QuietHandler):
    """Takes ``recorders.set``."""

    def __init__(self) -> None:
        self.told: list[RecorderTargets] = []

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        assert method == RECORDERS_SET
        self.told.append(unpack(params, RecorderTargets))
        return Nothing()


async def test_each_engine_is_told_the_recorders(server: Server) -> None:
    engine = Engine()
    listener = await wire.serve(server.settings.engine_socket, lambda: engine)
    host = await running(server)
    socket = str(server.settings.plugin_socket(KIT))
    await until(lambda: engine.told[-1:] == [RecorderTargets(((socket, "testkit-recorder"),))])
    await host.disable(KIT)
    await until(lambda: engine.told[-1] == RecorderTargets(()))
    listener.close()


async def test_a_detector_in_its_worker_finds_what_is_in_a_picture(server: Server) -> None:
    host = await running(server)
    picture = np.zeros((180, 320, 3), np.uint8)
    picture[45:90, 80:240] = 255
    ring = FrameRing("test", slots=4, slot_bytes=picture.nbytes)
    try:
        client = await host.detector(KIT, "testkit-detector", ring)
        assert (await client.spec()).labels == ("bright",)
        answer = await client.detect([ring.write(picture, camera_id="porch", time_ns=1)])
        client.close()
    finally:
        ring.close()
    [[found]] = answer.objects
    box = found.box
    assert (box.left, box.top, box.right, box.bottom) == (0.25, 0.25, 0.75, 0.5)
    assert answer.stale == ()
