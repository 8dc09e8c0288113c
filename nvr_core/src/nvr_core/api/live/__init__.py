"""Live view: fragments of the engine, handed to web sockets and HLS players."""
