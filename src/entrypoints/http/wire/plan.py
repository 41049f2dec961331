"""Payment plans."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.payments import add_plan
from core.application.payments.read_plan import PlanStanding
from core.domain.money import Money
from core.domain.payments import payment_plan as domain
from entrypoints.http.paging import Paging
from entrypoints.http.wire.payment import Refund
from entrypoints.http.wire.values import Amount, Id, Text


class NewInstalment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """due_on: the last day, by the plan's time zone. kind: only the first is a deposit."""

    amount: Amount
    due_on: datetime.date
    kind: domain.InstalmentKind = domain.InstalmentKind.INSTALMENT


class NewFeeStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cancelling on *from_on* or later costs *fee* in all."""

    from_on: datetime.date
    fee: Amount


class NewPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """instalments: in the order of their days; they add up to the price. timezone: IANA, of the
    office. fees: what cancelling costs, from which day on. holder: a person id, who pays.
    partner: whose it is; that partner's endpoints are told."""

    entity: Id
    price: Amount
    instalments: Annotated[tuple[NewInstalment, ...], Meta(min_length=1, max_length=60)]
    timezone: Annotated[str, Meta(min_length=1, max_length=60)] = "Asia/Jakarta"
    fees: Annotated[tuple[NewFeeStep, ...], Meta(max_length=20)] = ()
    reference: Annotated[str, Meta(max_length=100)] = ""
    description: Text = ""
    holder: Id | None = None
    booking: Id | None = None
    partner: Id | None = None

    def wish(self) -> add_plan.NewPlan:
        return add_plan.NewPlan(
            entity=self.entity,
            price=self.price.money(),
            instalments=tuple(
                domain.Instalment(i.amount.money(), i.due_on, i.kind) for i in self.instalments
            ),
            timezone=self.timezone,
            fees=tuple(domain.FeeStep(f.from_on, f.fee.money()) for f in self.fees),
            reference=self.reference,
            description=self.description,
            holder=self.holder,
            booking=self.booking,
            partner=self.partner,
        )


class PlanQuery(Paging, frozen=True, forbid_unknown_fields=True):
    state: domain.PlanState | None = None
    partner: Id | None = None


class Instalment(msgspec.Struct, frozen=True):
    """paid: what of it came in, in the order of their days. open: what is missing."""

    number: int
    kind: domain.InstalmentKind
    amount: Money
    due_on: datetime.date
    paid: Money
    open: Money
    state: domain.InstalmentState


class FeeStep(msgspec.Struct, frozen=True):
    from_on: datetime.date
    fee: Money


class Cancellation(msgspec.Struct, frozen=True):
    """fee: what is kept of what came in."""

    at: datetime.datetime
    fee: Money
    reason: str


class PaymentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """received: what came in and was not given or taken back. due_back: what the payer gets."""

    id: str
    state: domain.PlanState
    entity: str
    partner: str | None
    booking: str | None
    holder: str | None
    reference: str
    description: str
    price: Money
    received: Money
    charged_back: Money
    due_back: Money
    timezone: str
    instalments: tuple[Instalment, ...]
    fees: tuple[FeeStep, ...]
    cancellation: Cancellation | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class PlanRefunds(msgspec.Struct, frozen=True):
    """What was given back, one refund for each payment it was taken from."""

    data: tuple[Refund, ...]


def plan(of: PlanStanding) -> PaymentPlan:
    it, ended = of.plan, of.plan.cancellation
    return PaymentPlan(
        id=it.id,
        state=it.state,
        entity=it.entity,
        partner=it.partner,
        booking=it.booking,
        holder=it.holder,
        reference=it.reference,
        description=it.description,
        price=it.price,
        received=it.received,
        charged_back=it.charged_back,
        due_back=it.due_back,
        timezone=it.timezone,
        instalments=tuple(
            Instalment(s.number, s.kind, s.amount, s.due_on, s.paid, s.open, s.state)
            for s in of.instalments
        ),
        fees=tuple(FeeStep(f.from_on, f.fee) for f in it.fees),
        cancellation=Cancellation(ended.at, ended.fee, ended.reason) if ended else None,
        created_at=it.created_at,
        updated_at=it.updated_at,
    )
