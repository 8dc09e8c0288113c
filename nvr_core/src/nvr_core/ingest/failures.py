"""What libav's errors mean to the person who set the camera up."""

from __future__ import annotations

import errno

import av.error

from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamAddress

LIBAV_ERRORS = (av.error.FFmpegError, OSError, ValueError)
"""Everything that PyAV raises when a camera or its data is at fault."""

_CHECK_PATH = "has no stream at this path: check the address"
_SILENT = "sends nothing: check that the camera runs"
_LOST = "cannot be reached: check its address and the network"

_BY_TYPE: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError),
        "auth_failed",
        "refused user name or password",
    ),
    ((av.error.HTTPNotFoundError,), "path_not_found", _CHECK_PATH),
    ((av.error.HTTPError,), "unreachable", "refused the request: check path and transport"),
    ((av.error.ExitError, TimeoutError), "timeout", _SILENT),
    ((av.error.ProtocolNotFoundError,), "forbidden_url", "leads to an address not allowed here"),
    ((EOFError,), "ended", "ended the stream"),
    (
        (av.error.InvalidDataError,),
        "no_video",
        "answers, but not with a stream: check the address",
    ),
)

_BY_NUMBER: dict[int, tuple[str, str]] = {
    errno.ECONNREFUSED: ("unreachable", "refused the connection: check address and port"),
    errno.EHOSTUNREACH: ("unreachable", _LOST),
    errno.ENETUNREACH: ("unreachable", _LOST),
    errno.ECONNRESET: ("unreachable", "closed the connection"),
    errno.EPIPE: ("unreachable", "closed the connection"),
    errno.EIO: ("unreachable", "broke off the connection, or redirects: enter the last address"),
    errno.ETIMEDOUT: ("timeout", _SILENT),
}


def failure(error: Exception, address: StreamAddress) -> NvrError:
    """Translate an error of libav; the result says how to mend it and holds no credentials."""
    place = _place(address)
    for kinds, code, text in _BY_TYPE:
        if isinstance(error, kinds):
            return NvrError(code, f"{place} {text}.")
    number = error.errno if isinstance(error, OSError | av.error.FFmpegError) else None
    if number in _BY_NUMBER:
        code, text = _BY_NUMBER[number]
        return NvrError(code, f"{place} {text}.")
    return NvrError("source_failed", f"The stream of {place} failed ({type(error).__name__}).")


def _place(address: StreamAddress) -> str:
    """Name scheme, host and port: the path may hold a key."""
    scheme, _, rest = address.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}"
