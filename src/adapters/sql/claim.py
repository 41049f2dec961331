"""What claiming has in common on both engines: what is handed out, and how it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from core.domain.event import TEST
from core.domain.webhooks.pace import Breaker, Pace
from ports.store import ClaimedDelivery, ClaimedEndpoint, PastDue, Settlement, Waiting

Held = Sequence[tuple[str, str]]  # deliveries, each with the lease it is held under

# An endpoint whose turn it is gets at least so many, if it has them: a turn costs as well.
SHARE = 4
# One place in so many goes to a retry that is due: new events must not keep it for ever.
RETRY_IN = 4
# What a person asked for passes pace and breaker, but is no way to flood an endpoint: of a claim
# it gets no more than one place in so many, and of an endpoint nothing once so much beyond its
# cap is in flight.
ASKED_IN, ASKED_BEYOND = 4, 4
# A gauge needs no more than the order of magnitude.
COUNTED = 100_000
FIRST, RETRY = "first", "retry"


class Claims(Protocol):
    """How one engine hands out deliveries and takes them back; each in a short transaction."""

    async def claim(
        self, lease: str, *, lease_s: float, limit: int, retries: int
    ) -> Sequence[ClaimedDelivery]: ...

    async def extend(self, held: Held, *, lease_s: float) -> set[str]: ...

    async def settle(self, settlements: Sequence[Settlement]) -> set[str]: ...

    async def settle_in(self, conn: AsyncConnection, settlements: Sequence[Settlement]) -> set[str]:
        """In the transaction of *conn*."""
        ...

    async def release(self, held: Held) -> None: ...

    async def release_held(self, conn: AsyncConnection, endpoint: str) -> None:
        """Nothing of *endpoint* waits for its order any more."""
        ...

    async def next_due(self) -> float | None: ...

    async def waiting(self) -> Waiting: ...

    async def past_due(self) -> PastDue: ...


class _Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """As core.domain.event.EventBody, field by field, around a payload that is already JSON."""

    id: str
    type: str
    timestamp: datetime
    schema: str
    subject: str
    sequence: int
    data: msgspec.Raw
    valid_until: datetime | None = None
    test: bool = False


_encode = msgspec.json.Encoder().encode

# What a claim hands out, in this order.
CLAIMED = (
    *("delivery", "attempts", "failures", "created_at", "once", "superseded"),
    *("event", "type", "occurred_at", "schema", "subject", "sequence", "payload", "valid_until"),
    "subject_type",
    *("endpoint", "fingerprint", "cap", "threshold", "breaker", "pace_failures", "pauses"),
    *("warned", "resume_at", "failing_since", "cut_at"),
)
_ENDPOINT = CLAIMED.index("endpoint")


def receivers_of(found: Iterable[Sequence[Any]]) -> set[tuple[str, str]]:
    """The endpoints among rows of CLAIMED, each with its fingerprint."""
    return {(row[_ENDPOINT], row[_ENDPOINT + 1]) for row in found}


def endpoint_of(row: Sequence[Any]) -> str:
    endpoint: str = row[_ENDPOINT]
    return endpoint


def handed_out(
    found: Iterable[Sequence[Any]],
    receivers: Mapping[str, ClaimedEndpoint],
    lease: str,
    now: datetime,
) -> list[ClaimedDelivery]:
    """Rows of CLAIMED as what sending needs. The payload is never decoded."""
    paces: dict[str, Pace] = {}
    made = []
    for row in found:
        delivery, attempts, failures, created_at, once, superseded = row[:6]
        event, type_, occurred_at, schema, subject, sequence, payload, valid_until = row[6:14]
        test = row[14] == TEST
        endpoint = row[_ENDPOINT]
        pace = paces.get(endpoint)
        if pace is None:
            pace = paces[endpoint] = _pace(endpoint, *row[_ENDPOINT + 2 :])
        data = msgspec.Raw(payload)
        raw = _encode(
            _Body(event, type_, occurred_at, schema, subject, sequence, data, valid_until, test)
        )
        made.append(
            ClaimedDelivery(
                delivery,
                receivers[endpoint],
                pace,
                lease,
                event,
                type_,
                raw,
                attempts,
                failures,
                created_at,
                now,
                valid_until,
                superseded,
                once,
            )
        )
    return made


def _pace(endpoint: str, cap: float, threshold: float, breaker: str, *rest: Any) -> Pace:
    return Pace(endpoint, cap, threshold, Breaker(breaker), *rest)
