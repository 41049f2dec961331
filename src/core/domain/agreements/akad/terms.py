"""The parties and figures of one umrah agreement, and whether they are those of its bookings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from core.domain.agreements.akad.words import MOST
from core.domain.bookings.activity import ActivityOffer
from core.domain.bookings.booking import Booking, BookingState
from core.domain.money import Money, zero
from core.domain.payments.payment_plan import InstalmentKind, PaymentPlan, PlanState
from core.domain.problem import Fault

BOOKED = frozenset({BookingState.CONFIRMED, BookingState.PENDING_SUPPLIER})


class Wakil(msgspec.Struct, frozen=True):
    """The agency, which acts for the pilgrim. representative: who signs for it, and as what."""

    name: str
    licence: str
    representative: str
    position: str
    address: str


class Muwakkil(msgspec.Struct, frozen=True):
    """The pilgrim, who delegates. identity: number of an identity card or passport.

    For a minor the guardian signs: guardian_of names whom.
    """

    name: str
    identity: str
    address: str
    guardian_of: str = ""


class Pilgrim(msgspec.Struct, frozen=True):
    """As in the passport. passport: "" while it is not known."""

    name: str
    passport: str = ""


class Line(msgspec.Struct, frozen=True):
    """What entrusted money is for. booking: whose selling price it is, if one is booked.

    sold_for: that price, where the booking is sold in another currency than the agreement's.
    """

    label: str
    amount: Money
    booking: str | None = None
    sold_for: Money | None = None


class Instalment(msgspec.Struct, frozen=True):
    label: str
    due: date
    amount: Money


def planned(plan: PaymentPlan) -> tuple[Instalment, ...]:
    """What an agreement says of *plan*: a deposit, instalments, and the last one as the rest."""
    found, count = [], len(plan.instalments)
    for number, part in enumerate(plan.instalments, 1):
        label = f"Angsuran ke-{number}"
        if part.kind is InstalmentKind.DEPOSIT:
            label = "Uang muka"
        elif number == count:
            label = "Pelunasan"
        found.append(Instalment(label, part.due_on, part.amount))
    return tuple(found)


class RefundStep(msgspec.Struct, frozen=True):
    """From *days_before* departure on, *percent* of the entrusted money not yet spent is given
    back."""

    days_before: int
    percent: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """lines: the entrusted funds, by use. ujrah: the fee, apart from them. total: what the
    pilgrim pays in all. plan: how it is paid. place, on: where and when it is concluded.

    escrow_bank, escrow_account: where the entrusted money is kept. court: the religious court
    of last resort.
    """

    place: str
    on: date
    departs: date
    returns: date
    lines: tuple[Line, ...]
    ujrah: Money
    total: Money
    plan: tuple[Instalment, ...]
    refunds: tuple[RefundStep, ...]
    escrow_bank: str
    escrow_account: str
    court: str

    @property
    def entrusted(self) -> Money:
        """CurrencyMismatch: the lines are of several currencies."""
        return sum((line.amount for line in self.lines), zero(self.total.currency))


class Terms(Figures, frozen=True, kw_only=True):
    """All that is said of one agreement."""

    wakil: Wakil
    muwakkil: Muwakkil
    pilgrims: tuple[Pilgrim, ...]


def faults_of(terms: Terms, bookings: Mapping[str, Booking]) -> tuple[Fault, ...]:
    """Every figure that does not agree with another or with a booking. bookings: by id, those
    that the agreement is about; pointers are into the terms."""
    found = [*_currencies(terms)]
    if found:
        return tuple(found)  # sums of several currencies say nothing
    found += _sums(terms)
    found += _lines(terms, bookings)
    found += _dates(terms, bookings)
    found += _people(terms, list(bookings.values()))
    return tuple(found)


def plan_faults(terms: Terms, plan: PaymentPlan) -> tuple[Fault, ...]:
    """What the agreement says of its payment differs from the payment plan that is kept."""
    return tuple(_plan_faults(terms, plan))


def _plan_faults(terms: Terms, plan: PaymentPlan) -> Iterator[Fault]:
    if plan.state is PlanState.CANCELLED:
        yield Fault("/payment_plan", "was cancelled")
    if plan.price != terms.total:
        yield Fault("/total", f"is {terms.total}; {plan.id} is for {plan.price}")
    said = [(part.due, part.amount) for part in terms.plan]
    kept = [(part.due_on, part.amount) for part in plan.instalments]
    for n, (one, other) in enumerate(zip(said, kept, strict=False)):
        if one != other:
            yield Fault(f"/plan/{n}", f"{plan.id} has {other[1]} by {other[0]}")
    if len(said) != len(kept):
        yield Fault("/plan", f"has {len(said)} parts; {plan.id} has {len(kept)}")


def _amounts(terms: Terms) -> Iterator[tuple[str, Money]]:
    yield "/ujrah", terms.ujrah
    yield "/total", terms.total
    yield from ((f"/lines/{n}/amount", line.amount) for n, line in enumerate(terms.lines))
    yield from ((f"/plan/{n}/amount", part.amount) for n, part in enumerate(terms.plan))


def _currencies(terms: Terms) -> Iterator[Fault]:
    for pointer, money in _amounts(terms):
        if money.currency != terms.total.currency:
            yield Fault(pointer, f"is in {money.currency}; the total is in {terms.total.currency}")
        elif money.minor <= 0:
            yield Fault(pointer, "must be above 0")
        elif money.decimal() >= MOST:
            yield Fault(pointer, "is more than can be written in words")


def _sums(terms: Terms) -> Iterator[Fault]:
    whole = terms.entrusted + terms.ujrah
    if whole != terms.total:
        message = f"is {terms.total}; the entrusted funds {terms.entrusted} and the ujrah {terms.ujrah} make {whole}"
        yield Fault("/total", message)
    planned = sum((part.amount for part in terms.plan), zero(terms.total.currency))
    if planned != terms.total:
        yield Fault("/plan", f"its parts make {planned}; the total is {terms.total}")


def _lines(terms: Terms, bookings: Mapping[str, Booking]) -> Iterator[Fault]:
    named = [line.booking for line in terms.lines if line.booking is not None]
    for n, line in enumerate(terms.lines):
        if line.booking is None:
            continue
        booking = bookings.get(line.booking)
        if booking is None:
            yield Fault(f"/lines/{n}/booking", "is no booking of this agreement")
        elif named.count(line.booking) > 1:
            yield Fault(f"/lines/{n}/booking", "is paid for by more than one line")
        else:
            yield from _price(n, line, booking)
    for id in bookings:
        if id not in named:
            yield Fault("/lines", f"no line pays for {id}")


def _price(n: int, line: Line, booking: Booking) -> Iterator[Fault]:
    sell = booking.offer.price.sell
    field, said = ("sold_for", line.sold_for) if line.sold_for else ("amount", line.amount)
    if said != sell:
        yield Fault(f"/lines/{n}/{field}", f"is {said}; {booking.id} is sold for {sell}")
    elif line.sold_for is not None and line.sold_for.currency == line.amount.currency:
        yield Fault(f"/lines/{n}/sold_for", "is only for another currency than the agreement's")


def _dates(terms: Terms, bookings: Mapping[str, Booking]) -> Iterator[Fault]:
    if terms.returns < terms.departs:
        yield Fault("/returns", "is before the departure")
    if terms.departs < terms.on:
        yield Fault("/departs", "is before the agreement is concluded")
    for booking in bookings.values():
        offer = booking.offer
        if booking.state not in BOOKED:
            yield Fault("/bookings", f"{booking.id} is {booking.state}")
        if offer.starts_on < terms.departs or offer.ends_on > terms.returns:
            when = f"{offer.starts_on} to {offer.ends_on}"
            yield Fault("/departs", f"{booking.id} is from {when}, outside the journey")
    for n, part in enumerate(terms.plan):
        if part.due > terms.departs:
            yield Fault(f"/plan/{n}/due", "is after the departure")
        if n and part.due < terms.plan[n - 1].due:
            yield Fault(f"/plan/{n}/due", "is before the part before it")
    steps = [step.days_before for step in terms.refunds]
    if steps != sorted(set(steps), reverse=True):
        yield Fault("/refunds", "has to go from many days before departure to few")


def _people(terms: Terms, bookings: Sequence[Booking]) -> Iterator[Fault]:
    """Every hotel sleeps everybody who travels, and every flight carries them; not everybody
    comes along on a tour."""
    count = len(terms.pilgrims)
    for booking in bookings:
        guests = count if isinstance(booking.offer, ActivityOffer) else booking.offer.people
        if guests != count:
            yield Fault("/pilgrims", f"are {count}; {booking.id} is for {guests}")
