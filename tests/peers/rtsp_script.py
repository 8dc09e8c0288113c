"""A camera whose every answer a test can script: authentication, refusals, silence, odd streams.

It runs on the test's own event loop and plays packets that the test made.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Answer = Callable[["Request"], "str | None"]
"""Gives status and headers, e.g. ``"404 Not Found"``; None for no answer at all."""
Play = Callable[["ScriptedCamera"], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """What the camera was asked."""

    method: str
    uri: str
    headers: dict[str, str]
    count: int
    """How many requests of this method came so far, this one included."""


@dataclass
class Login:
    """The authentication that the camera insists on."""

    username: str = "admin"
    password: str = "secret"
    algorithm: str = "MD5"
    qop: bool = True
    basic_too: bool = False
    nonce: str = "n-1"
    stale: bool = False

    def challenge(self) -> str:
        """Give the ``WWW-Authenticate`` lines."""
        parts = ['Digest realm="cam, one"', f'nonce="{self.nonce}"']
        parts += [f"algorithm={self.algorithm}"] if self.algorithm != "legacy" else []
        parts += ['qop="auth"'] if self.qop else []
        parts += ["stale=true"] if self.stale else []
        basic = 'WWW-Authenticate: Basic realm="cam"\r\n' if self.basic_too else ""
        return f"{basic}WWW-Authenticate: {', '.join(parts)}\r\n"

    def accepts(self, request: Request) -> bool:
        """Check a Digest answer, computed anew from RFC 7616."""
        header = request.headers.get("authorization", "")
        if not header.startswith("Digest "):
            return False
        pairs = re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]*))', header)
        given = {name: quoted or bare for name, quoted, bare in pairs}
        name = "sha256" if self.algorithm == "SHA-256" else "md5"

        def digest(text: str) -> str:
            return hashlib.new(name, text.encode()).hexdigest()

        secret = digest(f"{self.username}:cam, one:{self.password}")
        target = digest(f"{request.method}:{request.uri}")
        between = self.nonce
        if self.qop:
            between += f":{given.get('nc')}:{given.get('cnonce')}:auth"
        return (
            given.get("username") == self.username
            and given.get("nonce") == self.nonce
            and given.get("uri") == request.uri
            and given.get("response") == digest(f"{secret}:{between}:{target}")
        )


@dataclass
class ScriptedCamera:
    """Serves one stream; an async context manager.

    ``answers`` replaces what a method is answered with; ``play`` runs after PLAY and sends packets
    with `send`. Everything asked is in ``requests``.
    """

    sdp: str
    play: Play | None = None
    login: Login | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    public: str = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
    session: str = "S1;timeout=60"
    content_base: str | None = None
    rtp_info: str = ""
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def __aenter__(self) -> ScriptedCamera:
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer: asyncio.StreamWriter | None = None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.hang_up()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{'rtsps' if self.tls else 'rtsp'}://127.0.0.1:{self.port}/live"

    def asked(self, method: str) -> list[Request]:
        """Give the requests of one method."""
        return [request for request in self.requests if request.method == method]

    def send(self, data: bytes) -> None:
        """Send raw bytes to the client."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(data)

    def hang_up(self) -> None:
        """Cut the connection."""
        if self._writer is not None:
            self._writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        self._writer = writer
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self._answer(head.decode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    def _answer(self, head: str) -> None:
        first, *rest = head.strip().split("\r\n")
        if first.startswith("RTSP/"):
            return
        method, uri, _ = first.split(" ")
        pairs = (line.split(": ", 1) for line in rest)
        headers = {name.lower(): value for name, value in pairs}
        count = len(self.asked(method)) + 1
        request = Request(method, uri, headers, count)
        self.requests.append(request)
        scripted = self.answers.get(method)
        if scripted is not None and (line := scripted(request)) != "default":
            if line is not None:
                self._reply(request, line)
        elif self.login is not None and not self.login.accepts(request):
            self._reply(request, f"401 Unauthorized\r\n{self.login.challenge()}".rstrip())
        else:
            self._reply(request, *self._usual(request))
            if method == "PLAY" and self.play is not None:
                task = asyncio.create_task(self.play(self))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _usual(self, request: Request) -> tuple[str, str]:
        if request.method == "OPTIONS":
            return f"200 OK\r\nPublic: {self.public}", ""
        if request.method == "DESCRIBE":
            base = f"{self.url}/" if self.content_base is None else self.content_base
            head = "200 OK\r\nContent-Type: application/sdp"
            return head + (f"\r\nContent-Base: {base}" if base else ""), self.sdp
        if request.method == "SETUP":
            transport = request.headers["transport"]
            return f"200 OK\r\nSession: {self.session}\r\nTransport: {transport};ssrc=7", ""
        if request.method == "PLAY" and self.rtp_info:
            return f"200 OK\r\nRTP-Info: {self.rtp_info}", ""
        return "200 OK", ""

    def _reply(self, request: Request, head: str, body: str = "") -> None:
        text = f"RTSP/1.0 {head}\r\nCSeq: {request.headers['cseq']}\r\n"
        text += f"Content-Length: {len(body)}\r\n" if body else ""
        self.send(f"{text}\r\n{body}".encode())
