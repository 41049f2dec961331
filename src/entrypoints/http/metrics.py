"""What Prometheus is told. Each app has a registry of its own, so that two can live in one process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
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
            buckets=_SECONDS,
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

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route, method).observe(seconds)

    def supplier(self, adapter: str, outcome: str) -> None:
        self._suppliers.labels(adapter, outcome).inc()

    def booking(self, state: str) -> None:
        self._bookings.labels(state).inc()

    def text(self) -> bytes:
        return generate_latest(self._registry)
