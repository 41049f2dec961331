from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

import msgspec

from core.domain.bookings.flight import FlightOffer, FlightSearch
from core.domain.bookings.pnr import Pnr, QueueReason, Ticket
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.fare_rules import FareRules
from core.domain.money import Money
from core.domain.person import PassengerType
from ports.probe import Testable


class Traveller(msgspec.Struct, frozen=True):
    """A passenger as an airline wants them; names are turned into GDS form by the adapter.

    number: place in the order, from 1. with_adult: the number of the adult an infant sits on.
    APIS: passport, country of it, when it ends, nationality; None where not given.
    """

    number: int
    type: PassengerType
    name: str
    surname: str
    title: str = ""
    born_on: date | None = None
    gender: str = ""
    with_adult: int | None = None
    passport: str | None = None
    passport_country: str | None = None
    passport_ends_on: date | None = None
    nationality: str | None = None

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return f"Traveller({self.number})"


class Ssr(msgspec.Struct, frozen=True):
    """A special service request: its four letters, whom for (0: all), and its free text."""

    code: str
    passenger: int
    text: str = ""


class PnrOrder(msgspec.Struct, frozen=True):
    """What a PNR is made of. email, phone: where the carrier reaches the travellers."""

    offer: FlightOffer
    travellers: tuple[Traveller, ...]
    email: str | None = None
    phone: str | None = None
    requests: tuple[Ssr, ...] = ()


class Queued(msgspec.Struct, frozen=True):
    """A PNR on a queue, for the agent to look at. queue: the GDS's own number of it.

    placed_at: local to the agency's office, as the GDS says it.
    """

    locator: str
    queue: str
    reason: QueueReason
    placed_at: datetime | None = None


class RefundQuote(msgspec.Struct, frozen=True):
    """What a refund of the tickets would give back now. penalty: what the carrier keeps."""

    refund: Money
    penalty: Money


class Gds(Testable, Protocol):
    """Amounts are minor units of the currency sold in; flight times are local to airports.

    Every method raises only ports.errors, keeps its manifest's deadline_s, and is safe to
    call from many tasks at once. A GDS takes no key of ours: our reference goes into the PNR as
    a remark, and the PNR on a queue of ours, so that it can be found. That proves that it is
    there, never that it is not.
    """

    async def shop(self, request: FlightSearch, *, deadline_s: float) -> Sequence[FlightOffer]:
        """What can be sold now. price.sell equals price.net. Unavailable: late or away."""
        ...

    async def check(self, offer: FlightOffer) -> FlightOffer | SoldOut | OfferExpired:
        """The offer revalidated: as it stands now, with its ticketing limit."""
        ...

    async def fare_rules(self, offer: FlightOffer) -> Sequence[FareRules]:
        """One for each fare of the offer, in the order of its segments."""
        ...

    async def create_pnr(
        self, order: PnrOrder, *, key: str
    ) -> Pnr | SoldOut | PriceChanged | OfferExpired:
        """Sell the segments and end the transaction, with *key* as a remark.

        Refused: nothing was kept, or a name cannot be written (it says which).
        OutcomeUnknown: it was sent and no clear answer came; never repeat it, use find.
        """
        ...

    async def find(self, key: str) -> Pnr | None:
        """The PNR that holds *key* as a remark, looked for on our queue. None proves nothing.

        BrokenContract: several do, and a person must cancel all but one.
        """
        ...

    async def retrieve(self, locator: str) -> Pnr:
        """As it stands now. Refused: there is none of this locator that is ours to see."""
        ...

    async def ticket(self, locator: str, *, key: str) -> Sequence[Ticket]:
        """Issue its tickets at the stored price. A PNR that has its tickets answers them.

        Refused: nothing was issued. OutcomeUnknown: some may be; retrieve tells.
        """
        ...

    async def void(self, locator: str) -> Pnr:
        """Void every ticket of it, within the void window, and keep the PNR. One without live
        tickets is answered as it is.

        Refused: the window is over. OutcomeUnknown: retrieve tells.
        """
        ...

    async def refund_quote(self, locator: str) -> RefundQuote:
        """What refunding its tickets would give back now. NotSupported: ask the carrier."""
        ...

    async def refund(self, locator: str) -> Pnr:
        """Refund every ticket of it, and keep the PNR. One without live tickets is answered as
        it is.

        Refused: the fare gives nothing back. OutcomeUnknown: retrieve tells.
        """
        ...

    async def cancel(self, locator: str) -> Pnr:
        """Cancel all its segments. A PNR that is cancelled already is answered as cancelled.

        Refused: it has tickets that must be voided or refunded first, or it stays as it was.
        OutcomeUnknown: retrieve tells.
        """
        ...

    async def queued(self) -> Sequence[Queued]:
        """What waits on our own queue and on the carriers' that are watched, oldest first."""
        ...

    async def enqueue(self, locator: str) -> None:
        """Put it on our own queue, where find looks. One that is there already is well."""
        ...

    async def dequeue(self, waiting: Queued) -> None:
        """Take it off that queue. One that is not there is well."""
        ...
