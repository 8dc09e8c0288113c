"""Pushed streams through a real worker: delivery, ends, lingering, slow readers, kills."""

from __future__ import annotations

import asyncio

import pytest

from nvr_sdk import AccessUnit, NvrError, StreamInfo, rpc
from nvr_sdk.testing import OpenedStream, PluginRunner
from nvr_sdk.wire import Nothing

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = "testkit-push"


def number_of(unit: AccessUnit) -> int:
    marker = b"nvr-testkit-unit"
    start = unit.data.index(marker) + len(marker)
    return int(unit.data[start : start + 16])


async def take_units(stream: OpenedStream, count: int) -> list[AccessUnit]:
    units = []
    while len(units) < count:
        item = await stream.next()
        assert item is not None, stream.ended
        if isinstance(item, AccessUnit):
            units.append(item)
    return units


async def open_sessions(plugin: PluginRunner) -> tuple[str, ...]:
    status = await plugin.status()
    return next(c.streams for c in status.components if c.id == SOURCE)


async def test_units_arrive_complete_and_in_order(plugin: PluginRunner) -> None:
    stream = await plugin.open_stream(SOURCE, {"fps": 500, "units": 60})
    assert not stream.resumed
    items = [item async for item in stream.items()]
    info, units = items[0], items[1:]
    assert isinstance(info, StreamInfo)
    assert (info.video.width, info.video.height) == (160, 96)
    assert [number_of(unit) for unit in units] == list(range(60))
    assert [unit.key for unit in units] == [n % 10 == 0 for n in range(60)]
    assert stream.ended == rpc.StreamEnded("ended", "The source ended the stream.", 0)
    assert await open_sessions(plugin) == ()


@pytest.mark.parametrize(
    ("then", "code", "message"),
    [
        ("auth", "auth_failed", "User name or password was refused."),
        ("raise", "source_failed", "The camera source failed: RuntimeError."),
    ],
)
async def test_failure_is_told_after_the_last_unit(
    plugin: PluginRunner, then: str, code: str, message: str
) -> None:
    stream = await plugin.open_stream(SOURCE, {"fps": 500, "units": 3, "then": then})
    assert len([item async for item in stream.items()]) == 4
    assert (stream.ended.code, stream.ended.message) == (code, message)


async def test_invalid_camera_config_is_told_with_the_field(plugin: PluginRunner) -> None:
    stream = await plugin.open_stream(SOURCE, {"fps": -1})
    assert [item async for item in stream.items()] == []
    assert stream.ended.code == "config_error"
    assert "config.fps" in stream.ended.message


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("nobody", "unknown_component"),
        ("testkit-address", "no_push"),
        ("testkit-sink", "no_push"),
    ],
)
async def test_stream_of_something_else_is_refused(
    plugin: PluginRunner, source: str, code: str
) -> None:
    with pytest.raises(NvrError) as caught:
        await plugin.open_stream(source, {})
    assert caught.value.code == code


async def test_second_stream_on_a_connection_is_refused(plugin: PluginRunner) -> None:
    stream = await plugin.open_stream(SOURCE, {})
    request = rpc.StreamOpen(SOURCE, "other", "main", {})
    with pytest.raises(NvrError) as caught:
        await stream.channel.request(rpc.STREAM_OPEN, request, rpc.StreamOpened)
    assert caught.value.code == "bad_request"


async def test_killed_engine_finds_its_stream_without_a_hole(plugin: PluginRunner) -> None:
    first = await plugin.open_stream(SOURCE, {"fps": 100})
    info = await first.next()
    before = [number_of(unit) for unit in await take_units(first, 25)]
    first.channel.abort()
    await asyncio.sleep(0.3)
    second = await plugin.open_stream(SOURCE, {"fps": 100})
    assert second.resumed
    again = await second.next()
    assert isinstance(again, StreamInfo)
    assert again.video == info.video
    after = await take_units(second, 60)
    numbers = [number_of(unit) for unit in after]
    assert after[0].key
    assert numbers == list(range(numbers[0], numbers[0] + 60))
    assert numbers[0] <= before[-1] + 10
    # The source gave no epoch: the worker adds when tick 0 was, lest buffered units seem new.
    assert info.epoch_ns is None
    assert again.epoch_ns is not None


