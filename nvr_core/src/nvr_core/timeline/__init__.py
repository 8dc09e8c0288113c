"""The read side of the recording index."""
