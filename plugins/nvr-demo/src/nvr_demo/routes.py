"""API routes of the demo, a plain ASGI application: what is true at a time, and about loops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import ClassVar
from urllib.parse import parse_qs

from nvr_demo.config import DemoRoutesConfig, Mode
from nvr_demo.formats import stream_format
from nvr_demo.loop import LoopKey, read_loop
from nvr_demo.scene.layout import CYCLE_S
from nvr_demo.scene.light import WEATHERS, Weather
from nvr_demo.sound import SAMPLE_RATE
from nvr_demo.truth import Truth
from nvr_sdk import FieldError, Health, NvrError, Option, PluginConfig, PluginContext
from nvr_sdk.components import AsgiApp, AsgiReceive, AsgiScope, AsgiSend

_LONGEST_S = 120.0
_SHORTEST_STEP_S = 0.05
Query = Mapping[str, str]


class DemoRoutes:
    """``GET truth`` and ``GET loop``; see the README for their parameters."""

    id: ClassVar[str] = "demo-api"
    config_model: ClassVar[type[PluginConfig]] = DemoRoutesConfig

    def __init__(self) -> None:
        self._context: PluginContext | None = None

    async def setup(self, context: PluginContext, config: PluginConfig) -> None:
        """Note where the loops lie."""
        self._context = context

    async def start(self) -> None:
        """Nothing to begin."""

    async def stop(self) -> None:
        """Nothing to end."""

    async def health(self) -> Health:
        """Always well."""
        return Health("ok")

    async def options(self, field: str, config: Mapping[str, object]) -> Sequence[Option]:
        """No field has options of its own."""
        return ()

    def app(self) -> AsgiApp:
        """Give the application."""
        return self._serve

    async def _serve(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"unexpected connection: {scope['type']}")
        status, body = await asyncio.to_thread(self._answer, scope)
        text = json.dumps(body).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(text)).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    def _answer(self, scope: AsgiScope) -> tuple[int, object]:
        pairs = parse_qs(scope["query_string"].decode("latin-1"))
        query = {name: values[-1] for name, values in pairs.items()}
        path = str(scope["path"]).strip("/")
        if path not in ("truth", "loop"):
            return 404, _error(NvrError("route_not_found", f"The demo has no route {path!r}."))
        if scope["method"] not in ("GET", "HEAD"):
            return 405, _error(NvrError("method_not_allowed", "Only GET is served here."))
        try:
            return 200, _truth(query) if path == "truth" else self._loop(query)
        except NvrError as error:
            return 422, _error(error)

    def _loop(self, query: Query) -> object:
        assert self._context is not None
        key = LoopKey(_seed(query), _weather(query))
        loop = read_loop(self._context.data_dir / "loops" / key.file_name)
        main = stream_format("loop", "main")
        return {
            "seed": key.seed,
            "weather": key.weather,
            "ready": loop is not None,
            "duration_s": float(CYCLE_S),
            "fps": main.fps,
            "frames": CYCLE_S * main.fps,
            "gop": main.gop,
            "sample_rate": SAMPLE_RATE,
            "bytes": 0 if loop is None else sum(len(p.data) for p in loop.main.pictures),
        }


def _truth(query: Query) -> object:
    truth = Truth(_seed(query), looped=_mode(query) == "loop")
    if "time" in query:
        time = _time(query, "time")
        return {"time": time, "objects": [asdict(item) for item in truth.at(time)]}
    start, end = _time(query, "start"), _time(query, "end")
    step = _number(query, "step", "0.2")
    if step < _SHORTEST_STEP_S:
        raise _refused("step", f"The step must be {_SHORTEST_STEP_S} s or more.")
    if not 0 < end - start <= _LONGEST_S:
        raise _refused("end", f"The end must follow the start by at most {_LONGEST_S:g} s.")
    tracks = [asdict(track) for track in truth.tracks(start, end, step)]
    return {"start": start, "end": end, "step": step, "tracks": tracks}


def _seed(query: Query) -> int:
    value = query.get("seed", "1")
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 9999:
        raise _refused("seed", "The seed must be a whole number from 1 to 9999.")
    return int(value)


def _mode(query: Query) -> Mode:
    match query.get("mode", "live"):
        case "live":
            return "live"
        case "loop":
            return "loop"
    raise _refused("mode", "The mode must be live or loop.")


def _weather(query: Query) -> Weather:
    for weather in WEATHERS:
        if query.get("weather", "day") == weather:
            return weather
    raise _refused("weather", f"The weather must be one of {', '.join(WEATHERS)}.")


def _time(query: Query, name: str) -> float:
    """Read RFC 3339, or seconds since the Unix epoch."""
    value = query.get(name, "")
    try:
        time = float(value)
    except ValueError:
        try:
            # A plus sign that was not escaped arrives as a space.
            moment = datetime.fromisoformat(value.replace(" ", "+"))
        except ValueError:
            raise _refused(name, f"{name} must be an RFC 3339 time or Unix seconds.") from None
        if moment.tzinfo is None:
            raise _refused(name, f"{name} must tell its offset from UTC.") from None
        time = moment.timestamp()
    if not 0 <= time < 1e11:
        raise _refused(name, f"{name} is out of range.")
    return time


def _number(query: Query, name: str, default: str) -> float:
    try:
        value = float(query.get(name, default))
    except ValueError:
        raise _refused(name, f"{name} must be a number.") from None
    if not 0 <= value < 1e9:
        raise _refused(name, f"{name} is out of range.")
    return value


def _refused(field: str, message: str) -> NvrError:
    return NvrError("validation_failed", message, (FieldError(field, "invalid", message),))


def _error(error: NvrError) -> object:
    fields = [asdict(field) for field in error.fields]
    return {"error": {"code": error.code, "message": error.message, "fields": fields}}


async def _lifespan(receive: AsgiReceive, send: AsgiSend) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
