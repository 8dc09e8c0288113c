"""The public face of the fast lane: one coroutine that reads one stream of one camera."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from nvr_core.cameras._url import UrlError, refuse_forbidden_host
from nvr_core.rtsp.auth import Authenticator
from nvr_core.rtsp.client import Redirected, RtspClient
from nvr_core.rtsp.connection import Connection
from nvr_core.rtsp.failures import needs_av_lane, timeout, unreachable
from nvr_core.rtsp.sdp import Media
from nvr_core.rtsp.stream import MediaStream, StreamSink
from nvr_core.rtsp.tracks import choose_audio, choose_video
from nvr_sdk.errors import ConfigError, NvrError
from nvr_sdk.messages import StreamAddress, TrackKind

_PORTS = {"rtsp": 554, "rtsps": 322}
_MAX_REDIRECTS = 3
_TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """How long to wait for a camera, in seconds."""

    connect_s: float = 5.0
    """For the connection (and TLS) to be made."""
    answer_s: float = 5.0
    """For the answer to each request until PLAY."""
    stall_s: float = 8.0
    """For the next picture; noticed at most a second later."""
    key_s: float = 40.0
    """For the first key picture; cameras send one at least every 30 s."""


class RtspReader:
    """Reads streams over RTSP with RTP interleaved in the same TCP connection.

    Safe to run for many streams at once on one event loop; it uses no threads. With ``verify_tls``
    rtsps cameras must show a certificate that the system trusts; few can.
    """

    def __init__(
        self,
        *,
        limits: ReaderLimits = ReaderLimits(),
        verify_tls: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._verify_tls = verify_tls
        self._clock = clock

    async def run(self, address: StreamAddress, sink: StreamSink) -> None:
        """Read until cancelled or until the stream ends, which always raises `NvrError`.

        Codes: ``auth_failed``, ``config_error``, ``forbidden_url``, ``unreachable``, ``timeout``,
        ``path_not_found``, ``no_video``, ``unsupported_codec``; and ``needs_av_lane``,
        ``unsupported_transport``, ``protocol_error``, with which the other lane may succeed.
        Exceptions of the sink pass through. ``sink`` is called synchronously on the loop.
        """
        if address.transport != "tcp" or not address.url.startswith(("rtsp://", "rtsps://")):
            raise NvrError("unsupported_transport", "The fast reader knows RTSP over TCP only.")
        if not f"{address.username}{address.password}".isprintable():
            raise ConfigError("User name and password must not hold control characters.")
        auth = Authenticator(address.username, address.password)
        url = address.url
        for _ in range(_MAX_REDIRECTS):
            try:
                await self._session(_parts(url), auth, sink)
            except Redirected as redirected:
                url = redirected.url
        raise unreachable("The camera redirects in a circle.")

    async def _session(self, parts: SplitResult, auth: Authenticator, sink: StreamSink) -> None:
        connection = await self._connect(parts)
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        client = RtspClient(connection, url, auth, self._limits.answer_s)
        try:
            stream = await self._start(connection, client, sink)
            await self._watch(connection, client, stream)
        finally:
            client.teardown()
            connection.close()

    async def _connect(self, parts: SplitResult) -> Connection:
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        context = self._tls() if parts.scheme == "rtsps" else None
        name = host if context is not None else None
        try:
            async with asyncio.timeout(self._limits.connect_s):
                addresses = await _allowed_addresses(host, port)
                connection = await self._connect_to_first(addresses, port, context, name)
        except TimeoutError:
            raise timeout(f"{host} does not answer on port {port}.") from None
        except socket.gaierror:
            raise unreachable(f"There is no host named {host}.") from None
        except ssl.SSLError as error:
            raise unreachable(f"TLS with {host} failed: {error.reason}.") from None
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "no connection"
            raise unreachable(f"{host} cannot be reached on port {port}: {reason}.") from None
        return connection

    async def _connect_to_first(
        self, addresses: list[str], port: int, context: ssl.SSLContext | None, name: str | None
    ) -> Connection:
        """Dial by number: a name could mean something else than what was checked."""
        for address in addresses[:-1]:
            with suppress(OSError):
                return await self._connect_to_first([address], port, context, name)
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self._clock), addresses[-1], port, ssl=context, server_hostname=name
        )
        return connection

    def _tls(self) -> ssl.SSLContext:
        if self._verify_tls:
            return ssl.create_default_context()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    async def _start(
        self, connection: Connection, client: RtspClient, sink: StreamSink
    ) -> MediaStream:
        description = await client.describe()
        video = choose_video(description)
        audio = choose_audio(description)
        stream = MediaStream(video, sink, lambda: connection.arrived)
        tracks: list[tuple[TrackKind, Media]] = [("video", video)]
        channel = await client.setup(video, 0)
        connection.demuxer.route(channel, stream.video_taker, stream.on_rtcp("video"))
        if audio is not None and await self._add_audio(connection, client, stream, audio):
            tracks.append(("audio", audio))
        starts = await client.play([media for _, media in tracks])
        for (kind, _), start in zip(tracks, starts, strict=True):
            if start is not None:
                stream.starts(kind, start)
        return stream

    async def _add_audio(
        self, connection: Connection, client: RtspClient, stream: MediaStream, audio: Media
    ) -> bool:
        try:
            channel = await client.setup(audio, 2)
        except NvrError as error:
            if connection.lost.done() or error.code == "timeout":
                raise
            return False  # pictures without sound are better than none
        taker = stream.use_audio(audio)
        assert taker is not None
        connection.demuxer.route(channel, taker, stream.on_rtcp("audio"))
        return True

    async def _watch(self, connection: Connection, client: RtspClient, stream: MediaStream) -> None:
        limits, clock = self._limits, self._clock
        seen, seen_at = -1, clock()
        begin_by = seen_at + limits.key_s
        interval = max(1.0, client.session_timeout_s / 2)
        keep_alive_at = seen_at + interval
        while True:
            await asyncio.wait((connection.lost,), timeout=_TICK_S)
            if connection.lost.done():
                connection.lost.result()
            now = clock()
            if stream.ended:
                raise unreachable("The camera ended the stream.")
            if stream.video_units != seen:
                seen, seen_at = stream.video_units, now
            elif now - seen_at >= limits.stall_s:
                raise timeout(f"No picture came for {limits.stall_s:.0f} s.")
            if not stream.begun and now >= begin_by:
                raise needs_av_lane(f"no key picture came for {limits.key_s:.0f} s")
            client.check_kept()
            if now >= keep_alive_at:
                client.keep_alive()
                keep_alive_at = now + interval


async def _allowed_addresses(host: str, port: int) -> list[str]:
    """Look a host up; raises `NvrError` ``forbidden_url`` if any of its addresses is forbidden."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    try:
        for address in addresses:
            refuse_forbidden_host(address)
    except UrlError as error:
        raise NvrError(error.code, error.message) from None
    return addresses


def _parts(url: str) -> SplitResult:
    """Take an address apart; raises `ConfigError` if nothing could be dialled or sent by it."""
    with suppress(ValueError):
        parts = urlsplit(url)
        port = parts.port
        if parts.hostname and port != 0 and url.isascii() and url.isprintable() and " " not in url:
            return parts
    raise ConfigError("The address of the stream is not a valid URL.")
