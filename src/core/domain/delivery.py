"""One event for one endpoint: when to try, what an attempt meant, when to stop."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class DeliveryState(enum.StrEnum):
    DUE = "due"
    LEASED = "leased"
    SUCCEEDED = "succeeded"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


class Fault(enum.StrEnum):
    """Whose fault an attempt's failure was; only the partner's own count against it."""

    NONE = "none"
    OURS = "ours"
    NETWORK = "network"
    PARTNER_CONFIG = "partner_config"
    PARTNER_DOWN = "partner_down"
    PARTNER_BUSY = "partner_busy"


class RetrySchedule(msgspec.Struct, frozen=True):
    """delays_s: the wait after the first, second … failure. jitter: ± share of the wait."""

    delays_s: tuple[int, ...] = (5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    jitter: float = 0.2
    retry_after_max_s: int = 3600


class Delivery(msgspec.Struct, frozen=True):
    id: str
    event: str
    event_type: str
    endpoint: str
    partner: str
    state: DeliveryState
    due_at: datetime
    attempts: int
    created_at: datetime
    settled_at: datetime | None = None


class Sent(msgspec.Struct, frozen=True):
    """What came back from one attempt. status None: there was no whole answer.

    elapsed_ms: DNS to last byte. first_byte_ms: None without an answer. dns_ms, connect_ms,
    tls_ms: each phase by itself; None where it was not needed, or did not end.
    error: short, without secrets. excerpt: at most 1 kB of the answer's body.
    """

    status: int | None
    fault: Fault
    elapsed_ms: int
    first_byte_ms: int | None = None
    address: str | None = None
    error: str = ""
    excerpt: str = ""
    retry_after_s: float | None = None
    dns_ms: int | None = None
    connect_ms: int | None = None
    tls_ms: int | None = None


class Attempt(msgspec.Struct, frozen=True):
    """One try of a delivery, as recorded. number counts from 1."""

    id: str
    delivery: str
    number: int
    at: datetime
    sent: Sent


class Outcome(msgspec.Struct, frozen=True):
    """What an attempt makes of its delivery. disable: the endpoint answered 410 Gone.

    wait_s: seconds until the next try, counted by the store's own clock; None: no more.
    """

    state: DeliveryState
    wait_s: float | None = None
    disable: bool = False


def fault_of(status: int) -> Fault:
    """Standard Webhooks: 2xx is success, 3xx is not followed, 429 and 5xx may pass."""
    if 200 <= status < 300:
        return Fault.NONE
    if status in (429, 503):
        return Fault.PARTNER_BUSY
    return Fault.PARTNER_DOWN if status >= 500 else Fault.PARTNER_CONFIG


def judge(sent: Sent, *, attempts: int, schedule: RetrySchedule, chance: float) -> Outcome:
    """After attempt number *attempts*. chance: 0 ≤ x < 1, the draw that jitter uses."""
    if sent.fault is Fault.NONE:
        return Outcome(DeliveryState.SUCCEEDED)
    if sent.status == 410:
        return Outcome(DeliveryState.CANCELLED, disable=True)
    if attempts > len(schedule.delays_s):
        return Outcome(DeliveryState.EXHAUSTED)
    wait = schedule.delays_s[attempts - 1] * (1 + schedule.jitter * (2 * chance - 1))
    if sent.retry_after_s is not None and sent.status in (429, 503):
        wait = max(wait, min(sent.retry_after_s, schedule.retry_after_max_s))
    return Outcome(DeliveryState.DUE, wait_s=wait)
