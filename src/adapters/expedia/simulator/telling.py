"""Answers: products, what is loaded, bookings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from adapters._kit.xml import Element
from adapters.expedia.simulator.bookings import Booking, Told
from adapters.expedia.simulator.hotels import BY_DAY, Hotel, Plan
from adapters.expedia.simulator.stock import Bounds, Stock, stretch
from adapters.expedia.simulator.xml import add, answer, told

MOST_DAYS = 31
CARD, CVV = "4111111111111111", "737"


def products(hotel: Hotel) -> Element:
    root = answer("parr")
    listed = add(root, "ProductList")
    add(listed, "Hotel", id=hotel.id, name=hotel.name, city=hotel.city)
    for room in hotel.rooms:
        element = add(
            listed,
            "RoomType",
            id=room.id,
            code=room.name,
            name=room.name,
            status="Active",
            maxOccupants=str(room.adults),
        )
        add(
            element,
            "OccupancyByAge",
            ageCategory="Adult",
            minAge="18",
            maxOccupants=str(room.adults),
        )
        for plan in room.plans:
            if plan.active:
                add(element, "RatePlan", **_plan(plan))
    return root


def loaded(hotel: Hotel, stock: Stock, first: date, last: date) -> Element:
    """Of a longer stretch only the first month, and nothing says so."""
    root = answer("parr")
    listed = add(root, "AvailRateList")
    add(listed, "Hotel", id=hotel.id)
    for day in stretch(first, last)[:MOST_DAYS]:
        element = add(listed, "AvailRate", date=str(day))
        for room in hotel.rooms:
            free = str(stock.rooms(room.id, day))
            one = add(element, "RoomType", id=room.id, closed=told((room.id, day) in stock.closed))
            add(
                one,
                "Inventory",
                baseAllocation=str(room.base_allocation),
                flexibleAllocation=free,
                totalInventoryAvailable=free,
                totalInventorySold=str(stock.sold.get((room.id, day), 0)),
            )
            for plan in room.plans:
                if not plan.parent and plan.active:
                    _loaded_plan(one, plan, hotel, stock, day)
    return root


def bookings(found: Sequence[Booking], *, repeat: bool = False) -> Element:
    root = answer("br")
    listed = add(root, "Bookings")
    for one in found:
        for _ in range(2 if repeat else 1):
            _booking(listed, one, one.current)
    return root


def _plan(plan: Plan) -> dict[str, str]:
    attributes = {
        "id": plan.id,
        "code": "RoomOnly",
        "name": plan.name,
        "status": "Active",
        "type": "Standalone",
        "distributionModel": "HotelCollect" if plan.hotel_collect else "ExpediaCollect",
        "rateAcquisitionType": "Derived" if plan.parent else "SellRate",
        "pricingModel": plan.pricing,
    }
    if plan.parent:
        attributes["parentId"] = plan.parent
    if plan.pricing == BY_DAY:
        attributes["occupantsForBaseRate"] = str(plan.base)
    return attributes


def _loaded_plan(room: Element, plan: Plan, hotel: Hotel, stock: Stock, day: date) -> None:
    bounds = stock.bounds.get((plan.id, day), Bounds())
    element = add(room, "RatePlan", id=plan.id, closed=told(bounds.closed))
    rates = stock.rates.get((plan.id, day))
    if rates:
        rate = add(element, "Rate", currency=hotel.currency)
        for occupancy, price in sorted(rates.items()):
            if plan.pricing == BY_DAY:
                add(rate, "PerDay", rate=f"{price:.2f}")
            else:
                add(rate, "PerOccupancy", rate=f"{price:.2f}", occupancy=str(occupancy))
    add(
        element,
        "Restrictions",
        minLOS=str(bounds.min_los),
        maxLOS=str(bounds.max_los),
        closedToArrival=told(bounds.closed_to_arrival),
        closedToDeparture=told(bounds.closed_to_departure),
    )


def _booking(listed: Element, one: Booking, now: Told) -> None:
    hotel_collect = now.wish.plan.endswith("A")
    element = add(
        listed,
        "Booking",
        id=one.id,
        type=now.type,
        createDateTime=now.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        source="A-Expedia" if hotel_collect else "Expedia",
        status=now.state,
    )
    numbers = [state.confirmation for state in one.states if state.confirmation]
    if numbers:
        element.set("confirmNumber", numbers[-1])
    add(element, "Hotel", id=one.hotel.id)
    _stay(element, one, now)
    guest, wish = add(element, "PrimaryGuest"), now.wish
    add(guest, "Name", givenName=wish.name, surname=wish.surname)
    if now.type == "Cancel":
        return
    add(guest, "Phone", countryCode="62", cityAreaCode="811", number="000000")
    add(guest, "Email", wish.email)
    add(element, "SpecialRequest", "Non-Smoking", code="2.1")
    if wish.remarks:
        add(element, "SpecialRequest", wish.remarks, code="4")


def _stay(element: Element, one: Booking, now: Told) -> None:
    """A cancellation names neither room nor plan, and no amounts."""
    wish, cancelled = now.wish, now.type == "Cancel"
    stay = add(
        element,
        "RoomStay",
        roomTypeID="0" if cancelled else wish.room,
        ratePlanID="0" if cancelled else wish.plan,
    )
    add(stay, "StayDate", arrival=str(wish.check_in), departure=str(wish.check_out))
    guests = add(stay, "GuestCount", adult=str(wish.adults))
    if wish.ages:
        guests.set("child", str(len(wish.ages)))
        for age in wish.ages:
            add(guests, "Child", age=str(age))
    prices = [Decimal(0)] * len(wish.nights)
    if not cancelled:
        prices = [Decimal(n) for n in wish.by_night] or [Decimal(100)] * len(wish.nights)
    rates = add(stay, "PerDayRates")
    total = add(stay, "Total", amountAfterTaxes=f"{sum(prices):.2f}", amountOfTaxes="0.00")
    for night, price in zip(wish.nights, prices, strict=True):
        add(rates, "PerDayRate", stayDate=str(night), baseRate=f"{price:.2f}")
    if cancelled:
        return
    rates.set("currency", one.hotel.currency)
    total.set("currency", one.hotel.currency)
    card = add(
        stay,
        "PaymentCard",
        cardCode="VI",
        cardNumber=CARD,
        seriesCode=CVV,
        expireDate="1030",
    )
    add(card, "CardHolder", name=f"{wish.name} {wish.surname}", country="ID")
