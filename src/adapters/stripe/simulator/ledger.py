"""The account's balance transactions, in one currency each, newest first when listed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from adapters.stripe.simulator.errors import invalid, missing

Object = dict[str, Any]
# The category that reports go by → the type of the balance transaction.
_TYPES = {
    "charge": "charge",
    "refund": "refund",
    "refund_failure": "refund_failure",
    "dispute": "adjustment",
    "dispute_reversal": "adjustment",
    "payout": "payout",
    "fee": "stripe_fee",
}
AVAILABLE_AFTER_S = 2 * 86_400


class Ledger:
    """now: unix seconds. rows: oldest first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.rows: list[Object] = []

    def enter(
        self, category: str, amount: int, currency: str, source: str | None, fee: int = 0
    ) -> Object:
        """amount: below 0 when it leaves the account. source: the id of what moved it."""
        created = int(self._now())
        row = {
            "id": f"txn_{secrets.token_hex(12)}",
            "object": "balance_transaction",
            "amount": amount,
            "available_on": created + AVAILABLE_AFTER_S,
            "balance_type": "payments",
            "created": created,
            "currency": currency,
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [],
            "net": amount - fee,
            "reporting_category": category,
            "source": source,
            "status": "pending",
            "type": _TYPES[category],
        }
        self.rows.append(row)
        return row

    def list_(self, params: Object) -> Object:
        limit = params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise invalid("limit is from 1 to 100", "parameter_invalid_integer", "limit")
        created = params.get("created", {})
        since, until = created.get("gte", 0), created.get("lt", 2**53)
        rows = [self._shown(r) for r in self.rows[::-1] if since <= r["created"] < until]
        after = params.get("starting_after")
        if after is not None:
            ids = [row["id"] for row in rows]
            if after not in ids:
                raise missing("balance_transaction", after, "starting_after")
            rows = rows[ids.index(after) + 1 :]
        url = "/v1/balance_transactions"
        return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit, "url": url}

    def _shown(self, row: Object) -> Object:
        ready = row["available_on"] <= self._now()
        return {**row, "status": "available" if ready else "pending"}
