"""nvr's core: the server that moves packets, frames and events between plugins."""

__all__ = ["__version__"]

__version__ = "0.1.0"
