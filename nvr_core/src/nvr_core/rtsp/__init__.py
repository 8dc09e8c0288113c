"""The fast lane: nvr's own RTSP-over-TCP reader. See docs/design/rtsp.md."""
