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

from core.domain.delivery import DeliveryState, Fault
from core.domain.pace import Breaker
from ports.store import Waiting

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LAG_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3600)
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Also the hub's Meter: what its dispatcher does."""

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

        self._attempts = Counter(
            "serai_delivery_attempts",
            "Attempts of webhooks, by whose fault it was that they failed; none: they did not.",
            ("fault",),
            registry=registry,
        )
        self._attempt_seconds = Histogram(
            "serai_delivery_attempt_seconds",
            "From lookup to the last byte of the answer.",
            ("fault",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._lag = Histogram(
            "serai_delivery_lag_seconds",
            "From an event to its first attempt.",
            buckets=_LAG_SECONDS,
            registry=registry,
        )
        self._settled = Counter(
            "serai_deliveries_settled",
            "Deliveries settled after an attempt, by state; due: it is tried again.",
            ("state",),
            registry=registry,
        )
        self._lost = Counter(
            "serai_delivery_leases_lost",
            "Deliveries that another process had taken over before they were settled.",
            registry=registry,
        )
        self._sending = Gauge(
            "serai_deliveries_in_flight",
            "Deliveries this process has claimed and not settled.",
            registry=registry,
        )
        self._oldest = Gauge(
            "serai_delivery_oldest_due_seconds",
            "How long the oldest delivery that could be sent has been due, by class.",
            ("tier",),
            registry=registry,
        )
        self._breakers = Gauge(
            "serai_endpoints",
            "Endpoints by the state of their breaker.",
            ("breaker",),
            registry=registry,
        )
        self._waiting = Gauge(
            "serai_deliveries_waiting",
            "Unfinished deliveries by state, counted up to 100,000.",
            ("state",),
            registry=registry,
        )
        # Made ahead: the hot path looks nothing up, and a figure is there before its first event.
        self._by_fault = {
            f: (self._attempts.labels(f), self._attempt_seconds.labels(f)) for f in Fault
        }
        self._by_state = {s: self._settled.labels(s) for s in DeliveryState}

    def attempted(self, fault: Fault, *, lag_s: float | None, elapsed_s: float) -> None:
        count, seconds = self._by_fault[fault]
        count.inc()
        seconds.observe(elapsed_s)
        if lag_s is not None:
            self._lag.observe(lag_s)

    def settled(self, state: DeliveryState) -> None:
        self._by_state[state].inc()

    def lost(self, count: int) -> None:
        self._lost.inc(count)

    def holding(self, count: int) -> None:
        self._sending.set(count)

    def waiting(self, now: Waiting) -> None:
        """What waits in the store; the same from every process."""
        for tier, seconds in now.oldest_s.items():
            self._oldest.labels(tier).set(seconds)
        for breaker in Breaker:
            self._breakers.labels(breaker).set(now.breakers.get(breaker, 0))
        for state in (DeliveryState.DUE, DeliveryState.LEASED, DeliveryState.HELD):
            self._waiting.labels(state).set(now.states.get(state, 0))

    def blind(self) -> None:
        """The store does not answer: its figures are gone, not as they were."""
        for gauge in (self._oldest, self._breakers, self._waiting):
            gauge.clear()

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
