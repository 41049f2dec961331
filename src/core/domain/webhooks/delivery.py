"""One event for one endpoint: when to try, what an attempt meant, when to stop."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.webhooks.retry import RetrySchedule

# After a fault of our own, which costs the delivery no retry: the wait doubles each time, for
# what keeps us from sending keeps us from sending everything.
OURS_WAIT_S, OURS_WAIT_MAX_S = 30.0, 900.0


class DeliveryState(enum.StrEnum):
    """held: waits for an earlier event of its subject. superseded: a newer event made it
    superfluous. expired: it was worth nothing any more. Neither of these is a failure."""

    DUE = "due"
    LEASED = "leased"
    HELD = "held"
    SUCCEEDED = "succeeded"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


class Fault(enum.StrEnum):
    """Whose fault an attempt's failure was; ours is never charged to the receiver."""

    NONE = "none"
    OURS = "ours"
    NETWORK = "network"
    PARTNER_CONFIG = "partner_config"
    PARTNER_DOWN = "partner_down"
    PARTNER_BUSY = "partner_busy"


class Delivery(msgspec.Struct, frozen=True):
    """attempts: those begun, one under way included. due_at: when it is tried next."""

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
    error: short, without secrets. excerpt: at most 1 kB of the answer's body; headers: the
    same of its headers, one `name: value` a line.
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
    headers: str = ""

    @property
    def is_charged(self) -> bool:
        """It failed, and the receiver is to blame."""
        return self.fault not in (Fault.NONE, Fault.OURS)


class Attempt(msgspec.Struct, frozen=True):
    """One try of a delivery, as recorded. number counts from 1."""

    id: str
    delivery: str
    endpoint: str
    number: int
    at: datetime
    sent: Sent


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of a delivery. wait_s: seconds until the next try, counted by the store's
    own clock; None: no more. charged: the attempt counts against its retries."""

    state: DeliveryState
    wait_s: float | None = None
    charged: bool = True


def fault_of(status: int) -> Fault:
    """Standard Webhooks: 2xx is success, 3xx is not followed, 429 and 5xx may pass."""
    if 200 <= status < 300:
        return Fault.NONE
    if status in (429, 503):
        return Fault.PARTNER_BUSY
    return Fault.PARTNER_DOWN if status >= 500 else Fault.PARTNER_CONFIG


SUCCEEDED = Outcome(DeliveryState.SUCCEEDED)
GONE = 410


def spared(
    *, superseded: bool, valid_until: datetime | None, now: datetime
) -> DeliveryState | None:
    """Why a delivery that is due is not sent at all; None: send it."""
    if superseded:
        return DeliveryState.SUPERSEDED
    if valid_until is not None and valid_until <= now:
        return DeliveryState.EXPIRED
    return None


def judge(
    sent: Sent,
    *,
    failures: int,
    age_s: float,
    schedule: RetrySchedule,
    chance: float,
    valid_s: float | None = None,
    uncharged: int = 1,
) -> Outcome:
    """What an attempt makes of its delivery.

    failures: how many attempts were charged, this one included if it is. age_s: since the
    delivery was made. valid_s: until its event is worth nothing; None: always worth something.
    chance: 0 ≤ x < 1, the draw that jitter uses. uncharged: how many attempts were not charged,
    this one included if it is not.
    """
    if sent.fault is Fault.NONE:
        return SUCCEEDED
    if sent.status == GONE:
        return Outcome(DeliveryState.CANCELLED)
    wait = _wait_s(sent, failures, uncharged, schedule, chance)
    if wait is None or age_s + wait > schedule.give_up_after_s:
        return Outcome(DeliveryState.EXHAUSTED, charged=sent.is_charged)
    if valid_s is not None and wait >= valid_s:
        return Outcome(DeliveryState.EXPIRED, charged=sent.is_charged)
    return Outcome(DeliveryState.DUE, wait, sent.is_charged)


def _wait_s(
    sent: Sent, failures: int, uncharged: int, schedule: RetrySchedule, chance: float
) -> float | None:
    if sent.fault is Fault.OURS:
        doubled: float = OURS_WAIT_S * 2 ** min(max(uncharged - 1, 0), 10)
        return min(doubled, OURS_WAIT_MAX_S) * schedule.spread(chance)
    wait = schedule.wait_s(failures, chance=chance)
    asked = asked_wait_s(sent, schedule.retry_after_max_s)
    return wait if wait is None or asked is None else max(wait, asked)


def asked_wait_s(sent: Sent, at_most_s: float) -> float | None:
    """The Retry-After of a 429 or 503, within bounds; None: none was asked for."""
    if sent.retry_after_s is None or sent.status not in (429, 503):
        return None
    return min(max(sent.retry_after_s, 0.0), at_most_s)
