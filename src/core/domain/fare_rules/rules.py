"""The rules of one fare, and the values a sentence of them can have."""

from __future__ import annotations

import enum
from decimal import Decimal

import msgspec

from core.domain.fare_rules.terms import Charge, Per, Terms
from core.domain.fare_rules.text import Category, Part
from core.domain.fare_rules.timing import Deadline, Stay, Window
from core.domain.money import Money


class Act(enum.StrEnum):
    """change: a reissue or revalidation asked by the passenger. refund: a cancellation too."""

    CHANGE = "change"
    REFUND = "refund"


class When(enum.StrEnum):
    """before, after: departure of the journey. no_show: a flight was missed unannounced."""

    BEFORE = "before_departure"
    AFTER = "after_departure"
    NO_SHOW = "no_show"


ANY_TIME = (When.BEFORE, When.AFTER)


class Penalty(msgspec.Struct, frozen=True):
    """What one sentence says of one act.

    passengers: ADT, CHD, INF (no seat) or INS (a seat); none: everybody.
    header: of the table it stands in, as filed ("FOR -LC TYPE FARES"); what a GDS shows for a
    fare has met it. condition: one the reader must judge. note: free text, not what the airline
    filed for pricing.
    """

    act: Act
    when: tuple[When, ...]
    terms: Terms
    source: Part
    passengers: tuple[str, ...] = ()
    window: Window | None = None
    header: str = ""
    condition: str = ""
    note: bool = False


class Saying(enum.StrEnum):
    """What a sentence adds to the penalties around it.

    discounts_apply: a child's or infant's discount of category 19 is taken off the charge.
    strictest, lowest: of fares combined on a ticket, whose penalty counts.
    """

    WAIVED = "waived"
    DISCOUNTS_APPLY = "discounts_apply"
    DISCOUNTS_DO_NOT_APPLY = "discounts_do_not_apply"
    FARE_DIFFERENCE = "fare_difference"
    TAXES_REFUNDED = "taxes_refunded"
    TAXES_KEPT = "taxes_kept"
    CHARGED_PER = "charged_per"
    STRICTEST_APPLIES = "strictest_applies"
    LOWEST_APPLIES = "lowest_applies"
    WAITLIST = "waitlist_permitted"
    NO_WAITLIST = "waitlist_not_permitted"
    OPEN_RETURN = "open_return_permitted"
    NO_OPEN_RETURN = "open_return_not_permitted"
    ACCOMPANIED = "must_be_accompanied"
    DESIGNATOR = "ticket_designator"


class Remark(msgspec.Struct, frozen=True):
    """act, when: of the heading it stands under; none: of all."""

    saying: Saying
    source: Part
    act: Act | None = None
    when: tuple[When, ...] = ()
    passengers: tuple[str, ...] = ()
    per: Per = Per.UNSTATED


class Discount(msgspec.Struct, frozen=True):
    """What a child or infant pays of the adult fare. ages: first and last, whole years.

    accompanied: None where the text does not say. nth: the first infant, the second; 0: any.
    """

    passenger: str
    charge: Charge
    source: Part
    ages: tuple[int, int] | None = None
    accompanied: bool | None = None
    nth: int = 0


class StructuredPenalty(msgspec.Struct, frozen=True, gc=False):
    """A penalty a GDS gives as data. amount and percent none: free, if allowed."""

    applies: Act
    when: When
    allowed: bool
    amount: Money | None = None
    percent: Decimal | None = None
    passenger: str = "ADT"


class Conflict(msgspec.Struct, frozen=True):
    """Sentences that do not agree: what is shown, those it rests on, and those it overrules."""

    act: Act
    when: When
    shown: Terms
    because: tuple[Part, ...]
    against: tuple[Part, ...]


class FareRules(msgspec.Struct, frozen=True):
    """unparsed: what the grammar did not understand, in the order of the text."""

    fare_basis: str = ""
    carrier: str = ""
    origin: str = ""
    destination: str = ""
    categories: tuple[Category, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    remarks: tuple[Remark, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    stays: tuple[Stay, ...] = ()
    discounts: tuple[Discount, ...] = ()
    structured: tuple[StructuredPenalty, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unparsed: tuple[Part, ...] = ()

    def unread(self, *categories: int) -> tuple[Part, ...]:
        """What was not understood of these categories."""
        return tuple(part for part in self.unparsed if part.category in categories)
