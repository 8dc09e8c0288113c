"""The errors of this package, with the codes that the engine acts upon."""

from __future__ import annotations

from nvr_sdk.errors import AuthFailed, NvrError

_PROTOCOL = "protocol_error"


def protocol_error(what: str) -> NvrError:
    """Make the error for an answer or packet that makes no sense."""
    return NvrError(_PROTOCOL, f"The camera does not keep to RTSP: {what}.")


def needs_av_lane(why: str) -> NvrError:
    """Make the error that sends the camera to the PyAV lane, for a reason that stays the same."""
    return NvrError("needs_av_lane", f"The fast reader cannot take this stream: {why}.")


def unreachable(why: str) -> NvrError:
    """Make the error for a connection that cannot be made or was lost."""
    return NvrError("unreachable", why)


def timeout(why: str) -> NvrError:
    """Make the error for a camera that does not answer or sends nothing any more."""
    return NvrError("timeout", why)


def refused(method: str, status: int, reason: str) -> NvrError:
    """Make the error for a request that was answered with an error status."""
    answer = f"{method} with {status} {reason}".strip()
    if status in (401, 403):
        return AuthFailed()
    if status in (404, 410):
        message = "The camera has no stream at this address: check its path."
        return NvrError("path_not_found", message)
    if status == 461:
        return NvrError("unsupported_transport", "The camera does not send RTP over TCP.")
    if status >= 500 or status in (453, 454):
        return unreachable(f"The camera refused: it answered {answer}.")
    return protocol_error(f"it answered {answer}")
