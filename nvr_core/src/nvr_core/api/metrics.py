"""Numbers for Prometheus, gathered when ``/metrics`` is read."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from nvr_core.cameras.health import Checked
from nvr_core.processes import ProcessStatus, StorageStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)


class Metrics:
    """All metrics of one API process; no registry is shared with anybody."""

    def __init__(
        self,
        health: Callable[[], list[Checked]],
        storages: Callable[[], tuple[StorageStatus, ...]],
        processes: Callable[[], list[ProcessStatus]],
    ) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "nvr_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "nvr_http_request_seconds",
            "Time from request to the end of its answer.",
            ("method",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._segments = Counter(
            "nvr_segments", "Segments made durable.", ("camera", "stream"), registry=self._registry
        )
        self._bytes = Counter(
            "nvr_recorded_bytes", "Bytes recorded.", ("camera", "stream"), registry=self._registry
        )
        self._registry.register(_States(health, storages, processes))

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known).observe(seconds)

    def count_segment(self, camera_id: str, stream: str, size: int) -> None:
        """Count a recorded segment."""
        self._segments.labels(camera_id, stream).inc()
        self._bytes.labels(camera_id, stream).inc(size)

    def render(self) -> bytes:
        """Give everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _States(Collector):
    def __init__(
        self,
        health: Callable[[], list[Checked]],
        storages: Callable[[], tuple[StorageStatus, ...]],
        processes: Callable[[], list[ProcessStatus]],
    ) -> None:
        self._health = health
        self._storages = storages
        self._processes = processes

    def collect(self) -> Iterator[Metric]:
        """Read the present state (prometheus_client calls this)."""
        yield from self._cameras()
        yield from self._disks()
        yield from self._children()

    def _cameras(self) -> Iterator[Metric]:
        statuses = [checked.status for checked in self._health()]
        states = GaugeMetricFamily("nvr_streams", "Camera streams by state.", labels=("state",))
        for state, number in Tally(status.state for status in statuses).items():
            states.add_metric((state,), number)
        labels = ("camera", "stream")
        fps = GaugeMetricFamily("nvr_stream_fps", "Frames per second.", labels=labels)
        bits = GaugeMetricFamily("nvr_stream_bitrate", "Bits per second.", labels=labels)
        recording = GaugeMetricFamily("nvr_stream_recording", "1 while recorded.", labels=labels)
        again = CounterMetricFamily("nvr_stream_reconnects", "Reconnects.", labels=labels)
        dropped = CounterMetricFamily("nvr_stream_dropped_units", "Units lost.", labels=labels)
        for status in statuses:
            key = (status.camera_id, status.stream)
            fps.add_metric(key, status.fps)
            bits.add_metric(key, status.bitrate)
            recording.add_metric(key, float(status.recording))
            again.add_metric(key, status.reconnects)
            dropped.add_metric(key, status.dropped_units)
        yield from (states, fps, bits, recording, again, dropped)

    def _disks(self) -> Iterator[Metric]:
        free = GaugeMetricFamily("nvr_storage_free_bytes", "Free space.", labels=("path",))
        total = GaugeMetricFamily("nvr_storage_total_bytes", "Size of the disk.", labels=("path",))
        for storage in self._storages():
            free.add_metric((storage.path,), storage.free_bytes)
            total.add_metric((storage.path,), storage.total_bytes)
        yield from (free, total)

    def _children(self) -> Iterator[Metric]:
        labels = ("process",)
        restarts = CounterMetricFamily("nvr_process_restarts", "Restarts.", labels=labels)
        memory = GaugeMetricFamily("nvr_process_rss_bytes", "Resident memory.", labels=labels)
        for process in self._processes():
            restarts.add_metric((process.name,), process.restarts)
            memory.add_metric((process.name,), process.rss_bytes)
        yield from (restarts, memory)
