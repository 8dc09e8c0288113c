"""RTSP's state machine, from OPTIONS to TEARDOWN, over one connection."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from nvr_core.rtsp.auth import Authenticator
from nvr_core.rtsp.connection import Connection
from nvr_core.rtsp.failures import protocol_error, refused, timeout, unreachable
from nvr_core.rtsp.messages import Message
from nvr_core.rtsp.sdp import Description, Media, base_url, control_url, parse_sdp
from nvr_sdk.errors import NvrError

_AGENT = ("User-Agent", "nvr")
_ATTEMPTS = 3
_REDIRECTS = (301, 302, 303, 305, 307)
_DEFAULT_TIMEOUT_S = 60
_INTERLEAVED = re.compile(r"interleaved\s*=\s*(\d{1,3})(?:\s*-|\s*;|\s*$)", re.IGNORECASE)
_TIMEOUT = re.compile(r"timeout\s*=\s*(\d{1,6})", re.IGNORECASE)
_RTP_TIME = re.compile(r"rtptime\s*=\s*(\d{1,10})", re.IGNORECASE)
_RTP_URL = re.compile(r"url\s*=\s*\"?([^;,\"\s]+)", re.IGNORECASE)


class Redirected(Exception):
    """The camera asks to be dialled at another address of the same host."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class RtspClient:
    """Talks RTSP on a connection that is open. Every request raises `NvrError` when refused."""

    def __init__(
        self, connection: Connection, url: str, auth: Authenticator, answer_timeout_s: float
    ) -> None:
        self._connection = connection
        self._url = url
        self._auth = auth
        self._answer_timeout_s = answer_timeout_s
        self._base = url
        self._aggregate = url
        self._session = ""
        self._offers_get_parameter = False
        self._channels: set[int] = set()
        self._kept: asyncio.Future[Message] | None = None
        self.session_timeout_s = _DEFAULT_TIMEOUT_S
        """After how long without a request the camera may end the session."""

    async def describe(self) -> Description:
        """Ask what there is; raises `Redirected` when it is elsewhere."""
        await self._options()
        answer = await self._request("DESCRIBE", self._url, ("Accept", "application/sdp"))
        if answer.status in _REDIRECTS:
            raise Redirected(self._redirect(answer.header("location")))
        self._expect("DESCRIBE", answer)
        named = answer.header("content-base") or answer.header("content-location")
        description = parse_sdp(answer.body)
        self._base = base_url(self._url, named)
        self._aggregate = control_url(self._base, description.control)
        return description

    async def setup(self, media: Media, channel: int) -> int:
        """Set one track up and give the channel that its packets come on."""
        transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        uri = self.track_url(media)
        answer = await self._request("SETUP", uri, ("Transport", transport))
        self._expect("SETUP", answer)
        self._keep_session(answer.header("session"))
        given = answer.header("transport")
        if given and "TCP" not in given.upper() and not _INTERLEAVED.search(given):
            raise NvrError("unsupported_transport", "The camera does not send RTP over TCP.")
        match = _INTERLEAVED.search(given)
        number = int(match[1]) if match else channel
        if number > 254 or {number, number + 1} & self._channels:
            number = channel  # some cameras answer the first track's channels every time
        self._channels |= {number, number + 1}
        return number

    async def play(self, tracks: list[Media]) -> list[int | None]:
        """Start; give the RTP timestamp of each track's start where the camera tells it."""
        answer = await self._request("PLAY", self._aggregate, ("Range", "npt=0.000-"))
        self._expect("PLAY", answer)
        return [self._start_of(media, answer.header("rtp-info")) for media in tracks]

    def keep_alive(self) -> None:
        """Send what keeps the session; its answer is looked at by `check_kept`."""
        method = "GET_PARAMETER" if self._offers_get_parameter else "OPTIONS"
        if self._kept is not None:
            self._kept.cancel()
        self._kept = self._send(method, self._aggregate)

    def check_kept(self) -> None:
        """Look at the answer to the last `keep_alive`, if it has come.

        A camera that never answers it is left alone as long as pictures come.
        """
        if self._kept is None or not self._kept.done():
            return
        answer, self._kept = self._kept.result(), None
        if answer.status == 401:
            if not self._auth.take(answer.all("www-authenticate")):
                raise refused("keep-alive", answer.status, answer.reason)
            self.keep_alive()
        elif answer.status == 454:
            raise unreachable("The camera has forgotten the session.")
        elif answer.status >= 400:
            self._offers_get_parameter = False
        else:
            self._auth.accepted()

    def teardown(self) -> None:
        """Tell the camera that this is the end, without waiting for its answer."""
        if self._kept is not None:
            self._kept.cancel()
        if self._session:
            self._send("TEARDOWN", self._aggregate).cancel()

    def track_url(self, media: Media) -> str:
        """Give the address of a track."""
        return control_url(self._base, media.control)

    async def _options(self) -> None:
        answer = await self._request("OPTIONS", self._url)
        if answer.status == 401:
            raise refused("OPTIONS", answer.status, answer.reason)
        # Any other refusal is left to DESCRIBE: some cameras know no OPTIONS.
        self._offers_get_parameter = "GET_PARAMETER" in answer.header("public").upper()

    async def _request(self, method: str, uri: str, *headers: tuple[str, str]) -> Message:
        for _ in range(_ATTEMPTS):
            try:
                async with asyncio.timeout(self._answer_timeout_s):
                    answer = await self._send(method, uri, *headers)
            except TimeoutError:
                raise timeout(f"The camera does not answer {method}.") from None
            if answer.status != 401:
                self._auth.accepted()
                return answer
            if not self._auth.take(answer.all("www-authenticate")):
                return answer
        return answer

    def _send(self, method: str, uri: str, *headers: tuple[str, str]) -> asyncio.Future[Message]:
        fields = [_AGENT]
        if self._session:
            fields.append(("Session", self._session))
        authorization = self._auth.header(method, uri)
        if authorization is not None:
            fields.append(("Authorization", authorization))
        return self._connection.send(method, uri, [*fields, *headers])

    def _expect(self, method: str, answer: Message) -> None:
        if not 200 <= answer.status < 300:
            raise refused(method, answer.status, answer.reason)

    def _keep_session(self, header: str) -> None:
        name, _, rest = header.partition(";")
        if not name.strip() or len(name) > 256:
            raise protocol_error("SETUP gave no session")
        self._session = name.strip()
        match = _TIMEOUT.search(rest)
        if match and int(match[1]) > 0:
            self.session_timeout_s = min(int(match[1]), 3600)

    def _redirect(self, location: str) -> str:
        try:
            here, there = urlsplit(self._url), urlsplit(location)
            same = here.hostname == there.hostname and there.scheme in ("rtsp", "rtsps")
        except ValueError:
            same = False
        if not same or (here.scheme == "rtsps" and there.scheme == "rtsp"):
            # Going elsewhere by itself would give the credentials to whoever answers there.
            raise unreachable("The camera redirects to another host: enter that address instead.")
        return location

    def _start_of(self, media: Media, header: str) -> int | None:
        name = self.track_url(media).rstrip("/").rpartition("/")[2]
        for entry in header.split(","):
            url, time = _RTP_URL.search(entry), _RTP_TIME.search(entry)
            if url and time and url[1].rstrip("/").rpartition("/")[2] == name:
                return int(time[1]) % (1 << 32)
        return None
