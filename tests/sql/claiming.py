"""The short ways of a dispatcher into a store."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from adapters.sql import SqlStore
from core.domain.webhooks.delivery import SUCCEEDED, Fault, Outcome, Sent
from ports.store import ClaimedDelivery, Settlement
from tests.sql.given import an_id

OK = Sent(204, Fault.NONE, 12, 10, "203.0.113.7")
_leases = itertools.count(1)


async def claim(
    store: SqlStore,
    lease: str = "",
    *,
    lease_s: float = 30,
    limit: int = 100,
    retries: int = 100,
) -> Sequence[ClaimedDelivery]:
    """lease: one of its own, unless it is given."""
    own = lease or f"lse_own_{next(_leases)}"
    return await store.claim_deliveries(own, lease_s=lease_s, limit=limit, retries=retries)


def settled(claimed: ClaimedDelivery, outcome: Outcome, sent: Sent | None = OK) -> Settlement:
    return Settlement(claimed, outcome, an_id("att") if sent else "", sent)


async def settle(store: SqlStore, done: Iterable[ClaimedDelivery]) -> set[str]:
    """As delivered."""
    return await store.settle_deliveries([settled(c, SUCCEEDED) for c in done])
