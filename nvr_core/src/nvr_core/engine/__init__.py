"""The media engine: one process that holds every camera's streams. See docs/design/engine.md."""
