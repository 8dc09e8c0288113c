"""Takes the pictures in docs/images from a server with demo cameras. Run by `make screenshots`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from system.server import PASSWORD, NvrServer, eventually, running_server  # noqa: E402

CAMERAS = (("Front door", "day", 7), ("Courtyard", "night", 23), ("Street", "rain", 4))
RECORD_S = 90
GAP_S = 15


def main() -> None:
    """Record for two minutes, with a gap, then take the pictures."""
    target = ROOT / "docs/images"
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "data") as server:
        ids = [server.add_demo(name, weather=sky, seed=n)["id"] for name, sky, n in CAMERAS]
        for camera in ids:
            server.wait_online(camera, timeout=120)
        time.sleep(RECORD_S)
        make_gap(server, ids[0])
        take(server, ids[0], Path(folder))
        target.mkdir(parents=True, exist_ok=True)
        for shot in ("dashboard", "camera", "plugins"):
            shrink(Path(folder) / f"{shot}.png", target / f"{shot}.png")


def shrink(source: Path, target: Path) -> None:
    """Write a picture with 256 colours, about a third of the size."""
    palette = "split[a][b];[a]palettegen=max_colors=256[p];[b][p]paletteuse=dither=none"
    command = ["ffmpeg", "-v", "error", "-y", "-i", source, "-vf", palette, target]
    subprocess.run(command, check=True)


def make_gap(server: NvrServer, camera: str) -> None:
    server.client.patch(f"/cameras/{camera}", json={"enabled": False})
    time.sleep(GAP_S)
    server.client.patch(f"/cameras/{camera}", json={"enabled": True})
    eventually(lambda: len(server.recordings(camera)["ranges"]) > 1, 60, 0.5, "a gap")
    time.sleep(30)


def take(server: NvrServer, camera: str, folder: Path) -> None:
    question = {
        "url": server.url,
        "username": "admin",
        "password": PASSWORD,
        "camera": camera,
        "shots": str(folder),
    }
    command = [ROOT / "scripts/with_node.sh", "node", "e2e/screenshots.mjs", json.dumps(question)]
    subprocess.run(command, cwd=ROOT / "web-ui", check=True)


if __name__ == "__main__":
    main()
