"""A meter that keeps what it was told."""

from __future__ import annotations

from collections import Counter

from core.domain.webhooks.delivery import DeliveryState, Fault


class KeepingMeter:
    def __init__(self) -> None:
        self.faults: Counter[Fault] = Counter()
        self.states: Counter[DeliveryState] = Counter()
        self.lags: list[float] = []
        self.held = 0
        self.leases_lost = 0
        self.rejections: Counter[str] = Counter()

    def attempted(self, fault: Fault, *, lag_s: float | None, elapsed_s: float) -> None:
        self.faults[fault] += 1
        if lag_s is not None:
            self.lags.append(lag_s)

    def settled(self, state: DeliveryState) -> None:
        self.states[state] += 1

    def lost(self, count: int) -> None:
        self.leases_lost += count

    def rejected(self, adapter: str) -> None:
        self.rejections[adapter] += 1

    def holding(self, count: int) -> None:
        self.held = count
