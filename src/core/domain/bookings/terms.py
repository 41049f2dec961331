"""What an offer of any kind costs, when it may be cancelled, and why it is gone."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.domain.money import Money, zero


class Tax(msgspec.Struct, frozen=True, gc=False):
    """included: already in the price; otherwise the guest pays it at the property."""

    name: str
    amount: Money
    included: bool


class CancellationStep(msgspec.Struct, frozen=True, gc=False):
    """From this instant on (aware UTC) cancelling costs *fee*, until the next step."""

    starts_at: datetime
    fee: Money


class CancellationPolicy(msgspec.Struct, frozen=True, gc=False):
    """Steps in time order. Before the first step cancelling is free, unless not refundable.

    Fees are the supplier's, in the currency of the net price.
    """

    steps: tuple[CancellationStep, ...] = ()

    def __post_init__(self) -> None:
        starts = [s.starts_at for s in self.steps]
        if any(s.tzinfo is None for s in starts) or starts != sorted(starts):
            raise ValueError("cancellation steps are aware instants in time order")

    def fee_at(self, instant: datetime, currency: str) -> Money:
        """The supplier's fee for cancelling at *instant*."""
        due = zero(currency)
        for step in self.steps:
            if step.starts_at <= instant:
                due = step.fee
        return due

    @property
    def free_until(self) -> datetime | None:
        """The instant from which cancelling costs money; None: it never does."""
        return next((s.starts_at for s in self.steps if s.fee.minor > 0), None)


class Price(msgspec.Struct, frozen=True, gc=False):
    """net: what the agency owes the supplier. sell: what its customer pays; one currency.

    commission: what the supplier pays the agency, where it works so (else zero).
    minimum_sell: the supplier forbids selling under it; None when it does not care.
    taxes: included ones are inside net and sell, the others come on top at the property.
    """

    net: Money
    sell: Money
    commission: Money
    minimum_sell: Money | None = None
    taxes: tuple[Tax, ...] = ()

    def __post_init__(self) -> None:
        parts = (self.net, self.sell, self.commission, self.minimum_sell)
        if len({part.currency for part in parts if part is not None}) != 1:
            raise ValueError("net, sell, commission and minimum_sell are of one currency")


class SoldOut(msgspec.Struct, frozen=True, tag="sold_out"):
    """The supplier no longer sells it. A returned value, not an error."""

    reason: str = ""


class PriceChanged(msgspec.Struct, frozen=True, tag="price_changed"):
    """The supplier would sell it, at another net price. Nothing was booked."""

    net: Money | None = None


class OfferExpired(msgspec.Struct, frozen=True, tag="offer_expired"):
    """The supplier has forgotten the offer; search again."""
