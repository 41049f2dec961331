"""Quotes of any kind of offer."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.domain.bookings import offer as domain
from core.domain.money import Money
from entrypoints.http.wire.sale import Sale, sale

Token = Annotated[str, Meta(min_length=8, max_length=100_000)]


class NewQuote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """offer: the token of an offer that a search found."""

    offer: Token


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """An offer re-checked with its supplier; its price is the one that is booked.

    previous_sell: what the offer said, when the check changed it.
    """

    id: str
    entity: str
    sale: Sale
    quoted_at: datetime.datetime
    expires_at: datetime.datetime
    previous_sell: Money | None


def quote(of: domain.Quote, *, net: bool) -> Quote:
    return Quote(
        id=of.id,
        entity=of.entity,
        sale=sale(of.offer, net=net),
        quoted_at=of.quoted_at,
        expires_at=of.expires_at,
        previous_sell=of.previous_sell,
    )
