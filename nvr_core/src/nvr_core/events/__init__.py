"""Events: what happened, told to web sockets and to event sinks."""
