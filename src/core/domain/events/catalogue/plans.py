"""Prices paid in parts."""

from __future__ import annotations

from datetime import date

import msgspec

from core.domain.events.catalogue.event_type import EventType
from core.domain.money import Money
from core.domain.payments.payment_plan import PlanState


class PlanPayload(msgspec.Struct, frozen=True):
    """received: what came in and was not given or taken back. instalment: its number, where it
    is about one; open: what of that one is not paid."""

    plan: str
    booking: str | None
    reference: str
    state: PlanState
    price: Money
    received: Money
    due_back: Money
    instalment: int | None = None
    due_on: date | None = None
    open: Money | None = None


_L = PlanState
_PLAN = PlanPayload(
    plan="pln_06f3m9e1b3d5g7j9m2p4r6t8vx",
    booking=None,
    reference="UMR-2027-0114",
    state=_L.ACTIVE,
    price=Money(3_500_000_000, "IDR"),
    received=Money(500_000_000, "IDR"),
    due_back=Money(0, "IDR"),
)
_PLAN_OF = {
    _L.ACTIVE: _PLAN,
    _L.OVERDUE: msgspec.structs.replace(_PLAN, state=_L.OVERDUE),
    _L.PAID: msgspec.structs.replace(_PLAN, state=_L.PAID, received=_PLAN.price),
    _L.OVERPAID: msgspec.structs.replace(
        _PLAN,
        state=_L.OVERPAID,
        received=Money(3_600_000_000, "IDR"),
        due_back=Money(100_000_000, "IDR"),
    ),
    _L.CANCELLED: msgspec.structs.replace(
        _PLAN, state=_L.CANCELLED, due_back=Money(250_000_000, "IDR")
    ),
}


def _plan(
    name: str,
    means: str,
    state: PlanState = PlanState.ACTIVE,
    *,
    instalment: bool = False,
    paid: bool = False,
) -> EventType:
    example = _PLAN_OF[state]
    if instalment:
        open_ = Money(0 if paid else 1_500_000_000, "IDR")
        example = msgspec.structs.replace(
            example, instalment=1 if paid else 2, due_on=date(2026, 12, 25), open=open_
        )
    return EventType(f"payment_plan.{name}", "payment_plan/1", means, example)


TYPES = (
    _plan("created", "A price is to be paid in parts; the first one may be due already."),
    _plan("due", "An instalment is due today, by the office's calendar.", instalment=True),
    _plan("overdue", "An instalment was not paid by its day.", _L.OVERDUE, instalment=True),
    _plan("instalment_paid", "An instalment is wholly paid.", instalment=True, paid=True),
    _plan("paid", "The whole price is paid.", _L.PAID),
    _plan("overpaid", "More than the price came in; the difference is due back.", _L.OVERPAID),
    _plan("charged_back", "The payer's bank took a payment of it back, or a part of one."),
    _plan("cancelled", "Nobody pays it any more; what is above the fee is due back.", _L.CANCELLED),
    _plan("paid_after_cancel", "Money came after it was cancelled; it is due back.", _L.CANCELLED),
)
