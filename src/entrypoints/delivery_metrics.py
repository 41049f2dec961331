"""What Prometheus is told of deliveries: by the dispatcher, and of what waits in the store."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from core.domain.webhooks.delivery import DeliveryState, Fault
from core.domain.webhooks.pace import Breaker
from ports.store import Waiting

_LAG_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3600)
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class DeliveryMetrics:
    """The hub's Meter, and the gauges of its store."""

    def __init__(self, registry: CollectorRegistry) -> None:
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
            buckets=SECONDS,
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
        self._rejected = Counter(
            "serai_inbound_rejected",
            "Messages that were not genuine, or not for us, by the vendor they claimed to be of.",
            ("adapter",),
            registry=registry,
        )
        self._holding = Gauge(
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

    def rejected(self, adapter: str) -> None:
        self._rejected.labels(adapter).inc()

    def holding(self, count: int) -> None:
        self._holding.set(count)

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
