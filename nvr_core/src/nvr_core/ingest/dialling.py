"""Opens a camera's address with libav: only allowed schemes, credentials put in at the last moment.

Everything here blocks and runs in a thread of its own.
"""

from __future__ import annotations

import socket
import time
from urllib.parse import quote, urlsplit, urlunsplit

import av
import av.error
from av.container import InputContainer

from nvr_core.cameras._url import UrlError, check_url, refuse_forbidden_host
from nvr_core.ingest.failures import LIBAV_ERRORS, failure
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamAddress

SILENCE_S = 4
"""Seconds without a byte after which libav gives a read up; it then tries once more."""

_OPEN_S, _READ_S = 12.0, 4.0
"""Limits for opening and for one read. They end also what ``timeout`` does not see: a server that
sends control packets and no media, a playlist that never grows."""

_DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "http": 80, "https": 443}

_PROTOCOLS = {
    "rtsp": "rtsp,rtp,srtp,tcp,udp",
    "rtsps": "rtsp,rtsps,rtp,srtp,tcp,udp,tls",
    "rtmp": "rtmp,tcp",
    "http": "http,https,tcp,tls,crypto",
    "https": "http,https,tcp,tls,crypto",
}
"""What each scheme may lead on to; a playlist cannot reach ``file:`` or ``concat:``."""


def dial(address: StreamAddress, limit_s: float = _OPEN_S) -> InputContainer:
    """Connect and find out what there is, within about ``limit_s`` seconds.

    Raises `NvrError` with code ``forbidden_url``, ``auth_failed``, ``unreachable``, ``timeout``,
    ``path_not_found``, ``unsupported_codec`` or ``no_video``; no message holds the credentials.
    """
    scheme = _check(address)
    began = time.monotonic()
    try:
        return av.open(
            _with_credentials(address),
            mode="r",
            options=_options(scheme, address.transport),
            timeout=(min(limit_s, _OPEN_S), min(limit_s, _READ_S)),
        )
    except LIBAV_ERRORS as error:
        if isinstance(error, av.error.InvalidDataError) and time.monotonic() - began >= SILENCE_S:
            # No answer to the first request of RTSP is called invalid data.
            raise failure(TimeoutError(), address) from None
        raise failure(error, address) from None


def _check(address: StreamAddress) -> str:
    try:
        checked = check_url(address.url)
        if checked.username or checked.password:
            raise UrlError("credentials_in_url", "Keep user name and password out of the address.")
        parts = urlsplit(checked.url)
        for found in _addresses(parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]):
            refuse_forbidden_host(found)
    except UrlError as error:
        code = "forbidden_url" if error.code == "forbidden_url" else "config_error"
        raise NvrError(code, error.message) from None
    return parts.scheme


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise NvrError("unreachable", f"The host {host} is not known: check its name.") from None
    return [str(address[0]) for *_, address in found]


def _with_credentials(address: StreamAddress) -> str:
    if not address.username and not address.password:
        return address.url
    parts = urlsplit(address.url)
    login = f"{quote(address.username, safe='')}:{quote(address.password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


def _options(scheme: str, transport: str) -> dict[str, str]:
    silence = str(SILENCE_S * 1_000_000)
    options = {
        "protocol_whitelist": _PROTOCOLS[scheme],
        "analyzeduration": "1500000",
        # At RTMP "timeout" would make libav listen instead of dial.
        "rw_timeout": silence,
    }
    if scheme in ("http", "https"):
        # A redirect could lead to a host that `_check` has not seen.
        options["max_redirects"] = "0"
    if scheme in ("rtsp", "rtsps"):
        options |= {"rtsp_transport": transport, "timeout": silence}
        if transport == "udp":
            options |= {"buffer_size": "1048576", "max_delay": "300000"}
    return options
