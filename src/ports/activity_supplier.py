from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from core.domain.bookings.activity import ActivityOffer, ActivitySearch, Voucher
from core.domain.bookings.booking import SupplierBooking
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.money import Money
from core.domain.person import Guest, Person
from ports.probe import Testable


class ActivityOrder(msgspec.Struct, frozen=True):
    """What a supplier needs to book. people: every person the guests and holder name."""

    offer: ActivityOffer
    holder: Person
    guests: tuple[Guest, ...]
    people: dict[str, Person]


class ActivitySupplier(Testable, Protocol):
    """Amounts are minor units of the supplier's own currency; hours are local to the product.

    Every method raises only ports.errors, keeps its manifest's deadline_s, and is safe to
    call from many tasks at once. `key` is our vendor reference, at most
    manifest.reference_length characters of A-Z and 0-9.
    """

    async def search(
        self, request: ActivitySearch, *, deadline_s: float
    ) -> Sequence[ActivityOffer]:
        """What can be sold now. price.sell equals price.net: the markup is ours to add.

        Unavailable: late or away.
        """
        ...

    async def check(self, offer: ActivityOffer) -> ActivityOffer | SoldOut | OfferExpired:
        """The offer as it stands now, with its terms."""
        ...

    async def book(
        self, order: ActivityOrder, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        """Hold and confirm under *key*, at the order's net price or not at all.

        Refused: the supplier said no. Unavailable: nothing was done, or only a hold that ends
        by itself. OutcomeUnknown: it was sent and no clear answer came; use find. A repeat
        under the same key gives the first result.
        """
        ...

    async def find(self, key: str) -> SupplierBooking | None:
        """The booking under *key*; None when the supplier does not find one, or only a hold,
        which is absence only after manifest.absence_certain_after_s.

        OutcomeUnknown: neither a yes nor a no, as a hold that was kept longer than that.
        """
        ...

    async def extend(self, key: str, *, minutes: int) -> datetime:
        """Keep a hold under *key* longer; until when it is kept now (aware UTC).

        Refused: there is no hold any more.
        """
        ...

    async def cancellation_fee(self, supplier_reference: str) -> Money:
        """What cancelling now would cost. NotSupported: read it from the policy."""
        ...

    async def cancel(self, supplier_reference: str) -> SupplierBooking:
        """Cancel it. A booking that is cancelled already is answered as cancelled.

        OutcomeUnknown: sent, no clear answer; find tells. Refused: it stays booked.
        """
        ...

    async def vouchers(self, supplier_reference: str) -> Sequence[Voucher]:
        """What the guests show at the door; none: they say the supplier's reference.

        Refused: the booking is not confirmed. Unavailable: its tickets are issued later.
        """
        ...
