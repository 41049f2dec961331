"""What a gateway's ledger says it took, gave, kept and paid out; and where ours says otherwise."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from core.domain.money import Money
from core.domain.payments.payment import Payment, PaymentState, Refund, RefundState


class LineKind(enum.StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    PAYOUT = "payout"
    FEE = "fee"
    OTHER = "other"


class SettlementLine(msgspec.Struct, frozen=True):
    """amount: what moved, never below 0; the kind says which way. fee: what the gateway and the
    state kept of it. reference: ours (pay_, rfd_), as they hold it; charge_reference: theirs.
    settled: it can be paid out, or was. settled_amount: where the account is kept in another
    currency than the customer paid in, the amount in that one; fee and net are in it too.
    dispute: theirs, where it is of a dispute and that has a reference of its own. undone: it is
    of a payment or refund that came to nothing after all, or takes one back; its kind is `other`.
    """

    id: str
    kind: LineKind
    at: datetime
    amount: Money
    fee: Money
    reference: str
    charge_reference: str | None
    settled: bool
    settled_amount: Money | None = None
    dispute: str | None = None
    undone: bool = False

    @property
    def net(self) -> Money:
        return (self.settled_amount or self.amount) - self.fee


class Difference(enum.StrEnum):
    """not_here: the ledger has what we have not. not_there: the other way round. amount: both,
    of another amount. state: both, and ours is not (or no longer) so. doubled: the ledger has it
    more than once."""

    NOT_HERE = "not_here"
    NOT_THERE = "not_there"
    AMOUNT = "amount"
    STATE = "state"
    DOUBLED = "doubled"


class Mismatch(msgspec.Struct, frozen=True):
    """subject: our payment or refund, or the ledger's line where we have neither. detail: for a
    person. ours, theirs: the amounts, where there are any."""

    difference: Difference
    subject: str
    detail: str
    ours: Money | None = None
    theirs: Money | None = None


def mismatches(
    lines: Sequence[SettlementLine],
    payments: Mapping[str, Payment],
    refunds: Mapping[str, Refund],
    expected: Sequence[str],
) -> tuple[Mismatch, ...]:
    """payments, refunds: ours, by id. expected: ids of ours that a line should be there for."""
    # The line of a dispute names the payment it is of, and says nothing of whether that came in.
    seen = {x.reference for x in lines if x.kind in _MOVES or x.undone}
    found = [m for line in lines for m in _of_line(line, payments, refunds)]
    found = [*dict.fromkeys(found), *_doubled(lines, payments, refunds)]
    for id in expected:
        if id not in seen:
            one = payments.get(id) or refunds.get(id)
            detail = "is done here, and the gateway's ledger has nothing of it"
            found.append(
                Mismatch(Difference.NOT_THERE, id, detail, ours=one.amount if one else None)
            )
    return tuple(found)


def _of_line(
    line: SettlementLine, payments: Mapping[str, Payment], refunds: Mapping[str, Refund]
) -> Iterator[Mismatch]:
    match line.kind:
        case LineKind.PAYMENT | LineKind.DISPUTE:
            ours: Payment | Refund | None = payments.get(line.reference)
        case LineKind.REFUND:
            ours = refunds.get(line.reference)
        case _:
            yield from _undone(line, payments, refunds)
            return
    if ours is None:
        if line.reference.startswith(("pay_", "rfd_")):
            detail = f"the ledger has a {line.kind} under {line.reference}, which is not here"
            yield Mismatch(Difference.NOT_HERE, line.id, detail, theirs=line.amount)
        return  # another program's on the same account
    if ours.amount != line.amount and line.kind is not LineKind.DISPUTE:
        detail = f"the ledger says {line.amount}, and here it is {ours.amount}"
        yield Mismatch(Difference.AMOUNT, ours.id, detail, ours.amount, line.amount)
    if ours.state not in _FITTING[line.kind]:
        detail = f"the ledger has a {line.kind} of it, and here it is {ours.state}"
        yield Mismatch(Difference.STATE, ours.id, detail, ours.amount, line.amount)


def _undone(
    line: SettlementLine, payments: Mapping[str, Payment], refunds: Mapping[str, Refund]
) -> Iterator[Mismatch]:
    ours = payments.get(line.reference) or refunds.get(line.reference)
    if ours is None or not line.undone:
        return
    if ours.state in _FITTING[LineKind.PAYMENT] | _FITTING[LineKind.REFUND]:
        detail = f"the ledger says that it came to nothing, and here it is {ours.state}"
        yield Mismatch(Difference.STATE, ours.id, detail, ours.amount, line.amount)


def _doubled(
    lines: Sequence[SettlementLine], payments: Mapping[str, Payment], refunds: Mapping[str, Refund]
) -> Iterator[Mismatch]:
    """What is paid or refunded once has one line; any other line is itself once. A payment may
    be disputed more than once."""
    groups: dict[tuple[LineKind, str], list[SettlementLine]] = {}
    for line in lines:
        once = line.kind in _MOVES
        ours = line.reference in payments or line.reference in refunds
        groups.setdefault((line.kind, line.reference if once and ours else line.id), []).append(
            line
        )
    for (kind, subject), same in groups.items():
        if len(same) < 2:
            continue
        one = payments.get(subject) or refunds.get(subject)
        ids = ", ".join(line.id for line in same)
        alike = {line.amount.currency for line in same} == {same[0].amount.currency}
        yield Mismatch(
            Difference.DOUBLED,
            subject,
            f"the ledger has {len(same)} lines of one {kind}: {ids}",
            one.amount if one else None,
            sum((x.amount for x in same[1:]), same[0].amount) if alike else None,
        )


_MOVES = (LineKind.PAYMENT, LineKind.REFUND)
_FITTING: Mapping[LineKind, frozenset[PaymentState | RefundState]] = {
    LineKind.PAYMENT: frozenset({PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK}),
    LineKind.DISPUTE: frozenset({PaymentState.CHARGED_BACK}),
    LineKind.REFUND: frozenset({RefundState.SUCCEEDED}),
}
