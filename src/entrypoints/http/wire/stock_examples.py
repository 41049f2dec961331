"""Examples of the stock's requests, and of the answers one meets first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.domain.events.catalogue import CATALOGUE
from core.domain.events.catalogue.stock import HoldPayload
from core.domain.money import Money
from core.domain.stock.allotment import AllotmentState
from core.domain.stock.holding import HoldState
from core.domain.stock.property import Property, TaxRule
from core.domain.stock.rate_plan import CancellationRule, Derivation, LengthDiscount
from core.domain.stock.room_type import RoomType
from entrypoints.http.wire import grid, hold, property
from entrypoints.http.wire.values import Amount

_TOLD = CATALOGUE["hold.expired"].example
assert isinstance(_TOLD, HoldPayload)
_HOUSE, (_HELD,) = _TOLD.property, _TOLD.rooms
_ROOM, _PLAN = _HELD.room_type, "rpl_06f3m9e3j6m9p2s5v8xzabcdef"
_PARENT, _ENTITY = "rpl_06f3m9e4k7n1q4t7w9yzabcdef", "ent_06f3m8r1c5x9h2m6q0v4z8d3ky"
_AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
_FIRST, _LAST = date(2027, 1, 1), date(2027, 3, 31)
_TAXES = (
    TaxRule("VAT", Decimal(15)),
    TaxRule("Municipality fee", None, Money(1000, "SAR"), at_property=True),
)
_ROOMS = (hold.HeldRooms(_ROOM, _HELD.check_in, _HELD.check_out, _HELD.count),)
_PRICES = grid.NewPrices(
    by_adults=(
        grid.PriceForAdults(1, Amount(36000, "SAR")),
        grid.PriceForAdults(2, Amount(42000, "SAR")),
    ),
    extra_adult=Amount(9000, "SAR"),
    extra_child=Amount(4500, "SAR"),
)

STOCK: tuple[Any, ...] = (
    property.NewProperty(
        entity=_ENTITY,
        code="AJYAD",
        name="Ajyad Courtyard Makkah",
        timezone="Asia/Riyadh",
        currency="SAR",
        country="SA",
        latitude=21.4194,
        longitude=39.8262,
        category="4",
        taxes=_TAXES,
    ),
    property.PropertyChange(name="Ajyad Courtyard"),
    Property(
        id=_HOUSE,
        entity=_ENTITY,
        code="AJYAD",
        name="Ajyad Courtyard Makkah",
        timezone="Asia/Riyadh",
        currency="SAR",
        country="SA",
        created_at=_AT,
        taxes=_TAXES,
    ),
    property.NewRoomType(code="QUAD", name="Quadruple, Haram side", max_adults=4, max_children=2),
    property.RoomTypeChange(places=5),
    RoomType(_ROOM, _HOUSE, "QUAD", "Quadruple, Haram side", 4, 2),
    property.NewRatePlan(
        code="MEMBER",
        name="Members",
        currency="SAR",
        derived=Derivation(_PARENT, Decimal(-10)),
        length_discounts=(LengthDiscount(7, Decimal(5)),),
        cancellation=(
            CancellationRule(days_before=7, nights=1),
            CancellationRule(days_before=2, percent=Decimal(100)),
        ),
    ),
    property.RatePlanChange(name="Members and friends"),
    grid.SetInventory(
        property=_HOUSE,
        updates=(grid.NewInventory(room_type=_ROOM, first=_FIRST, last=_LAST, capacity=12),),
    ),
    grid.SetRates(
        property=_HOUSE,
        updates=(
            grid.NewRates(
                room_type=_ROOM,
                rate_plan=_PLAN,
                first=_FIRST,
                last=_LAST,
                weekdays=(4, 5),
                prices=_PRICES,
                min_stay_arrival=2,
            ),
        ),
    ),
    hold.NewHold(property=_HOUSE, rooms=_ROOMS, reference="GROUP-7"),
    hold.Hold(
        id=_TOLD.hold,
        property=_HOUSE,
        state=HoldState.HELD,
        reference="GROUP-7",
        rooms=_ROOMS,
        allotment=None,
        created_at=_AT,
        created_by="key_06f3m8q2b6w0z4d8h2m6q0v4ya",
        expires_at=_AT + timedelta(minutes=20),
        settled_at=None,
    ),
    hold.NewAllotment(
        property=_HOUSE,
        name="Ramadan group",
        room_type=_ROOM,
        check_in=_HELD.check_in,
        check_out=_HELD.check_in + timedelta(days=2),
        count=20,
        release_on=date(2026, 12, 24),
    ),
    hold.Allotment(
        id="alt_06f3m9f1h4k7n9r2t5w8yabcde",
        property=_HOUSE,
        name="Ramadan group",
        reference="",
        state=AllotmentState.OPEN,
        room_type=_ROOM,
        check_in=_HELD.check_in,
        check_out=_HELD.check_in + timedelta(days=2),
        count=20,
        release_on=date(2026, 12, 24),
        created_at=_AT,
        nights=(
            hold.AllotmentNight(_HELD.check_in, 4, 16),
            hold.AllotmentNight(_HELD.check_in + timedelta(days=1), 4, 16),
        ),
    ),
)
