"""The av worker: the one process in which libav touches what cameras send."""
