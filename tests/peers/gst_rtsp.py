"""An RTSP server that nobody of this project wrote: GStreamer's, looping encoded files.

Run by `rtsp_server.start_gst` with the system's interpreter (python3-gi lives there)::

    gst_rtsp.py '{"port": 0, "user": "", "password": "", "auth": "digest",
                  "mounts": {"cam": {"path": "clip.mp4", "codec": "h264", "audio": "aac"}}}'

It prints the port once it listens, and ends when its standard input is closed.
"""

from __future__ import annotations

import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: E402, F401

PARSE = {
    "h264": "h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au",
    "h265": "h265parse config-interval=-1 ! video/x-h265,stream-format=byte-stream,alignment=au",
    "mpeg4": "mpeg4videoparse",
    "vp8": "identity",
    "aac": "aacparse ! audio/mpeg,mpegversion=4,stream-format=raw",
    "pcm_alaw": "identity",
    "pcm_mulaw": "identity",
    "opus": "opusparse",
}
PAY = {
    "h264": "rtph264pay config-interval=-1",
    "h265": "rtph265pay config-interval=-1",
    "mpeg4": "rtpmp4vpay",
    "vp8": "rtpvp8pay",
    "aac": "rtpmp4gpay",
    "pcm_alaw": "rtppcmapay",
    "pcm_mulaw": "rtppcmupay",
    "opus": "rtpopuspay",
}


def load(path: str, pad: str, codec: str) -> tuple[list, str]:
    """Read one elementary stream of a file into memory: its buffers and their caps."""
    demux = "qtdemux" if path.endswith(".mp4") else "matroskademux"
    pipeline = Gst.parse_launch(
        f"filesrc location={path} ! {demux} name=d d.{pad} ! "
        f"queue max-size-bytes=0 max-size-buffers=0 max-size-time=0 ! "
        f"{PARSE[codec]} ! appsink name=sink sync=false"
    )
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PLAYING)
    buffers, caps = [], ""
    while (sample := sink.emit("pull-sample")) is not None:
        caps = sample.get_caps().to_string()
        buffers.append(sample.get_buffer())
    pipeline.set_state(Gst.State.NULL)
    return buffers, caps


class Loop:
    """Feeds one appsrc with a track, over and over, with timestamps that go on rising."""

    def __init__(self, track: tuple[list, str], period: int) -> None:
        self.buffers, self.caps = track
        self.period = period
        self.position = 0
        self.turn = 0

    def feed(self, source, _size: int) -> None:
        buffer = self.buffers[self.position]
        start = self.buffers[0].dts
        start = self.buffers[0].pts if start == Gst.CLOCK_TIME_NONE else start
        # Not copy(): from Python that is the same buffer, and the next turn would start elsewhere.
        copy = buffer.copy_deep()
        offset = self.turn * self.period - start
        copy.pts = buffer.pts + offset
        copy.dts = copy.pts if buffer.dts == Gst.CLOCK_TIME_NONE else buffer.dts + offset
        self.position += 1
        ended = self.position == len(self.buffers)
        if ended or self.buffers[self.position].pts - start >= self.period:
            self.position, self.turn = 0, self.turn + 1
        source.emit("push-buffer", copy)


class Factory(GstRtspServer.RTSPMediaFactory):
    """One mount: the clip's tracks behind their RTP payloaders, shared by all clients."""

    def __init__(self, path: str, codec: str, audio: str | None) -> None:
        super().__init__()
        self.set_shared(True)
        video = load(path, "video_0", codec)
        last = video[0][-1]
        self.period = last.pts + last.duration - video[0][0].pts
        self.tracks = {"video": video}
        launch = f"( appsrc name=video is-live=true format=time ! {PAY[codec]} name=pay0 pt=96 "
        if audio:
            self.tracks["audio"] = load(path, "audio_0", audio)
            launch += f"appsrc name=audio is-live=true format=time ! {PAY[audio]} name=pay1 pt=97 "
        self.set_launch(launch + ")")
        self.connect("media-configure", self.configure)

    def configure(self, _factory, media) -> None:
        for name, track in self.tracks.items():
            source = media.get_element().get_by_name(name)
            source.set_property("caps", Gst.Caps.from_string(track[1]))
            source.connect("need-data", Loop(track, self.period).feed)


def protect(server, factories: list[Factory], spec: dict) -> None:
    """Let nobody in without the user and password."""
    digest = spec["auth"] == "digest"
    method = GstRtsp.RTSPAuthMethod.DIGEST if digest else GstRtsp.RTSPAuthMethod.BASIC
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(method)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if digest:
        auth.add_digest(spec["user"], spec["password"], token)
    else:
        basic = GstRtspServer.RTSPAuth.make_basic(spec["user"], spec["password"])
        auth.add_basic(basic, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    for factory in factories:
        factory.set_permissions(permissions)


def main() -> None:
    spec = json.loads(sys.argv[1])
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(spec["port"]))
    factories = []
    for name, clip in spec["mounts"].items():
        factory = Factory(clip["path"], clip["codec"], clip["audio"])
        server.get_mount_points().add_factory(f"/{name}", factory)
        factories.append(factory)
    if spec["user"]:
        protect(server, factories, spec)
    if not server.attach(None):
        sys.exit(f"cannot listen at port {spec['port']}")
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    print(server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
