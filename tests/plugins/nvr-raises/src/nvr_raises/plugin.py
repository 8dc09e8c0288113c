"""A plugin that raises when it is imported."""

raise RuntimeError("this plugin raises when it is imported")
