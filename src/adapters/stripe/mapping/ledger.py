"""The account's balance transactions: what was taken, given, disputed, paid out and kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from adapters._kit.unreadable import Unreadable
from adapters.stripe.amounts import AmountNotTaken, from_stripe
from adapters.stripe.mapping.payments import (
    OUR_PAYMENT,
    OUR_REFUND,
    PAGE,
    ShortText,
    UnixTime,
)
from core.domain.money import Money, zero
from core.domain.payments.settlement import LineKind, SettlementLine

TRANSACTIONS = "/v1/balance_transactions"
INTENTS = "/v1/payment_intents"


class Source(msgspec.Struct, frozen=True):
    """The charge, refund, dispute or payout that moved the money, expanded."""

    object: str
    id: ShortText
    amount: int | None = None
    currency: str | None = None
    status: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None


class BalanceTransaction(msgspec.Struct, frozen=True):
    """amount, fee: in the account's currency, which may be another than the customer's."""

    object: Literal["balance_transaction"]
    id: ShortText
    amount: int
    fee: int
    currency: str
    created: UnixTime
    reporting_category: str
    status: str
    source: Source | str | None


class TransactionList(msgspec.Struct, frozen=True):
    object: Literal["list"]
    data: list[BalanceTransaction]
    has_more: bool = False


class Intent(msgspec.Struct, frozen=True):
    object: Literal["payment_intent"]
    id: ShortText
    metadata: dict[str, str] | None = None

    @property
    def reference(self) -> str:
        return (self.metadata or {}).get(OUR_PAYMENT, "")


def transactions_query(since: datetime, until: datetime, after: str | None) -> dict[str, str]:
    """Whole seconds, which take in all of the period."""
    query = {
        "created[gte]": str(math.floor(since.timestamp())),
        "created[lt]": str(math.ceil(until.timestamp())),
        "limit": str(PAGE),
        "expand[0]": "data.source",
    }
    return query if after is None else {**query, "starting_after": after}


_KINDS = {
    "charge": LineKind.PAYMENT,
    "refund": LineKind.REFUND,
    "dispute": LineKind.DISPUTE,
    "payout": LineKind.PAYOUT,
    **dict.fromkeys(("fee", "network_cost", "tax"), LineKind.FEE),
}
_MOVED = (LineKind.PAYMENT, LineKind.REFUND, LineKind.DISPUTE)
# What came to nothing after all: its line stays, and another one takes it back.
_UNDONE = frozenset({"failed", "canceled", "won", "prevented"})


def disputed(found: Iterable[BalanceTransaction]) -> frozenset[str]:
    """Payment intents of disputes: a dispute itself does not carry our reference."""
    sources = [t.source for t in found if t.reporting_category == "dispute"]
    intents = [s.payment_intent for s in sources if isinstance(s, Source)]
    return frozenset(intent for intent in intents if intent)


def settlements(
    found: Sequence[BalanceTransaction],
    references: Mapping[str, str],
    since: datetime,
    until: datetime,
) -> tuple[SettlementLine, ...]:
    """found: newest first, as they list; the lines oldest first. references: payment intent →
    ours. Unreadable: an amount that cannot be."""
    try:
        lines = [_line(t, references) for t in reversed(found)]
    except AmountNotTaken as e:
        raise Unreadable(str(e)) from None
    return tuple(sorted((x for x in lines if since <= x.at < until), key=lambda x: x.at))


def _line(found: BalanceTransaction, references: Mapping[str, str]) -> SettlementLine:
    kind, source = _KINDS.get(found.reporting_category, LineKind.OTHER), found.source
    if kind in _MOVED and not isinstance(source, Source):
        raise Unreadable("a balance transaction without what moved it")
    moved = _money(abs(found.amount), found.currency)
    amount = moved
    if isinstance(source, Source) and kind in _MOVED:
        amount = _asked(source) if source.currency != found.currency else moved
        kind = LineKind.OTHER if source.status in _UNDONE else kind
    nothing = isinstance(source, Source) and source.status in _UNDONE
    of_dispute = isinstance(source, Source) and source.object == "dispute"
    fee = zero(moved.currency) if kind is LineKind.FEE else _money(found.fee, found.currency)
    return SettlementLine(
        id=found.id,
        kind=kind,
        at=datetime.fromtimestamp(found.created, UTC),
        amount=amount,
        fee=fee,
        reference=_reference(source, references),
        charge_reference=_theirs(source),
        settled=found.status == "available",
        settled_amount=moved if amount != moved else None,
        dispute=source.id if isinstance(source, Source) and of_dispute else None,
        undone=nothing and not of_dispute,
    )


def _money(amount: int, currency: str) -> Money:
    """A fee that was given back is below 0."""
    money = from_stripe(abs(amount), currency)
    return money if amount >= 0 else zero(money.currency) - money


def _asked(source: Source) -> Money:
    """In the currency that the customer paid."""
    if source.amount is None or source.currency is None:
        raise Unreadable("what moved the money has no amount")
    return from_stripe(source.amount, source.currency)


def _reference(source: Source | str | None, references: Mapping[str, str]) -> str:
    if not isinstance(source, Source):
        return ""
    ours = {"charge": OUR_PAYMENT, "refund": OUR_REFUND}.get(source.object)
    if ours is not None:
        return (source.metadata or {}).get(ours, "")
    return references.get(source.payment_intent or "", "") if source.object == "dispute" else ""


def _theirs(source: Source | str | None) -> str | None:
    """What is refunded by, of a charge and its dispute; else what moved the money."""
    if not isinstance(source, Source):
        return source
    return source.payment_intent if source.object in ("charge", "dispute") else source.id
