"""The API process: REST, web sockets, media for players, the web UI."""