async def test_stream_closed_on_purpose_is_not_resumed(plugin: PluginRunner) -> None:
    first = await plugin.open_stream(SOURCE, {"fps": 100})
    await take_units(first, 5)
    await first.close()
    second = await plugin.open_stream(SOURCE, {"fps": 100})
    assert not second.resumed
    assert number_of((await take_units(second, 1))[0]) == 0


async def test_other_config_starts_anew(plugin: PluginRunner) -> None:
    first = await plugin.open_stream(SOURCE, {"fps": 100})
    await take_units(first, 5)
    first.channel.abort()
    second = await plugin.open_stream(SOURCE, {"fps": 101})
    assert not second.resumed
    assert await open_sessions(plugin) == ("camera/main",)


async def test_second_reader_takes_over(plugin: PluginRunner) -> None:
    first = await plugin.open_stream(SOURCE, {"fps": 100})
    await take_units(first, 5)
    second = await plugin.open_stream(SOURCE, {"fps": 100})
    assert second.resumed
    await take_units(second, 5)
    async with asyncio.timeout(5):
        while not first.channel.closed:
            await asyncio.sleep(0.01)


async def test_two_cameras_at_once(plugin: PluginRunner) -> None:
    one = await plugin.open_stream(SOURCE, {"fps": 200}, camera_id="one")
    two = await plugin.open_stream(SOURCE, {"fps": 200}, camera_id="two")
    assert number_of((await take_units(one, 30))[-1]) == 29
    assert number_of((await take_units(two, 30))[-1]) == 29
    assert set(await open_sessions(plugin)) == {"one/main", "two/main"}


async def test_slow_reader_loses_whole_gops_only(plugin: PluginRunner) -> None:
    config = {"fps": 1000, "units": 400, "padding": 100_000}
    stream = await plugin.open_stream(SOURCE, config)
    await take_units(stream, 1)
    stream.channel.pause_reading()
    await asyncio.sleep(1.0)
    stream.channel.resume_reading()
    numbers = [number_of(i) async for i in stream.items() if isinstance(i, AccessUnit)]
    assert stream.ended.dropped_units == 399 - len(numbers) > 0
    for earlier, later in zip([0, *numbers], numbers, strict=False):
        assert later == earlier + 1 or later % 10 == 0


async def test_source_that_ignores_close_does_not_hold_up_the_end(plugin: PluginRunner) -> None:
    config = {"fps": 500, "units": 1, "then": "ignore_close"}
    stream = await plugin.open_stream(SOURCE, config)
    await take_units(stream, 1)
    async with asyncio.timeout(5.5):
        assert await plugin.stop() == 0


async def test_reconfigured_source_tells_its_readers(plugin: PluginRunner) -> None:
    stream = await plugin.open_stream(SOURCE, {"fps": 100})
    await take_units(stream, 1)
    await plugin.request(rpc.COMPONENT_CONFIGURE, rpc.Configure(SOURCE, {}), Nothing)
    async for _ in stream.items():
        pass
    assert stream.ended.code == "reconfigured"
    again = await plugin.open_stream(SOURCE, {"fps": 100})
    assert not again.resumed
    await take_units(again, 1)


async def test_killed_worker_is_an_end_of_file_and_comes_back(plugin: PluginRunner) -> None:
    stream = await plugin.open_stream(SOURCE, {"fps": 100})
    await take_units(stream, 5)
    await plugin.kill()
    async for _ in stream.items():
        pass
    assert stream.ended is None
    await plugin.start()
    await plugin.wait_for("running")
    again = await plugin.open_stream(SOURCE, {"fps": 100})
    assert number_of((await take_units(again, 1))[0]) == 0
