"""Bookings, payments and their parts, as small as they can be. All names are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import settings

from core.domain.bookings.booking import Booking, BookingState, SupplierBooking, SupplierState
from core.domain.bookings.hotel import Board, Collect, Hotel, HotelOffer, RatePlan, Room
from core.domain.bookings.terms import CancellationPolicy, CancellationStep, Price
from core.domain.money import Money
from core.domain.payments.payment import Payment, Refund
from core.domain.person import Guest, PersonKind
from core.domain.stay import Occupancy, Stay
from core.domain.submission import Submission, send

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SAR = "SAR"
modest = settings(max_examples=40, database=None)


def sar(minor: int) -> Money:
    return Money(minor, SAR)


def a_price(net: int = 100_000, sell: int | None = None, **other: Any) -> Price:
    return Price(net=sar(net), sell=sar(net if sell is None else sell), commission=sar(0), **other)


def a_policy(*steps: tuple[timedelta, int]) -> CancellationPolicy:
    """Steps as (time from NOW, fee)."""
    return CancellationPolicy(tuple(CancellationStep(NOW + t, sar(fee)) for t, fee in steps))


def an_offer(**other: Any) -> HotelOffer:
    offer = HotelOffer(
        connection="con_1",
        hotel=Hotel("604113", "Ajyad Courtyard Makkah", "Asia/Riyadh"),
        stay=Stay(date(2027, 1, 14), date(2027, 1, 19)),
        rooms=(Room("DBL", "Double", Occupancy(2, (7,))),),
        rate_plan=RatePlan("STD", "Standard"),
        board=Board.BREAKFAST,
        board_name="Breakfast",
        price=a_price(),
        cancellation=CancellationPolicy(),
        collect=Collect.PREPAID,
        nationality="ID",
        source=("rate-1",),
    )
    return msgspec.structs.replace(offer, **other)


def a_submission(now: datetime = NOW, **other: Any) -> Submission:
    return msgspec.structs.replace(send(now, 60), **other)


def a_booking(state: BookingState = BookingState.SUBMITTING, **other: Any) -> Booking:
    booking = Booking(
        id="bkg_1",
        entity="ent_1",
        connection="con_1",
        quote="qte_1",
        offer=an_offer(),
        holder="per_1",
        guests=(Guest("per_2", 0, PersonKind.ADULT),),
        vendor_reference="S2345678",
        reference="UMR-1",
        created_at=NOW,
        updated_at=NOW,
        state=state,
        submission=a_submission(),
    )
    return msgspec.structs.replace(booking, **other)


def an_answer(state: SupplierState = SupplierState.CONFIRMED, **other: Any) -> SupplierBooking:
    answer = SupplierBooking("102-774", "S2345678", state)
    return msgspec.structs.replace(answer, **other)


def a_payment(**other: Any) -> Payment:
    payment = Payment(
        id="pay_1",
        booking="bkg_1",
        entity="ent_1",
        connection="con_2",
        amount=sar(100_000),
        description="Ajyad Courtyard Makkah",
        created_at=NOW,
        updated_at=NOW,
        submission=a_submission(),
    )
    return msgspec.structs.replace(payment, **other)


def a_refund(**other: Any) -> Refund:
    refund = Refund(
        id="rfd_1",
        payment="pay_1",
        booking="bkg_1",
        amount=sar(50_000),
        reason="",
        created_at=NOW,
        updated_at=NOW,
        submission=a_submission(),
    )
    return msgspec.structs.replace(refund, **other)
