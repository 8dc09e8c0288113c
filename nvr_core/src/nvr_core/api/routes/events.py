"""Events: the recent ones by REST, new ones by web socket."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, WebSocket
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from nvr_core.api.dependencies import Asked, allow, current_caller, get_services
from nvr_core.api.event_client import EventClient, may_see, show_event
from nvr_core.api.login_watch import LOGGED_OUT
from nvr_core.api.schemas.common import Cursor, Limit, Page, make_cursor, read_cursor
from nvr_core.api.schemas.system import EventView
from nvr_core.api.times import TimeQuery
from nvr_core.events.topics import matches
from nvr_sdk.errors import NvrError

PING_S = 20.0
SILENCE_S = 60.0

router = APIRouter(tags=["events"])
socket_router = APIRouter()


@router.get(
    "/events",
    operation_id="listEvents",
    summary="List recent events",
    dependencies=[Depends(allow("event.view"))],
)
async def list_events(
    *,
    services: Asked,
    connection: HTTPConnection,
    camera: Annotated[str | None, Query(max_length=64, description="Of this camera only.")] = None,
    topic: Annotated[
        str | None, Query(max_length=64, description="A topic, or its beginning and `*`.")
    ] = None,
    start: Annotated[TimeQuery | None, Query(description="Not before.")] = None,
    end: Annotated[TimeQuery | None, Query(description="Before.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[EventView]:
    """Give events newest first. The last 2000 since the server's start are kept, in memory."""
    caller = current_caller(connection)
    offset = max(0, read_cursor(cursor) or 0)
    found = [
        event
        for event in services.bus.recent()
        if (camera is None or event.camera_id == camera)
        and (topic is None or matches(topic, event.topic))
        and (start is None or event.time_ns // 1000 >= start)
        and (end is None or event.time_ns // 1000 < end)
        and may_see(caller, event)
    ]
    items = [EventView.model_validate(show_event(e)) for e in found[offset : offset + limit]]
    more = make_cursor(offset + limit) if offset + limit < len(found) else None
    return Page(items=items, next_cursor=more)


@socket_router.websocket("/ws")
async def follow_events(socket: WebSocket) -> None:
    """Send events as subscribed; see docs/reference/api.md."""
    services = get_services(socket)
    caller = current_caller(socket)
    client = EventClient(caller)
    await socket.accept()
    leave = services.bus.subscribe(client.on_event)
    tasks = {
        asyncio.create_task(_receive(socket, client)),
        asyncio.create_task(_send(socket, client)),
        asyncio.create_task(_ping(client)),
        asyncio.create_task(services.login_watch.until_ended(caller)),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task
    except TimeoutError:
        await socket.close(1001, "silence")
    except NvrError as error:
        await socket.close(LOGGED_OUT, error.code)
    except WebSocketDisconnect:
        pass
    finally:
        leave()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _receive(socket: WebSocket, client: EventClient) -> None:
    while True:
        async with asyncio.timeout(SILENCE_S):
            message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        client.answer(message.get("text") or "")


async def _send(socket: WebSocket, client: EventClient) -> None:
    while True:
        await socket.send_text(orjson.dumps(await client.next()).decode())


async def _ping(client: EventClient) -> None:
    while True:
        await asyncio.sleep(PING_S)
        client.put({"type": "ping"})
