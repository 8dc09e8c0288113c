"""Cameras over REST: adding, changing, removing; secrets stay inside."""

from __future__ import annotations

import httpx
import pytest
import yaml
from sqlmodel import select

from nvr_core.db.engine import Database
from nvr_core.db.models import CameraHealth
from nvr_core.processes import NOTICE_STREAM, StreamStatus
from peers.api_server import CANARY, Server, camera_body, wait_for
from peers.engine_peer import EnginePeer


def test_a_camera_is_added_changed_and_removed(anna: httpx.Client, engine: EnginePeer) -> None:
    made = anna.post("/api/v1/cameras", json=camera_body("Tür & Tor"))
    assert made.status_code == 201
    camera = made.json()
    assert camera["id"] == "tur-tor"
    assert camera["streams"] == ["main", "sub"]
    assert camera["recorded_streams"] == ["main"]
    assert camera["config"]["password"] == {"set": True}
    assert camera["health"]["sub"]["state"] == "starting"
    address = "/api/v1/cameras/tur-tor"
    change = {"name": "Gate", "recorded_streams": ["sub"], "enabled": False, "position": 7}
    changed = anna.patch(address, json=change).json()
    assert {key: changed[key] for key in change} == change
    assert changed["id"] == "tur-tor"
    assert anna.delete(address).status_code == 204
    assert anna.get(address).json()["error"]["code"] == "camera_not_found"
    orders = [order for order in engine.orders if order[1] == "tur-tor"]
    assert orders == [("camera.reload", "tur-tor")] * 2 + [("camera.forget", "tur-tor")]


def test_two_cameras_of_one_name_have_two_ids(anna: httpx.Client, camera: str) -> None:
    other = anna.post("/api/v1/cameras", json=camera_body("Test camera")).json()["id"]
    assert other != camera
    assert other.startswith("test-camera-")
    listed = [item["id"] for item in anna.get("/api/v1/cameras").json()["items"]]
    assert {camera, other} <= set(listed)
    anna.delete(f"/api/v1/cameras/{other}")


def test_a_password_is_kept_until_it_is_removed(anna: httpx.Client, camera: str) -> None:
    address = f"/api/v1/cameras/{camera}"
    shown = anna.get(address).json()["config"]
    kept = anna.patch(address, json={"config": shown}).json()["config"]
    assert kept["password"] == {"set": True}
    absent = {key: value for key, value in shown.items() if key != "password"}
    still = anna.patch(address, json={"config": absent}).json()["config"]
    assert still["password"] == {"set": True}
    gone = anna.patch(address, json={"config": {**shown, "password": None}}).json()["config"]
    assert gone["password"] == {"set": False}


