"""An umrah agreement about a booking of the fake hotel supplier. All names are invented."""

from __future__ import annotations

from typing import Any

import msgspec

from core.application.agreements.draft_agreement import (
    NewAgreement,
    NewMuwakkil,
    NewSigner,
    NewWakil,
    draft_agreement,
)
from core.application.tenants.add_tenant import NewEntity, add_entity
from core.domain.agreements.agreement import Agreement
from core.domain.agreements.akad.terms import Line
from core.domain.agreements.akad.wakalah import NAME
from core.domain.bookings.booking import Booking
from tests.application.test_booking import OFFER
from tests.fakes.hub import World
from tests.unit.domain.given_akad import idr, some_figures

AGENCY = NewEntity("PT Contoh Wisata", "ID", "IDR", licence="U.000 Tahun 2025")
SITI = NewSigner("Siti", "Contoh", "siti@example.test", "+6280000000001", "SI0001")
AHMAD = NewSigner("Ahmad", "Contoh", "ahmad@example.test", vendor_id="AH0002")


async def a_wish(world: World, **other: Any) -> NewAgreement:
    """About a booked hotel, by the fake vendor; every figure agrees."""
    booking = await world.book(OFFER)
    return await wish_for(world, booking, **other)


async def wish_for(world: World, booking: Booking, **other: Any) -> NewAgreement:
    agency = await add_entity(world.hub, world.asking, AGENCY)
    line = Line("Hotel Makkah", idr(4_000_000), booking.id, booking.offer.price.sell)
    figures = some_figures()
    figures = msgspec.structs.replace(figures, lines=(*figures.lines, line), ujrah=idr(500_000))
    wish = NewAgreement(
        template=NAME,
        entity=agency.id,
        muwakkil=NewMuwakkil(SITI, "0000000000000000", "Jalan Melati 7, Depok"),
        wakil=NewWakil(AHMAD, "Direktur", "Jalan Contoh 1, Jakarta"),
        figures=figures,
        bookings=(booking.id,),
        connection=world.sign.id,
    )
    return msgspec.structs.replace(wish, **other)


async def a_draft(world: World, **other: Any) -> Agreement:
    return await draft_agreement(world.hub, world.asking, await a_wish(world, **other))
