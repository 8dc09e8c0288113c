"""All hooks of nvr, in one place. They are called once, when a plugin is activated in its worker.

Implement a hook in the module that your entry point in the group ``nvr.plugins`` names::

    from nvr_sdk import hookimpl

    @hookimpl
    def nvr_camera_sources():
        return [MyCameraSource]
"""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from nvr_sdk.components import ApiRoutes, CameraSource, Detector, EventSink, Recorder

PROJECT = "nvr"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def nvr_camera_sources() -> Sequence[type[CameraSource]]:
    """Return the camera sources this plugin brings; each is an AddressSource or a PushSource."""
    return ()


@hookspec
def nvr_recorders() -> Sequence[type[Recorder]]:
    """Return the recorders this plugin brings; they receive every recorded stream."""
    return ()


@hookspec
def nvr_detectors() -> Sequence[type[Detector]]:
    """Return the detectors this plugin brings."""
    return ()


@hookspec
def nvr_event_sinks() -> Sequence[type[EventSink]]:
    """Return the event sinks this plugin brings; each receives the topics it names."""
    return ()


@hookspec
def nvr_api_routes() -> Sequence[type[ApiRoutes]]:
    """Return the API routes this plugin brings; at most one per plugin."""
    return ()
