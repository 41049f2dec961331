"""A gateway's ledger, and where ours differs."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec

from core.application.payments import reconcile_settlements as use
from core.domain.money import Money
from core.domain.payments import settlement as domain
from entrypoints.http.wire.values import Id


class SettlementQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines made from *since* on and before *until*, at most 31 days later."""

    connection: Id
    since: datetime.datetime
    until: datetime.datetime

    def period(self) -> use.Period:
        return use.Period(self.connection, self.since, self.until)


class NewReconciliation(SettlementQuery, frozen=True, forbid_unknown_fields=True):
    """Lines made from *since* on and before *until*, at most 31 days later."""


class SettlementLine(msgspec.Struct, frozen=True):
    """amount: what moved; the kind says which way. fee: what was kept of it. reference: ours, as
    the gateway holds it. settled: it can be paid out, or was. settled_amount: the amount in the
    account's currency, where that is another; fee and net are in it too."""

    id: str
    kind: domain.LineKind
    at: datetime.datetime
    amount: Money
    fee: Money
    net: Money
    reference: str
    charge_reference: str | None
    settled: bool
    settled_amount: Money | None


class Settlements(msgspec.Struct, frozen=True):
    """Oldest first."""

    data: tuple[SettlementLine, ...]


class Mismatch(msgspec.Struct, frozen=True):
    """subject: our payment or refund, or the ledger's line where we have neither."""

    difference: domain.Difference
    subject: str
    detail: str
    ours: Money | None
    theirs: Money | None


class Reconciliation(msgspec.Struct, frozen=True):
    """lines: how many were compared. taken, given, kept: by currency, of payments, of refunds,
    and fees of both."""

    lines: int
    taken: tuple[Money, ...]
    given: tuple[Money, ...]
    kept: tuple[Money, ...]
    mismatches: tuple[Mismatch, ...]


def line(of: domain.SettlementLine) -> SettlementLine:
    return SettlementLine(
        of.id,
        of.kind,
        of.at,
        of.amount,
        of.fee,
        of.net,
        of.reference,
        of.charge_reference,
        of.settled,
        of.settled_amount,
    )


def reconciliation(of: use.Reconciled) -> Reconciliation:
    taken = [x.amount for x in of.lines if x.kind is domain.LineKind.PAYMENT]
    given = [x.amount for x in of.lines if x.kind is domain.LineKind.REFUND]
    return Reconciliation(
        len(of.lines),
        _by_currency(taken),
        _by_currency(given),
        _by_currency([x.fee for x in of.lines]),
        tuple(Mismatch(m.difference, m.subject, m.detail, m.ours, m.theirs) for m in of.mismatches),
    )


def _by_currency(amounts: Sequence[Money]) -> tuple[Money, ...]:
    sums: dict[str, int] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))
