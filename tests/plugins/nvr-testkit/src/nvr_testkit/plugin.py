"""The hooks of the test kit."""

from __future__ import annotations

from nvr_sdk import hookimpl
from nvr_testkit.address import AddressedCamera
from nvr_testkit.detector import BrightestRectangle
from nvr_testkit.push import LoopedClip
from nvr_testkit.recorder import LineRecorder
from nvr_testkit.routes import Greeter
from nvr_testkit.sink import FileSink


@hookimpl
def nvr_camera_sources():
    """Bring one source of each sort."""
    return [LoopedClip, AddressedCamera]


@hookimpl
def nvr_recorders():
    """Bring a recorder."""
    return [LineRecorder]


@hookimpl
def nvr_detectors():
    """Bring a detector."""
    return [BrightestRectangle]


@hookimpl
def nvr_event_sinks():
    """Bring a sink."""
    return [FileSink]


@hookimpl
def nvr_api_routes():
    """Bring routes."""
    return [Greeter]
