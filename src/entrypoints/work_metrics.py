"""What Prometheus is told of work that waits for a worker."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge

from ports.jobs import Bell
from ports.store import PastDue


class WorkMetrics:
    """All of it is in the store, and the same from every process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._past_due = Gauge(
            "serai_work_past_due_seconds",
            "How long the oldest work of a kind has been due and under nobody's lease.",
            ("work",),
            registry=registry,
        )

    def waiting(self, now: Mapping[Bell, PastDue]) -> None:
        for bell, one in now.items():
            self._past_due.labels(bell).set(one.oldest_s)

    def blind(self) -> None:
        """The store does not answer: its figures are gone, not as they were."""
        self._past_due.clear()
