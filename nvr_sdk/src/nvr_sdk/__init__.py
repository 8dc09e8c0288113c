"""What a plugin for nvr is written against.

Names are loaded when they are first used, so that a process which needs only messages and the wire
protocol does not pay for pydantic or numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nvr_sdk.components import AddressSource as AddressSource
    from nvr_sdk.components import ApiRoutes as ApiRoutes
    from nvr_sdk.components import CameraSource as CameraSource
    from nvr_sdk.components import Component as Component
    from nvr_sdk.components import Detector as Detector
    from nvr_sdk.components import EventSink as EventSink
    from nvr_sdk.components import PluginContext as PluginContext
    from nvr_sdk.components import PushSource as PushSource
    from nvr_sdk.components import Recorder as Recorder
    from nvr_sdk.components import RecordingSession as RecordingSession
    from nvr_sdk.components import StreamWriter as StreamWriter
    from nvr_sdk.config import PluginConfig as PluginConfig
    from nvr_sdk.config import Secret as Secret
    from nvr_sdk.config import config_schema as config_schema
    from nvr_sdk.config import hint as hint
    from nvr_sdk.errors import AuthFailed as AuthFailed
    from nvr_sdk.errors import ConfigError as ConfigError
    from nvr_sdk.errors import FieldError as FieldError
    from nvr_sdk.errors import NvrError as NvrError
    from nvr_sdk.frames import FrameReader as FrameReader
    from nvr_sdk.hookspecs import hookimpl as hookimpl
    from nvr_sdk.hookspecs import hookspec as hookspec
    from nvr_sdk.manifest import API_VERSION as API_VERSION
    from nvr_sdk.manifest import Contribution as Contribution
    from nvr_sdk.manifest import Manifest as Manifest
    from nvr_sdk.manifest import load_manifest as load_manifest
    from nvr_sdk.messages import AccessUnit as AccessUnit
    from nvr_sdk.messages import AudioTrack as AudioTrack
    from nvr_sdk.messages import Box as Box
    from nvr_sdk.messages import Detection as Detection
    from nvr_sdk.messages import DetectorSpec as DetectorSpec
    from nvr_sdk.messages import Event as Event
    from nvr_sdk.messages import FrameView as FrameView
    from nvr_sdk.messages import Health as Health
    from nvr_sdk.messages import Option as Option
    from nvr_sdk.messages import ProbedStream as ProbedStream
    from nvr_sdk.messages import ProbeResult as ProbeResult
    from nvr_sdk.messages import StreamAddress as StreamAddress
    from nvr_sdk.messages import StreamInfo as StreamInfo
    from nvr_sdk.messages import StreamRequest as StreamRequest
    from nvr_sdk.messages import VideoTrack as VideoTrack

__all__ = [
    "API_VERSION",
    "AccessUnit",
    "AddressSource",
    "ApiRoutes",
    "AudioTrack",
    "AuthFailed",
    "Box",
    "CameraSource",
    "Component",
    "ConfigError",
    "Contribution",
    "Detection",
    "Detector",
    "DetectorSpec",
    "Event",
    "EventSink",
    "FieldError",
    "FrameReader",
    "FrameView",
    "Health",
    "Manifest",
    "NvrError",
    "Option",
    "PluginConfig",
    "PluginContext",
    "ProbeResult",
    "ProbedStream",
    "PushSource",
    "Recorder",
    "RecordingSession",
    "Secret",
    "StreamAddress",
    "StreamInfo",
    "StreamRequest",
    "StreamWriter",
    "VideoTrack",
    "config_schema",
    "hint",
    "hookimpl",
    "hookspec",
    "load_manifest",
]

_HOME = {
    "API_VERSION": "manifest",
    "AccessUnit": "messages",
    "AddressSource": "components",
    "ApiRoutes": "components",
    "AudioTrack": "messages",
    "AuthFailed": "errors",
    "Box": "messages",
    "CameraSource": "components",
    "Component": "components",
    "ConfigError": "errors",
    "Contribution": "manifest",
    "Detection": "messages",
    "Detector": "components",
    "DetectorSpec": "messages",
    "Event": "messages",
    "EventSink": "components",
    "FieldError": "errors",
    "FrameReader": "frames",
    "FrameView": "messages",
    "Health": "messages",
    "Manifest": "manifest",
    "NvrError": "errors",
    "Option": "messages",
    "PluginConfig": "config",
    "PluginContext": "components",
    "ProbeResult": "messages",
    "ProbedStream": "messages",
    "PushSource": "components",
    "Recorder": "components",
    "RecordingSession": "components",
    "Secret": "config",
    "StreamAddress": "messages",
    "StreamInfo": "messages",
    "StreamRequest": "messages",
    "StreamWriter": "components",
    "VideoTrack": "messages",
    "config_schema": "config",
    "hint": "config",
    "hookimpl": "hookspecs",
    "hookspec": "hookspecs",
    "load_manifest": "manifest",
}


def __getattr__(name: str) -> object:
    """Import the module that holds ``name`` and give it."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"nvr_sdk.{home}"), name)
