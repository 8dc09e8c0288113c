"""The port to listen at, and the addresses under which people reach it."""

from __future__ import annotations

import errno
import socket
import time

from nvr_sdk.errors import NvrError


def choose_port(host: str, port: int, patience: float = 2.0) -> int:
    """Give a port that can be listened at; 0 lets the system choose. Raises `NvrError`.

    A server that was killed a moment ago may still hold it, hence ``patience`` in seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _try_port(host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            raise _refusal(host, port, error) from error


def _try_port(host: str, port: int) -> int:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        # Without this a second listener with SO_REUSEADDR is found only when the API starts.
        probe.listen(1)
        chosen: int = probe.getsockname()[1]
        return chosen


def _refusal(host: str, port: int, error: OSError) -> NvrError:
    if error.errno == errno.EADDRINUSE:
        return NvrError(
            "port_in_use",
            f"Port {port} is in use. Choose another with --port, e.g. --port {port + 1}.",
        )
    if error.errno == errno.EACCES:
        return NvrError("port_forbidden", f"Port {port} needs root. Choose one over 1023 (--port).")
    return NvrError("cannot_listen", f"Cannot listen at {host} port {port}: {error.strerror}.")


def reachable_at(host: str) -> str:
    """Give the address at which this machine itself reaches a server that listens at ``host``."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def urls(host: str, port: int) -> tuple[str, ...]:
    """Give the URLs to show, this machine's own first."""
    names = [reachable_at(host)]
    if host in ("", "0.0.0.0", "::"):
        names += [address for address in (_outward_address(),) if address]
    return tuple(f"http://{f'[{n}]' if ':' in n else n}:{port}/" for n in dict.fromkeys(names))


def _outward_address() -> str:
    # Connecting a datagram socket sends nothing; it only makes the kernel choose a route.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
        return address
