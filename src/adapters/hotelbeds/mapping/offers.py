"""Rates → offers.

They answer with rates for one party each; an offer is for all rooms of the search. With one
party every rate is an offer. With several, the rates of one hotel are put together by board,
rate class and payer, the cheapest of each party: one offer per such plan. A rate key is never
read, only handed back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from adapters.hotelbeds.mapping.search import Group, groups
from adapters.hotelbeds.mapping.wire import AvailabilityRS, Hotel, Policy, Rate
from adapters.hotelbeds.mapping.wire import Room as WireRoom
from adapters.hotelbeds.mapping.zones import zone
from core.domain.bookings.hotel import Board, Collect, HotelOffer, HotelSearch, RatePlan, Room
from core.domain.bookings.hotel import Hotel as DomainHotel
from core.domain.bookings.terms import CancellationPolicy, CancellationStep, Price, Tax
from core.domain.money import Money

BOARDS = {
    "RO": Board.ROOM_ONLY,
    "SC": Board.ROOM_ONLY,
    "BB": Board.BREAKFAST,
    "AB": Board.BREAKFAST,
    "CB": Board.BREAKFAST,
    "DB": Board.BREAKFAST,
    "HB": Board.HALF_BOARD,
    "FB": Board.FULL_BOARD,
    "AI": Board.ALL_INCLUSIVE,
}
COLLECT = {"AT_WEB": Collect.PREPAID, "AT_HOTEL": Collect.HOTEL}
CLASSES = {"NOR": "Standard", "NRF": "Non-refundable"}
TAXES = {"TAX": "Tax", "FEE": "Fee", "TAXESANDFEES": "Taxes and fees"}

Pick = tuple[WireRoom, Rate]


def offers(
    answer: AvailabilityRS, search: HotelSearch, connection: str, now: datetime
) -> tuple[list[HotelOffer], int]:
    """What can be sold, and how many hotels could not be read."""
    found: list[HotelOffer] = []
    unreadable = 0
    for raw in answer.hotels.hotels if answer.hotels else ():
        try:
            hotel = msgspec.json.decode(raw, type=Hotel)
            found.extend(_of_hotel(hotel, search, connection, now))
        except (ValueError, ArithmeticError):
            unreadable += 1
    return found, unreadable


def _of_hotel(
    hotel: Hotel, search: HotelSearch, connection: str, now: datetime
) -> Iterable[HotelOffer]:
    parties = groups(search.rooms)
    sellable = [(room, rate) for room in hotel.rooms for rate in room.rates if _sellable(rate)]
    for picks in _combinations(sellable, parties):
        rates = [rate for _, rate in picks]
        first = rates[0]
        placed = _placed(parties, picks)
        yield HotelOffer(
            connection=connection,
            hotel=_hotel(hotel, rates),
            stay=search.stay,
            rooms=tuple(
                Room(room.code, room.name or room.code, search.rooms[place])
                for place, (room, _) in enumerate(placed)
            ),
            rate_plan=RatePlan(first.rate_class, _plan_name(first)),
            board=BOARDS.get(first.board_code, Board.OTHER),
            board_name=first.board_name or first.board_code,
            price=price(rates, hotel.currency),
            cancellation=cancellation(rates, hotel.currency, now),
            collect=COLLECT[first.payment_type],
            nationality=search.nationality,
            source=tuple(rate.rate_key for _, rate in placed),
            rate_comments=comments(rates),
            recheck=any(rate.rate_type != "BOOKABLE" for rate in rates),
        )


def _sellable(rate: Rate) -> bool:
    """Packaging rates may be sold only together with other travel, hidden in one price."""
    known = rate.rate_type in ("BOOKABLE", "RECHECK") and rate.payment_type in COLLECT
    return known and not rate.packaging and bool(rate.rate_key) and rate.net > 0


def _combinations(sellable: Sequence[Pick], parties: Sequence[Group]) -> Iterable[list[Pick]]:
    for_party = [[pick for pick in sellable if _fits(pick[1], party)] for party in parties]
    if len(parties) == 1:
        yield from ([pick] for pick in for_party[0])
        return
    plans = dict.fromkeys(_plan(rate) for _, rate in sellable)
    for plan in plans:
        alike = [[pick for pick in picks if _plan(pick[1]) == plan] for picks in for_party]
        if all(alike):
            yield [min(picks, key=lambda pick: pick[1].net) for picks in alike]


def _plan(rate: Rate) -> tuple[str, str, str]:
    return rate.board_code, rate.rate_class, rate.payment_type


def _fits(rate: Rate, party: Group) -> bool:
    ages = sorted(int(age) for age in re.findall(r"\d+", rate.children_ages))
    same = (rate.rooms, rate.adults, rate.children) == (
        len(party.places),
        party.occupancy.adults,
        len(party.occupancy.children),
    )
    return same and (not ages or ages == list(party.occupancy.children))


def _placed(parties: Sequence[Group], picks: Sequence[Pick]) -> list[Pick]:
    """One pick for each room, in the order of the search."""
    where = {
        place: pick for party, pick in zip(parties, picks, strict=True) for place in party.places
    }
    return [where[place] for place in sorted(where)]


def _hotel(hotel: Hotel, rates: Sequence[Rate]) -> DomainHotel:
    longitude = None if hotel.longitude is None else float(hotel.longitude)
    instants = (p.starts for rate in rates for p in rate.cancellation_policies)
    return DomainHotel(
        code=str(hotel.code),
        name=hotel.name,
        timezone=zone(hotel.destination_code, instants, longitude),
        latitude=None if hotel.latitude is None else float(hotel.latitude),
        longitude=longitude,
        category=hotel.category_name,
    )


def _plan_name(rate: Rate) -> str:
    named = ", ".join(p.name for p in rate.promotions if p.name)
    return named or CLASSES.get(rate.rate_class, rate.rate_class)


def price(rates: Sequence[Rate], currency: str) -> Price:
    """sell is net, except where the guest pays the hotel's own price at the desk.

    Where selling_rate binds (they say so, or a commission is inside it) it is the least
    we may sell for.
    """
    net = _sum((rate.net for rate in rates), currency)
    shown = _sum((rate.selling_rate or rate.net for rate in rates), currency)
    binding = any((r.hotel_mandatory or r.commission) and r.selling_rate for r in rates)
    at_desk = all(COLLECT[rate.payment_type] is Collect.HOTEL for rate in rates)
    return Price(
        net=net,
        sell=shown if at_desk else net,
        commission=_sum((rate.commission or Decimal(0) for rate in rates), currency),
        minimum_sell=shown if binding else None,
        taxes=taxes(rates, currency),
    )


def taxes(rates: Sequence[Rate], currency: str) -> tuple[Tax, ...]:
    """Alike ones are added up. A percentage alone is reckoned from net, to the minor unit."""
    found: dict[tuple[str, str, bool], Tax] = {}
    for rate in rates:
        for tax in rate.taxes.taxes if rate.taxes else ():
            if tax.amount is not None:
                amount = Money.of(tax.amount, tax.currency or currency)
            elif tax.percent is not None:
                amount = Money.rounded(rate.net * tax.percent / 100, currency)
            else:
                continue
            name = TAXES.get(tax.type, tax.type)
            alike = name, amount.currency, tax.included
            if alike in found:
                amount += found[alike].amount
            found[alike] = Tax(name, amount, tax.included)
    return tuple(found.values())


def cancellation(rates: Sequence[Rate], currency: str, now: datetime) -> CancellationPolicy:
    """One policy for all rooms: at each instant the fees of all rates together.

    A rate without steps is taken as not refundable from *now*: saying too much costs a sale,
    saying too little costs the stay.
    """
    steps = [_steps(rate, now) for rate in rates]
    return summed(steps, currency)


def _steps(rate: Rate, now: datetime) -> tuple[Policy, ...]:
    return rate.cancellation_policies or (Policy(rate.net, now),)


def summed(steps: Sequence[Sequence[Policy]], currency: str) -> CancellationPolicy:
    """Hotelbeds does not order its steps."""
    if len(steps) == 1:
        ordered = sorted(steps[0], key=lambda step: step.starts)
        return CancellationPolicy(
            tuple(
                CancellationStep(step.starts.astimezone(UTC), Money.of(step.amount, currency))
                for step in ordered
            )
        )
    instants = sorted({step.starts for of_rate in steps for step in of_rate})
    return CancellationPolicy(
        tuple(
            CancellationStep(
                instant.astimezone(UTC),
                _sum((_fee_at(of_rate, instant) for of_rate in steps), currency),
            )
            for instant in instants
        )
    )


def _fee_at(steps: Sequence[Policy], instant: datetime) -> Decimal:
    past = [step for step in steps if step.starts <= instant]
    return max(past, key=lambda step: step.starts).amount if past else Decimal(0)


def comments(rates: Sequence[Rate]) -> str:
    return "\n".join(dict.fromkeys(r.rate_comments.strip() for r in rates if r.rate_comments))


def _sum(amounts: Iterable[Decimal], currency: str) -> Money:
    return Money.of(sum(amounts, Decimal(0)), currency)
