"""HLS playlists (RFC 8216) of recordings; addresses are relative to the playlist's own."""

from __future__ import annotations

import math
from collections.abc import Callable

from nvr_core.timeline.playback import PlannedRun


def vod_playlist(runs: list[PlannedRun], stream: str, format_time: Callable[[int], str]) -> str:
    """Give the playlist of ``cameras/<id>/hls/index.m3u8``."""
    longest = max((s.duration_us for item in runs for s, _ in item.segments), default=1_000_000)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{math.ceil(longest / 1e6)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    for number, item in enumerate(runs):
        if number:
            lines.append("#EXT-X-DISCONTINUITY")
        lines.append(f'#EXT-X-MAP:URI="../runs/{item.run.id}/init.mp4"')
        for segment, _ in item.segments:
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{format_time(segment.start_us)}")
            lines.append(f"#EXTINF:{segment.duration_us / 1e6:.6f},")
            lines.append(f"../segments/{stream}-{segment.start_us}.m4s")
    lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"
