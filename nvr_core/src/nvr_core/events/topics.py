"""Every topic with the keys of its data; docs/reference/events.md is checked against this."""

from __future__ import annotations

from collections.abc import Mapping

CAMERA_STATE = "camera.state"
CAMERA_CHANGED = "camera.changed"
PLUGIN_STATE = "plugin.state"
RECORDING_SEGMENT = "recording.segment"
RECORDING_GAP = "recording.gap"
STORAGE_STATE = "storage.state"
PROCESS_STATE = "process.state"

STREAM_HEALTH_KEYS = (
    "state",
    "code",
    "message",
    "last_seen",
    "fps",
    "bitrate",
    "video_codec",
    "audio_codec",
    "width",
    "height",
    "reconnects",
    "dropped_units",
    "recording",
    "lane",
    "lane_reason",
    "checked_at",
)

TOPICS: Mapping[str, tuple[str, ...]] = {
    CAMERA_STATE: ("stream", *STREAM_HEALTH_KEYS),
    CAMERA_CHANGED: ("change", "name"),
    PLUGIN_STATE: ("plugin_id", "name", "state", "reason", "enabled"),
    RECORDING_SEGMENT: ("stream", "start", "end", "size"),
    RECORDING_GAP: ("stream", "start", "end", "reason"),
    STORAGE_STATE: (
        "storage_id",
        "path",
        "state",
        "message",
        "total_bytes",
        "free_bytes",
        "reserve_bytes",
    ),
    PROCESS_STATE: ("name", "state", "pid", "restarts", "last_exit"),
}


def matches(pattern: str, topic: str) -> bool:
    """Tell whether a topic is meant by a pattern; a trailing ``*`` stands for any ending."""
    return topic.startswith(pattern[:-1]) if pattern.endswith("*") else topic == pattern
