"""API routes, written against plain ASGI."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field

from nvr_testkit.base import KitComponent, KitConfig


class RoutesConfig(KitConfig):
    """Configuration of the routes."""

    greeting: str = Field(
        default="Hello", title="Greeting", description="Word that visitors are greeted with."
    )


class Greeter(KitComponent):
    """``GET /hello`` greets the user, ``POST /echo`` gives the body back."""

    id = "testkit-routes"
    config_model = RoutesConfig

    def app(self) -> Any:
        """Give the application."""
        return self._serve

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = (scope["method"], scope["path"])
        if request == ("GET", "/hello"):
            user = dict(scope["headers"]).get(b"x-nvr-user", b"nobody").decode()
            await _reply(send, 200, json.dumps({"greeting": f"{self.config.greeting}, {user}"}))
        elif request == ("POST", "/echo"):
            await _reply(send, 200, (await _body(receive)).decode())
        else:
            await _reply(send, 404, "{}")


async def _body(receive: Any) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _reply(send: Any, status: int, text: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
