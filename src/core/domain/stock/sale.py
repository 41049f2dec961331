"""Rooms of our own sold to a booking: what a supplier's ledger would hold of it."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.bookings.hotel import HotelOffer
from core.domain.money import Money
from core.domain.stock.moves import Rooms


class SaleState(enum.StrEnum):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Sale(msgspec.Struct, frozen=True):
    """reference: the booking's vendor reference, unique within its connection.

    offer: as it is sold, with its net price and cancellation policy. holder: a person id.
    fee: what cancelling cost.
    """

    id: str
    connection: str
    property: str
    reference: str
    rooms: tuple[Rooms, ...]
    offer: HotelOffer
    holder: str
    created_at: datetime
    updated_at: datetime
    state: SaleState = SaleState.CONFIRMED
    fee: Money | None = None
