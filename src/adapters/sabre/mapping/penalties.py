"""What changing and refunding costs, where they give it as data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from adapters.sabre.mapping import wire_shop as wire
from core.domain.bookings.terms import CancellationPolicy, CancellationStep
from core.domain.fare_rules import StructuredPenalty
from core.domain.fare_rules.rules import Act, When
from core.domain.money import Money

ACTS = {"Exchange": Act.CHANGE, "Refund": Act.REFUND}
WHENS = {"Before": When.BEFORE, "After": When.AFTER}
PASSENGERS = {"INF": "INF", "INS": "INS"}


def structured(passengers: Iterable[wire.PassengerInfo]) -> tuple[StructuredPenalty, ...]:
    """One entry for each passenger type, act and time they name; what is not named is unknown."""
    return tuple(
        _penalty(raw, fare_type(info.passenger_type))
        for info in passengers
        for raw in info.penalties_info.penalties
        if raw.type in ACTS and raw.applicability in WHENS
    )


def fare_type(code: str) -> str:
    """The passenger as fare rules name it: CNN and C05 are a child, whatever the age."""
    return PASSENGERS.get(code, "CHD" if code.startswith("C") else "ADT")


def allowed(found: Iterable[StructuredPenalty], act: Act) -> bool | None:
    """Whether every passenger may, before departure; None: they do not say."""
    said = [p.allowed for p in found if p.applies is act and p.when is When.BEFORE]
    return all(said) if said else None


def policy(
    found: tuple[StructuredPenalty, ...],
    counts: dict[str, int],
    net: Money,
    departs: datetime,
    now: datetime,
) -> CancellationPolicy:
    """What refunding all of it costs, from now and from departure. Not said: all of it."""
    steps = [(now, When.BEFORE), (departs, When.AFTER)]
    return CancellationPolicy(
        tuple(
            CancellationStep(at, _fee(found, counts, net, when)) for at, when in steps if at >= now
        )
    )


def _fee(
    found: tuple[StructuredPenalty, ...], counts: dict[str, int], net: Money, when: When
) -> Money:
    named = {p.passenger: p for p in found if p.applies is Act.REFUND and p.when is when}
    fee = 0
    for passenger, count in counts.items():
        penalty = named.get(passenger)
        if penalty is None or not penalty.allowed:
            return net
        amount = penalty.amount or Money(0, net.currency)
        if amount.currency != net.currency:
            return net
        fee += amount.minor * count
    return Money(min(fee, net.minor), net.currency)


def _penalty(raw: wire.Penalty, passenger: str) -> StructuredPenalty:
    act = ACTS[raw.type]
    may = raw.changeable if act is Act.CHANGE else raw.refundable
    amount = None
    if may and raw.amount is not None and raw.currency:
        amount = Money.rounded(Decimal(raw.amount), raw.currency)
    return StructuredPenalty(act, WHENS[raw.applicability], bool(may), amount, passenger=passenger)
