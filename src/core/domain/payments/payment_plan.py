"""A price paid in parts: a deposit and instalments by certain days, as umrah packages are.

    active ──► overdue ──► active        what came in decides, and what day it is
      │           │
      └──► paid ──┴──► overpaid          and back, when money is given or taken back
    any ──► cancelled                    money that comes later is told, and is due back

What came in fills the instalments in the order of their days; no payment belongs to one.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.domain.money import Money, zero
from core.domain.problem import Fault

REMIND_AT = time(9)  # by the plan's own clock; a payment in the night before is not reminded of
MOST_INSTALMENTS = 60
FIRST_YEAR, LAST_YEAR = 2000, 2999  # what is reckoned from a day has to be a day too


class InstalmentKind(enum.StrEnum):
    DEPOSIT = "deposit"
    INSTALMENT = "instalment"


class PlanState(enum.StrEnum):
    ACTIVE = "active"
    OVERDUE = "overdue"
    PAID = "paid"
    OVERPAID = "overpaid"
    CANCELLED = "cancelled"


class InstalmentState(enum.StrEnum):
    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    PAID = "paid"


class Instalment(msgspec.Struct, frozen=True):
    """due_on: the last day, by the plan's time zone."""

    amount: Money
    due_on: date
    kind: InstalmentKind = InstalmentKind.INSTALMENT


class FeeStep(msgspec.Struct, frozen=True):
    """Cancelling on *from_on* or later, by the plan's time zone, costs *fee* in all."""

    from_on: date
    fee: Money


class Standing(msgspec.Struct, frozen=True):
    """One instalment as it stands. number: from 1. paid: what of it came in."""

    number: int
    kind: InstalmentKind
    amount: Money
    due_on: date
    paid: Money
    state: InstalmentState

    @property
    def open(self) -> Money:
        return self.amount - self.paid


class PlanCancellation(msgspec.Struct, frozen=True):
    """fee: what is kept of what came in, by the steps that were agreed."""

    at: datetime
    fee: Money
    reason: str


class PaymentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """price: of the whole package. timezone: IANA, of the office; its days are reckoned in it.

    holder: a person id, who pays. booking: what it is for, if that is one booking.
    received: what came in and was not given or taken back, below 0 where more went back than
    came in. charged_back: what was taken back by the payers' banks. told_due, told_overdue: numbers of the instalments that were told so.
    """

    id: str
    entity: str
    price: Money
    timezone: str
    instalments: tuple[Instalment, ...]
    created_at: datetime
    updated_at: datetime
    received: Money
    charged_back: Money
    fees: tuple[FeeStep, ...] = ()
    reference: str = ""
    description: str = ""
    holder: str | None = None
    booking: str | None = None
    partner: str | None = None
    state: PlanState = PlanState.ACTIVE
    cancellation: PlanCancellation | None = None
    told_due: tuple[int, ...] = ()
    told_overdue: tuple[int, ...] = ()

    @property
    def check_at(self) -> datetime | None:
        """When something falls due, or has been due for a day, and was not told yet."""
        if self.state is PlanState.CANCELLED:
            return None
        return min(_moments(self), default=None)

    @property
    def due_back(self) -> Money:
        """What the payer gets back: all above the price, or above the fee once cancelled."""
        kept = self.cancellation.fee if self.cancellation else self.price
        left = self.received - kept
        return left if left.minor > 0 else zero(self.price.currency)


def plan_faults(
    price: Money, timezone: str, instalments: Sequence[Instalment], fees: Sequence[FeeStep]
) -> Iterator[Fault]:
    """Every fault of what a plan is wished to be."""
    if price.minor <= 0:
        yield Fault("/price/minor", "must be above 0")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Fault("/timezone", "is an IANA time zone, as Asia/Jakarta")
    if not 1 <= len(instalments) <= MOST_INSTALMENTS:
        yield Fault("/instalments", f"is 1 to {MOST_INSTALMENTS} instalments")
        return
    yield from _instalment_faults(price, instalments)
    for place, step in enumerate(fees):
        if step.fee.currency != price.currency or not 0 <= step.fee.minor <= price.minor:
            yield Fault(f"/fees/{place}/fee", f"is of 0 to {price}")
        if place and (step.from_on, step.fee.minor) < (
            fees[place - 1].from_on,
            fees[place - 1].fee.minor,
        ):
            yield Fault(f"/fees/{place}", "comes later, and costs no less, than the one before")


