"""A plugin that leaks memory steadily after its start."""
