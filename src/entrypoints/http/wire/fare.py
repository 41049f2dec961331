"""The rules of a fare: what holds, and the sentences it rests on."""

from __future__ import annotations

import datetime

import msgspec

from core.domain.fare_rules import FareRules, must_ticket_by
from core.domain.fare_rules import ruling as ruling_on
from core.domain.fare_rules.questions import TicketBy
from core.domain.fare_rules.rules import Act, Conflict, Remark, Saying, When
from core.domain.fare_rules.rules import Discount as DomainDiscount
from core.domain.fare_rules.ruling import Basis, Difference
from core.domain.fare_rules.ruling import Ruling as DomainRuling
from core.domain.fare_rules.terms import Charge, Terms
from core.domain.fare_rules.text import Category, Part
from core.domain.fare_rules.timing import Bound, Limit, Whichever
from core.domain.fare_rules.timing import Stay as DomainStay


class Sentence(msgspec.Struct, frozen=True):
    """What a sentence adds. says: the words themselves."""

    adds: Saying
    says: Part


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """because: the sentences shown; against: others on the same matter, which it overrules.

    difference: between data of the GDS, which goes first, and the text. adds: what the text says
    besides, waivers too. unread: sentences that were not understood; they may change the answer.
    """

    terms: Terms
    basis: Basis
    because: tuple[Part, ...]
    against: tuple[Part, ...]
    difference: Difference | None
    adds: tuple[Sentence, ...]
    unread: tuple[Part, ...]


class Rulings(msgspec.Struct, frozen=True):
    """What an adult pays or may not do, by when it is asked."""

    before_departure: Ruling
    after_departure: Ruling
    no_show: Ruling


class StayRule(msgspec.Struct, frozen=True, kw_only=True):
    """A bound on the stay; with no limits the fare asks for none. from_arrival: counted from
    arriving, not from departing. completed: the journey must be over by then."""

    bound: Bound
    limits: tuple[Limit, ...]
    whichever: Whichever
    from_arrival: bool
    completed: bool
    condition: str
    says: Part | None


class ChildFare(msgspec.Struct, frozen=True, kw_only=True):
    """What a child or infant pays of the adult fare. ages: first and last, whole years.

    accompanied: null where the text does not say. nth: the first infant, the second; 0: any.
    """

    passenger: str
    pays: Charge
    ages: tuple[int, int] | None
    accompanied: bool | None
    nth: int
    says: Part


class Fare(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one fare. refund, change: what holds. ticket_by: of a booking made now.

    text: by ATPCO category, as the airline wrote it. unparsed: what was not understood of it.
    """

    fare_basis: str
    carrier: str
    origin: str
    destination: str
    refund: Rulings
    change: Rulings
    ticket_by: TicketBy
    stays: tuple[StayRule, ...]
    children: tuple[ChildFare, ...]
    conflicts: tuple[Conflict, ...]
    unparsed: tuple[Part, ...]
    text: tuple[Category, ...]


def fare(of: FareRules, now: datetime.datetime, departs: datetime.datetime) -> Fare:
    """now: when a booking would be made. departs: aware, the first flight."""
    return Fare(
        fare_basis=of.fare_basis,
        carrier=of.carrier,
        origin=of.origin,
        destination=of.destination,
        refund=_rulings(of, Act.REFUND),
        change=_rulings(of, Act.CHANGE),
        ticket_by=must_ticket_by(of, now, departs),
        stays=tuple(_stay(stay) for stay in of.stays),
        children=tuple(_child(discount) for discount in of.discounts),
        conflicts=of.conflicts,
        unparsed=of.unparsed,
        text=of.categories,
    )


def _rulings(of: FareRules, act: Act) -> Rulings:
    return Rulings(*(_ruling(ruling_on(of, act, when)) for when in When))


def _ruling(of: DomainRuling) -> Ruling:
    return Ruling(
        terms=of.terms,
        basis=of.basis,
        because=of.because,
        against=of.against,
        difference=of.difference,
        adds=tuple(_sentence(remark) for remark in of.remarks),
        unread=of.unread,
    )


def _sentence(of: Remark) -> Sentence:
    return Sentence(of.saying, of.source)


def _stay(of: DomainStay) -> StayRule:
    return StayRule(
        bound=of.bound,
        limits=of.limits,
        whichever=of.whichever,
        from_arrival=of.from_arrival,
        completed=of.completed,
        condition=of.condition,
        says=of.source,
    )


def _child(of: DomainDiscount) -> ChildFare:
    return ChildFare(
        passenger=of.passenger,
        pays=of.charge,
        ages=of.ages,
        accompanied=of.accompanied,
        nth=of.nth,
        says=of.source,
    )
