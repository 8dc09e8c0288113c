"""The runtime of a plugin worker: ``python -m nvr_sdk.worker``.

Three kinds of thread, so that nothing a plugin does can silence its worker:

- the main thread runs the RPC loop: sockets, signals, state; no line of plugin code;
- the *plugin loop* thread imports the plugin and runs every coroutine method of its components;
- streams, recordings and detectors have a thread each.

`nvr_sdk.worker.streams` and `nvr_sdk.worker.detector_client` are for the core as well.
"""