def _instalment_faults(price: Money, instalments: Sequence[Instalment]) -> Iterator[Fault]:
    for place, one in enumerate(instalments):
        if one.amount.currency != price.currency:
            yield Fault(f"/instalments/{place}/amount/currency", f"is {price.currency}")
        if one.amount.minor <= 0:
            yield Fault(f"/instalments/{place}/amount/minor", "must be above 0")
        if not FIRST_YEAR <= one.due_on.year <= LAST_YEAR:
            yield Fault(f"/instalments/{place}/due_on", f"is from {FIRST_YEAR} to {LAST_YEAR}")
        if place and one.due_on < instalments[place - 1].due_on:
            yield Fault(f"/instalments/{place}/due_on", "is not before the one before")
        if place and one.kind is InstalmentKind.DEPOSIT:
            yield Fault(f"/instalments/{place}/kind", "only the first is a deposit")
    if all(i.amount.currency == price.currency for i in instalments):
        total = Money(sum(i.amount.minor for i in instalments), price.currency)
        if total != price:
            yield Fault("/instalments", f"add up to {total}, not to the price of {price}")


def standings(plan: PaymentPlan, now: datetime) -> tuple[Standing, ...]:
    """Every instalment, filled in the order of its day from what came in."""
    today, left, found = today_of(plan, now), plan.received, []
    for number, one in enumerate(plan.instalments, 1):
        paid = one.amount if one.amount <= left else left
        paid = paid if paid.minor > 0 else zero(one.amount.currency)
        left = left - paid
        state = _state_of(one, paid, today)
        found.append(Standing(number, one.kind, one.amount, one.due_on, paid, state))
    return tuple(found)


def _state_of(one: Instalment, paid: Money, today: date) -> InstalmentState:
    if paid == one.amount:
        return InstalmentState.PAID
    if one.due_on < today:
        return InstalmentState.OVERDUE
    return InstalmentState.DUE if one.due_on == today else InstalmentState.UPCOMING


def next_open(plan: PaymentPlan, now: datetime) -> Standing | None:
    """The first instalment that is not wholly paid."""
    return next((s for s in standings(plan, now) if s.open.minor > 0), None)


def today_of(plan: PaymentPlan, now: datetime) -> date:
    return now.astimezone(ZoneInfo(plan.timezone)).date()


def fee_on(plan: PaymentPlan, now: datetime) -> Money:
    """What cancelling costs now, by the steps that were agreed; never more than came in."""
    today, fee = today_of(plan, now), zero(plan.price.currency)
    for step in plan.fees:
        if step.from_on <= today:
            fee = step.fee
    received = plan.received if plan.received.minor > 0 else zero(fee.currency)
    return fee if fee <= received else received


def in_parts(amount: Money, parts: int) -> tuple[Money, ...]:
    """*amount* in equal parts; what does not divide is in the last."""
    share = amount.minor // parts
    last = amount.minor - share * (parts - 1)
    return tuple(Money(m, amount.currency) for m in (*[share] * (parts - 1), last))


def _moments(plan: PaymentPlan) -> Iterator[datetime]:
    """The day it is due, at nine; and midnight after that day."""
    unpaid = plan.received
    for number, one in enumerate(plan.instalments, 1):
        unpaid = unpaid - one.amount
        if unpaid.minor >= 0:
            continue
        if number not in plan.told_due:
            yield _instant(plan, one.due_on, REMIND_AT)
        if number not in plan.told_overdue:
            yield _instant(plan, one.due_on + timedelta(days=1), time())


def _instant(plan: PaymentPlan, day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZoneInfo(plan.timezone)).astimezone(UTC)
