"""Runs `serve` with stand-ins for the engine, the av worker and the API; each says what it sees.

stand_in.py DATA PORT [silent] [short]   silent: the API never answers; short: proven after 0.5 s
"""

from __future__ import annotations

import sys
from pathlib import Path

from nvr_core.settings import Settings
from nvr_core.supervisor.serve import CoreCommands, serve
from nvr_sdk.errors import NvrError

_WORKER = """
import signal, sys, time
def end(*_):
    print("ends", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("begins", flush=True)
time.sleep(600)
"""

_API = """
import http.server, json, os, signal, sys
print(json.dumps({"event": "begins", "code": os.environ["NVR_SETUP_CODE"],
                  "safe": os.environ.get("NVR_SAFE_MODE", "")}), flush=True)
def end(*_):
    print("ends", flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, end)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"needed": true}' if "setup" in self.path else b'{"status": "ok"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
if sys.argv[1] == "silent":
    signal.pause()
http.server.HTTPServer(("127.0.0.1", int(os.environ["NVR_PORT"])), Answer).serve_forever()
"""


def main() -> None:
    data, port, *flags = sys.argv[1:]
    worker = (sys.executable, "-I", "-c", _WORKER)
    api = (sys.executable, "-I", "-c", _API, "silent" if "silent" in flags else "answers")
    core = CoreCommands(
        engine=worker,
        av=worker,
        api=api,
        health_timeout=1.0 if "silent" in flags else 60.0,
        proven_after=0.3 if "short" in flags else 30.0,
    )
    try:
        serve(Settings(data=Path(data), host="127.0.0.1", port=int(port)), core)
    except NvrError as error:
        sys.exit(f"{error.code}: {error.message}")


if __name__ == "__main__":
    main()
