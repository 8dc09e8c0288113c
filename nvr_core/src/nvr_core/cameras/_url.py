"""Checks the address of a camera: allowed scheme, a host, no credentials, nowhere forbidden."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https")
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data"})
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text) for text in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)
_FORBIDDEN = "Addresses of this kind are not dialled: they belong to this machine's own network."


class UrlError(ValueError):
    """An address that cannot be used; ``code`` is stable, the message names the mend."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class CheckedUrl:
    """A camera's address, apart from the credentials that were written into it."""

    url: str
    username: str = ""
    password: str = ""


def check_url(text: str) -> CheckedUrl:
    """Take a URL as the user typed it; raises `UrlError`. Looks up no names."""
    text = text.strip()
    if not text.isprintable() or " " in text or "\\" in text:
        raise UrlError("control_characters", "Remove spaces and control characters.")
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise UrlError("wrong_url", "This is not a valid address: check host and port.") from None
    if parts.scheme.lower() not in SCHEMES or not text[len(parts.scheme) :].startswith("://"):
        allowed = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise UrlError("scheme_not_allowed", f"Begin the address with one of: {allowed}.")
    if not host:
        raise UrlError("host_missing", "Name the camera's host, e.g. rtsp://192.168.1.20/stream.")
    refuse_forbidden_host(host)
    return CheckedUrl(
        url=_without_credentials(parts),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def refuse_forbidden_host(host: str) -> None:
    """Raise `UrlError` ``forbidden_url`` for link-local, metadata and similar addresses.

    Any notation of an IPv4 address counts (``http://0xa9fea9fe/``). Other names pass; check what
    they resolve to with this function before they are dialled.
    """
    if host.lower().rstrip(".") in _METADATA_NAMES:
        raise UrlError("forbidden_url", _FORBIDDEN)
    address = _literal(host)
    if address is None:
        return
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address in _METADATA_ADDRESSES
    ):
        raise UrlError("forbidden_url", _FORBIDDEN)


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.split("%", maxsplit=1)[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _without_credentials(parts: SplitResult) -> str:
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=netloc))
