"""What Prometheus is told of channels."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from ports.channels import ChannelsWaiting

NO_HURRY_S = 86400.0


class ChannelMetrics:
    """All of it is in the store, and the same from every process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._due = Gauge(
            "serai_channel_push_due_seconds",
            "How long the push that is due longest has been so, failing channels apart.",
            registry=registry,
        )
        self._states = Gauge(
            "serai_channels", "Channels by how they are pushed to.", ("state",), registry=registry
        )
        self._left = Gauge(
            "serai_acknowledgement_left_seconds",
            "Until the first reservation not yet acknowledged is too late; a day if none waits.",
            registry=registry,
        )
        self._unmapped = Gauge(
            "serai_reservations_unmapped",
            "Reservations that name what is mapped to nothing, and take no stock.",
            registry=registry,
        )

    def waiting(self, now: ChannelsWaiting) -> None:
        self._due.set(now.due_s)
        for state, count in now.states.items():
            self._states.labels(state).set(count)
        self._left.set(NO_HURRY_S if now.left_s is None else now.left_s)
        self._unmapped.set(now.unmapped)

    def blind(self) -> None:
        """The store does not answer: its figures are gone, not as they were."""
        self._states.clear()
        for gauge in (self._due, self._left, self._unmapped):
            gauge.set(float("nan"))
