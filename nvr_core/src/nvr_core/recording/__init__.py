"""Footage on disk: storage locations, segment files, their index, recovery."""
