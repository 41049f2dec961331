"""What Prometheus is told. Each instance has a registry of its own, so that two can live in one
process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)

from entrypoints.channel_metrics import ChannelMetrics
from entrypoints.delivery_metrics import SECONDS, DeliveryMetrics
from entrypoints.work_metrics import WorkMetrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """deliveries: of the hub's dispatcher, whose Meter it is."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.in_flight = Gauge(
            "serai_http_requests_in_flight", "Requests being answered.", registry=registry
        )
        self._requests = Counter(
            "serai_http_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "serai_http_request_seconds",
            "From the first byte in to the last byte out.",
            ("route", "method"),
            buckets=SECONDS,
            registry=registry,
        )
        self._suppliers = Counter(
            "serai_search_suppliers",
            "Suppliers asked in searches, by what became of it.",
            ("adapter", "outcome"),
            registry=registry,
        )
        self._bookings = Counter(
            "serai_bookings_answered",
            "Answers that told of a booking, by its state then.",
            ("state",),
            registry=registry,
        )
        self.deliveries = DeliveryMetrics(registry)
        self.channels = ChannelMetrics(registry)
        self.work = WorkMetrics(registry)

    @contextmanager
    def served(self, host: str, port: int) -> Iterator[None]:
        """At http://host:port/metrics, for a process that serves nothing else. OSError: not there."""
        server, thread = start_http_server(port, host, self._registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route, method).observe(seconds)

    def supplier(self, adapter: str, outcome: str) -> None:
        self._suppliers.labels(adapter, outcome).inc()

    def booking(self, state: str) -> None:
        self._bookings.labels(state).inc()

    def text(self) -> bytes:
        return generate_latest(self._registry)