def test_the_canary_is_nowhere_in_clear(server: Server, anna: httpx.Client, camera: str) -> None:
    shown = [
        anna.get("/api/v1/cameras").text,
        anna.get(f"/api/v1/cameras/{camera}").text,
        anna.get("/api/v1/config/export").text,
        anna.get("/api/v1/events").text,
        anna.get("/api/v1/system").text,
        anna.get("/metrics").text,
    ]
    body = camera_body("Canary")
    config = {**body["config"], "main_url": "exec:rm"}  # type: ignore[dict-item]
    shown.append(anna.post("/api/v1/cameras", json={**body, "config": config}).text)
    shown.append(anna.post("/api/v1/cameras/probe", json={**body, "name": 1}).text)
    assert not [text for text in shown if CANARY in text]
    mirror = server.settings.config_mirror
    wait_for(lambda: mirror.exists() and camera in mirror.read_text(), 5, "the mirror")
    files = [path for path in server.settings.data.rglob("*") if path.is_file()]
    assert {mirror, server.settings.database, server.log} <= set(files)
    leaks = [path.name for path in files if CANARY.encode() in path.read_bytes()]
    assert leaks == []
    assert mirror.stat().st_mode & 0o777 == 0o600
    assert server.settings.secret_key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "url",
    [
        "exec:touch /tmp/x",
        "concat:a|b",
        "file:///etc/passwd",
        "/etc/passwd",
        "rtsp://h/x\nrtsp://other",
        "rtsp://h/\0",
        "pipe:0",
        "http://169.254.169.254/latest/meta-data",
        "",
    ],
)
def test_addresses_that_could_do_harm_are_refused(
    anna: httpx.Client, engine: EnginePeer, url: str
) -> None:
    body = camera_body("Harm")
    body["config"] = {"main_url": url}
    for address in ("/api/v1/cameras", "/api/v1/cameras/probe"):
        sent = body if address.endswith("cameras") else {**body}
        if address.endswith("probe"):
            del sent["name"]
        answer = anna.post(address, json=sent)
        assert answer.status_code == 422, answer.text
        error = answer.json()["error"]
        assert error["code"] in ("validation_failed", "forbidden_url", "config_error")
        assert error["fields"][0]["path"].startswith("config")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"plugin": "nothing"}, None),
        ({"recorded_streams": ["third"]}, "recorded_streams.0"),
        ({"config": {"main_url": "rtsp://h/x", "typo": 1}}, "config"),
        ({"config": {"main_url": "rtsp://h/x", "n": 10**30}}, "config"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_wrong_input_names_the_field(
    anna: httpx.Client, engine: EnginePeer, change: dict[str, object], path: str | None
) -> None:
    answer = anna.post("/api/v1/cameras", json={**camera_body("Wrong"), **change})
    error = answer.json()["error"]
    if path is None:
        assert (answer.status_code, error["code"]) == (404, "source_not_found")
        return
    assert answer.status_code == 422
    assert any(field["path"].startswith(path) for field in error["fields"]), error


def test_recording_a_stream_that_is_not_there(anna: httpx.Client, camera: str) -> None:
    address = f"/api/v1/cameras/{camera}"
    shown = anna.get(address).json()["config"]
    one_stream = anna.patch(address, json={"config": {**shown, "sub_url": None}}).json()
    assert one_stream["streams"] == ["main"]
    refused = anna.patch(address, json={"recorded_streams": ["sub"]})
    assert refused.status_code == 422
    assert refused.json()["error"]["fields"][0]["path"] == "recorded_streams.0"


def test_health_is_shown_and_stored(
    server: Server, anna: httpx.Client, engine: EnginePeer, camera: str
) -> None:
    status = StreamStatus(
        camera, "main", "auth_failed", "auth_failed", "Refused.", last_seen_us=1_000_000, fps=12.5
    )
    engine.notify(NOTICE_STREAM, status)

    def shown() -> dict[str, object]:
        return dict(anna.get(f"/api/v1/cameras/{camera}").json()["health"]["main"])

    wait_for(lambda: shown()["state"] == "auth_failed", 5, "the health")
    assert shown()["message"] == "Refused."
    assert shown()["last_seen"] == "1970-01-01T00:00:01.000Z"
    database = Database(server.settings.effective_database_url)

    def stored() -> list[CameraHealth]:
        with database.read() as session:
            found = select(CameraHealth).where(CameraHealth.camera_id == camera)
            return list(session.exec(found))

    wait_for(lambda: bool(stored()), 10, "the stored health")
    assert stored()[0].status["fps"] == 12.5
    database.close()
    metrics = anna.get("/metrics").text
    assert f'nvr_stream_fps{{camera="{camera}",stream="main"}} 12.5' in metrics


def test_the_configuration_comes_back_from_its_file(anna: httpx.Client, camera: str) -> None:
    exported = anna.get("/api/v1/config/export")
    assert exported.headers["content-type"].startswith("application/yaml")
    before = anna.get(f"/api/v1/cameras/{camera}").json()
    anna.delete(f"/api/v1/cameras/{camera}")
    done = anna.post("/api/v1/config/import", json={"yaml": exported.text})
    assert done.status_code == 200, done.text
    assert camera in done.json()["created"]
    after = anna.get(f"/api/v1/cameras/{camera}").json()
    same = ("name", "config", "streams", "recorded_streams", "plugin", "source", "position")
    assert [after[key] for key in same] == [before[key] for key in same]
    again = anna.post("/api/v1/config/import", json={"yaml": exported.text}).json()
    assert camera in again["unchanged"]
    document = yaml.safe_load(exported.text)
    document["cameras"] = [c for c in document["cameras"] if c["id"] == camera]
    document["cameras"][0]["name"] = "Renamed"
    changed = anna.post("/api/v1/config/import", json={"yaml": yaml.safe_dump(document)}).json()
    assert (changed["created"], changed["updated"], changed["unchanged"]) == ([], [camera], [])
    assert changed["plugins_updated"] == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{", "yaml"),
        ("[]", "yaml.version"),
        ("version: 1\ncameras: 5", "yaml.cameras"),
        ("version: 1\ncameras: [{id: a}]", "yaml.cameras.0"),
        ("!!python/object/apply:os.system ['true']", "yaml"),
        (
            "version: 1\ncameras: [{id: ../x, name: x, plugin: core, source: rtsp, config: {}}]",
            "yaml.cameras.0.id",
        ),
        (
            "version: 1\ncameras: [{id: x, name: x, plugin: core, source: rtsp,"
            " config: {main_url: 'exec:x'}}]",
            "yaml.cameras.0.config.main_url",
        ),
    ],
)
def test_a_file_that_is_not_right_changes_nothing(
    anna: httpx.Client, engine: EnginePeer, text: str, path: str
) -> None:
    before = anna.get("/api/v1/cameras").json()
    answer = anna.post("/api/v1/config/import", json={"yaml": text})
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["fields"][0]["path"].startswith(path)
    assert anna.get("/api/v1/cameras").json() == before
