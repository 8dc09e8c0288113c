"""A plugin that hangs in setup and blocks its event loop."""
