"""What becomes of a plan when money moves or days pass: the plan, and what is to be told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from core.domain.money import Money
from core.domain.payments.payment_plan import (
    REMIND_AT,
    InstalmentState,
    PaymentPlan,
    PlanCancellation,
    PlanState,
    Standing,
    fee_on,
    standings,
)
from core.domain.refusal import IllegalMove


class Told(msgspec.Struct, frozen=True):
    """name: of the event. instalment: which, where it is about one."""

    name: str
    instalment: Standing | None = None


class Moved(msgspec.Struct, frozen=True):
    plan: PaymentPlan
    told: tuple[Told, ...] = ()


def received(
    plan: PaymentPlan, net: Money, charged_back: Money, now: datetime, *, refunded: bool = False
) -> Moved:
    """net: all that came in and was not given or taken back. charged_back: of all times.

    refunded: it is a refund that moved. One that failed raises *net*, and nobody has paid.
    """
    before = standings(plan, now)
    after = msgspec.structs.replace(plan, received=net, charged_back=charged_back)
    told = [*_newly_paid(before, standings(after, now))]
    if plan.charged_back < charged_back:
        told.append(Told("payment_plan.charged_back"))
    if plan.state is PlanState.CANCELLED and plan.received < net:
        told = [] if refunded else [Told("payment_plan.paid_after_cancel")]
    after = _forget(after, now)
    return _settled(plan, after, told, now)


def looked_at(plan: PaymentPlan, now: datetime) -> Moved:
    """What the days have brought: an instalment that is due, or has been for a day."""
    return _settled(plan, plan, [], now)


def cancelled(plan: PaymentPlan, reason: str, now: datetime) -> Moved:
    """IllegalMove: it is cancelled already."""
    if plan.state is PlanState.CANCELLED:
        raise IllegalMove("a plan that is cancelled cannot be cancelled again")
    after = msgspec.structs.replace(
        plan,
        state=PlanState.CANCELLED,
        cancellation=PlanCancellation(now, fee_on(plan, now), reason),
        updated_at=now,
    )
    return Moved(after, (Told("payment_plan.cancelled"),))


def _newly_paid(before: tuple[Standing, ...], after: tuple[Standing, ...]) -> Iterator[Told]:
    paid = InstalmentState.PAID
    for was, now in zip(before, after, strict=True):
        if now.state is paid and was.state is not paid:
            yield Told("payment_plan.instalment_paid", now)


def _forget(plan: PaymentPlan, now: datetime) -> PaymentPlan:
    """An instalment that is open again, because money went back, is told of again."""
    paid = {s.number for s in standings(plan, now) if s.state is InstalmentState.PAID}
    return msgspec.structs.replace(
        plan,
        told_due=tuple(n for n in plan.told_due if n not in paid),
        told_overdue=tuple(n for n in plan.told_overdue if n not in paid),
    )


def _settled(before: PaymentPlan, after: PaymentPlan, told: list[Told], now: datetime) -> Moved:
    if after.state is not PlanState.CANCELLED:
        state = state_of(after, now)
        if state is not before.state and state in (PlanState.PAID, PlanState.OVERPAID):
            told.append(Told(f"payment_plan.{state}"))
        after = msgspec.structs.replace(after, state=state)
        after = _remind(after, told, now)
    if after == before:
        return Moved(before)
    return Moved(msgspec.structs.replace(after, updated_at=now), tuple(told))


def state_of(plan: PaymentPlan, now: datetime) -> PlanState:
    if plan.price < plan.received:
        return PlanState.OVERPAID
    if plan.price == plan.received:
        return PlanState.PAID
    late = any(s.state is InstalmentState.OVERDUE for s in standings(plan, now))
    return PlanState.OVERDUE if late else PlanState.ACTIVE


def _remind(plan: PaymentPlan, told: list[Told], now: datetime) -> PaymentPlan:
    """Each instalment is told once as due, from nine on its day, and once as overdue; one that
    is overdue before it was told as due is told as overdue alone."""
    due, overdue = list(plan.told_due), list(plan.told_overdue)
    for one in standings(plan, now):
        if one.state is InstalmentState.OVERDUE and one.number not in overdue:
            told.append(Told("payment_plan.overdue", one))
            overdue.append(one.number)
            due += [one.number] if one.number not in due else []
        elif one.state is InstalmentState.DUE and one.number not in due and _morning(plan, now):
            told.append(Told("payment_plan.due", one))
            due.append(one.number)
    return msgspec.structs.replace(plan, told_due=tuple(due), told_overdue=tuple(overdue))


def _morning(plan: PaymentPlan, now: datetime) -> bool:
    return now.astimezone(ZoneInfo(plan.timezone)).time() >= REMIND_AT
