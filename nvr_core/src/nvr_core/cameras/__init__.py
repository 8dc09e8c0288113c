"""Cameras: their configuration, the built-in ``rtsp`` source, checks before saving."""
