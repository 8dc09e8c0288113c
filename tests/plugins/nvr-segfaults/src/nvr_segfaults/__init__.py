"""A plugin that segfaults shortly after its start."""
