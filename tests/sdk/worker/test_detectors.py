"""Detection through shared memory in a real worker."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from nvr_sdk import Box, NvrError, rpc
from nvr_sdk.frames import FrameRing
from nvr_sdk.testing import PluginRunner
from nvr_sdk.wire import ChannelClosed, Nothing
from nvr_sdk.worker.descriptors import frames_socket, send_descriptor
from nvr_sdk.worker.detector_client import DetectorClient

pytestmark = pytest.mark.asyncio(loop_scope="module")

WIDTH, HEIGHT = 320, 180
DETECTOR = "testkit-detector"


@pytest.fixture
def ring():
    made = FrameRing("test-ring", 3, WIDTH * HEIGHT * 3)
    yield made
    made.close()


def bright(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[top:bottom, left:right] = 255
    return image


async def test_detector_sees_the_pixels(plugin: PluginRunner, ring: FrameRing) -> None:
    client = await DetectorClient.connect(plugin.socket, DETECTOR, ring)
    spec = await client.spec()
    assert (spec.width, spec.height, spec.labels) == (320, 180, ("bright",))
    frames = [
        ring.write(bright(80, 45, 160, 90), "camera", 1),
        ring.write(np.zeros((HEIGHT, WIDTH, 3), np.uint8), "camera", 2),
    ]
    detected = await client.detect(frames)
    (found,), nothing = detected.objects
    assert found.box == Box(0.25, 0.25, 0.5, 0.5)
    assert found.attributes == {"sequence": frames[0].sequence}
    assert nothing == ()
    assert detected.stale == ()
    assert ring.leased == 0
    client.close()


async def test_frames_written_later_are_seen_without_another_attach(
    plugin: PluginRunner, ring: FrameRing
) -> None:
    client = await DetectorClient.connect(plugin.socket, DETECTOR, ring)
    for n in range(30):
        frame = ring.write(bright(n, n, n + 32, n + 18), "camera", n)
        detected = await client.detect([frame])
        assert detected.objects[0][0].box.left == pytest.approx(n / WIDTH)
    client.close()


async def test_overwritten_frame_comes_back_stale(plugin: PluginRunner, ring: FrameRing) -> None:
    client = await DetectorClient.connect(plugin.socket, DETECTOR, ring)
    old = ring.write(bright(0, 0, 32, 18), "camera", 0)
    for n in range(3):
        new = ring.write(bright(32, 18, 64, 36), "camera", n)
    detected = await client.detect([old, new])
    assert detected.stale == (old.sequence,)
    assert detected.objects[0] == ()
    assert len(detected.objects[1]) == 1
    client.close()


async def test_frame_torn_during_the_call_is_dropped(plugin: PluginRunner, ring: FrameRing) -> None:
    slow = rpc.Configure(DETECTOR, {"delay_s": 0.5})
    await plugin.request(rpc.COMPONENT_CONFIGURE, slow, Nothing)
    client = await DetectorClient.connect(plugin.socket, DETECTOR, ring)
    frame = ring.write(bright(0, 0, 32, 18), "camera", 0)
    call = asyncio.create_task(client.detect([frame]))
    await asyncio.sleep(0.2)
    others = [ring.write(bright(32, 18, 64, 36), "camera", n) for n in range(2)]
    for other in others:
        ring.lease(other, "someone else")
    ring.write(bright(32, 18, 64, 36), "camera", 3)
    with pytest.raises(NvrError) as caught:
        await call
    # The kit's detector opens its view after the delay and finds the frame gone.
    assert caught.value.code == "stale_frame"
    client.close()


async def test_killed_worker_gives_its_slots_back(plugin: PluginRunner, ring: FrameRing) -> None:
    slow = rpc.Configure(DETECTOR, {"delay_s": 30})
    await plugin.request(rpc.COMPONENT_CONFIGURE, slow, Nothing)
    client = await DetectorClient.connect(plugin.socket, DETECTOR, ring)
    frame = ring.write(bright(0, 0, 32, 18), "camera", 0)
    call = asyncio.create_task(client.detect([frame], timeout=30))
    async with asyncio.timeout(5):
        while ring.leased != 1:
            await asyncio.sleep(0.01)
    await plugin.kill()
    with pytest.raises(ChannelClosed):
        await call
    assert ring.leased == 0
    assert client.closed


async def test_detect_without_a_ring_is_refused(plugin: PluginRunner) -> None:
    with pytest.raises(NvrError) as caught:
        await plugin.request(rpc.DETECTOR_DETECT, rpc.Detect(DETECTOR, "none", ()), rpc.Detected)
    assert caught.value.code == "no_ring"


async def test_ring_of_another_size_is_refused(plugin: PluginRunner, ring: FrameRing) -> None:
    await asyncio.to_thread(
        send_descriptor, frames_socket(plugin.socket), ring.name, ring.descriptor
    )
    attach = rpc.FramesAttach(ring.name, 1000, ring.slot_bytes)
    with pytest.raises(NvrError) as caught:
        await plugin.request(rpc.FRAMES_ATTACH, attach, Nothing)
    assert caught.value.code == "bad_ring"
