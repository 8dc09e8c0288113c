"""Keeps the other processes of a server alive; imports nothing heavy and does no work itself."""
