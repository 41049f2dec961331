from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from core.domain.bookings.booking import SupplierBooking
from core.domain.bookings.hotel import HotelOffer, HotelSearch
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.money import Money
from core.domain.person import Guest, Person
from core.domain.stay import Stay
from ports.probe import Testable


class BookingOrder(msgspec.Struct, frozen=True):
    """What a supplier needs to book. people: every person the guests and holder name."""

    offer: HotelOffer
    holder: Person
    guests: tuple[Guest, ...]
    people: dict[str, Person]


class AmendOrder(msgspec.Struct, frozen=True):
    """The whole booking as it should become; what does not change is repeated."""

    stay: Stay
    offer: HotelOffer
    holder: Person
    guests: tuple[Guest, ...]
    people: dict[str, Person]


class HotelSupplier(Testable, Protocol):
    """Amounts are minor units of the supplier's own currency, dates local to the property,
    instants aware UTC.

    Every method raises only ports.errors, keeps its manifest's deadline_s, and is safe to
    call from many tasks at once. `key` is our vendor reference, at most
    manifest.reference_length characters of A-Z and 0-9.
    """

    async def search(self, request: HotelSearch, *, deadline_s: float) -> Sequence[HotelOffer]:
        """What can be sold now. price.sell equals price.net: the markup is ours to add,
        except where the guest pays at the hotel, whose price is the supplier's.

        Unavailable: late or away.
        """
        ...

    async def check(self, offer: HotelOffer) -> HotelOffer | SoldOut | OfferExpired:
        """The offer as it stands now, with its cancellation policy and rate comments."""
        ...

    async def book(
        self, order: BookingOrder, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        """Place the booking under *key*, at the order's net price or not at all.

        Refused: the supplier said no. Unavailable: nothing was done.
        OutcomeUnknown: it was sent and no clear answer came; use find.
        A repeat books again where manifest.repeatable_for_s is None: find first.
        """
        ...

    async def find(self, key: str) -> SupplierBooking | None:
        """The booking under *key*; None when the supplier does not find one, which is
        absence only after manifest.absence_certain_after_s."""
        ...

    async def cancellation_fee(self, supplier_reference: str) -> Money:
        """What cancelling now would cost. NotSupported: read it from the policy."""
        ...

    async def cancel(self, supplier_reference: str) -> SupplierBooking:
        """Cancel it. A booking that is cancelled already is answered as cancelled.

        OutcomeUnknown: sent, no clear answer; find tells. Refused: it stays booked.
        """
        ...

    async def amend(self, supplier_reference: str, order: AmendOrder) -> SupplierBooking:
        """Change names or dates. NotSupported: this supplier cannot.

        OutcomeUnknown: sent, no clear answer; find tells. Refused: it stays as it was.
        """
        ...
