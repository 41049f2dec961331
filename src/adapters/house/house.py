"""A property as it stands for one stay: what is free, what it costs, and in which rooms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec

from core.domain.bookings import hotel
from core.domain.bookings.hotel import HotelOffer
from core.domain.bookings.terms import Price, Tax
from core.domain.money import Money, zero
from core.domain.stay import Occupancy, Stay
from core.domain.stock.cell import InventoryCell
from core.domain.stock.moves import Rooms, nights
from core.domain.stock.property import Property
from core.domain.stock.rate_cell import Barred, RateCell, barred, grid
from core.domain.stock.rate_plan import RatePlan, policy
from core.domain.stock.room_type import RoomType
from core.domain.stock.stay_price import stay_price
from ports.stock import StockView

Placed = tuple[RoomType, ...]


class House(msgspec.Struct, frozen=True):
    """free: rooms of a type on the fullest night of the stay. rates: by plan and room type."""

    property: Property
    stay: Stay
    types: Mapping[str, RoomType]
    plans: Mapping[str, RatePlan]
    free: Mapping[str, int]
    rates: Mapping[tuple[str, str], Mapping[date, RateCell]]


async def read_house(view: StockView, house: Property, stay: Stay) -> House:
    types = [room for room in await view.room_types(house.id) if room.active]
    plans = await view.rate_plans(house.id)
    last = nights(stay)[-1]
    cells = await view.cells(house.id, stay.check_in, last)
    rates: dict[tuple[str, str], dict[date, RateCell]] = {}
    for cell in grid(plans, await view.rates(house.id, stay.check_in, stay.check_out)):
        rates.setdefault((cell.plan, cell.room_type), {})[cell.night] = cell
    return House(
        property=house,
        stay=stay,
        types={room.id: room for room in types},
        plans={plan.id: plan for plan in plans if plan.active},
        free=_free(cells, stay),
        rates=rates,
    )


def _free(cells: Sequence[InventoryCell], stay: Stay) -> dict[str, int]:
    by_type: dict[str, list[int]] = {}
    for cell in cells:
        by_type.setdefault(cell.room_type, []).append(cell.free)
    return {room: min(free) for room, free in by_type.items() if len(free) == stay.nights}


def placings(house: House, plan: RatePlan, party: Sequence[Occupancy]) -> Iterator[Placed]:
    """In which rooms *party* could sleep: all in one type, for each type that takes them; where
    none does, each in the type that is cheapest for them."""
    on_sale = [room for room in house.types.values() if plan.sells(room.id)]
    alike = False
    for room in on_sale:
        if house.free.get(room.id, 0) >= len(party) and all(map(room.sleeps, party)):
            alike = True
            yield (room,) * len(party)
    if not alike and len(party) > 1 and (mixed := _mixed(house, plan, on_sale, party)):
        yield mixed


def _mixed(
    house: House, plan: RatePlan, on_sale: Sequence[RoomType], party: Sequence[Occupancy]
) -> Placed | None:
    left, placed = dict(house.free), []
    for occupancy in party:
        fitting = [
            (price, room.id)
            for room in on_sale
            if left.get(room.id, 0) > 0
            and (price := _alone(house, plan, room, occupancy)) is not None
        ]
        if not fitting:
            return None
        _, chosen = min(fitting)
        left[chosen] -= 1
        placed.append(house.types[chosen])
    return tuple(placed)


def _alone(house: House, plan: RatePlan, room: RoomType, occupancy: Occupancy) -> int | None:
    rates = house.rates.get((plan.id, room.id), {})
    if not room.sleeps(occupancy) or any(
        night not in rates or rates[night].prices is None for night in nights(house.stay)
    ):
        return None
    found = stay_price(rates, house.stay, (occupancy,), plan, house.property)
    return None if found is None else found.total.minor


class Bill(msgspec.Struct, frozen=True):
    by_night: tuple[Money, ...]
    taxes: tuple[Tax, ...]

    @property
    def total(self) -> Money:
        return Money(sum(p.minor for p in self.by_night), self.by_night[0].currency)


def bill(
    house: House, plan: RatePlan, placed: Placed, party: Sequence[Occupancy], today: date
) -> Bill | Barred | None:
    """What *party* pays in the rooms where it is placed. Barred: a restriction is in the way.
    None: it is not sold for so many people."""
    parts = []
    for room in dict.fromkeys(placed):
        rates = house.rates.get((plan.id, room.id), {})
        stopped = barred(rates, house.stay, today)
        if stopped is not None:
            return stopped
        mine = tuple(o for o, where in zip(party, placed, strict=True) if where is room)
        part = stay_price(rates, house.stay, mine, plan, house.property)
        if part is None:
            return None
        parts.append(part)
    by_night = tuple(
        Money(sum(part.by_night[n].minor for part in parts), plan.currency)
        for n in range(house.stay.nights)
    )
    return Bill(by_night, _summed([tax for part in parts for tax in part.taxes]))


def _summed(taxes: Sequence[Tax]) -> tuple[Tax, ...]:
    sums: dict[tuple[str, bool], Tax] = {}
    for tax in taxes:
        before = sums.get((tax.name, tax.included))
        amount = tax.amount if before is None else before.amount + tax.amount
        sums[tax.name, tax.included] = Tax(tax.name, amount, tax.included)
    return tuple(sums.values())


def offer(
    house: House,
    plan: RatePlan,
    placed: Placed,
    party: Sequence[Occupancy],
    due: Bill,
    *,
    connection: str,
    nationality: str,
    now: datetime,
) -> HotelOffer:
    """As it is sold now; its source names room type and plan, one for each room."""
    home = house.property
    return HotelOffer(
        connection=connection,
        hotel=hotel.Hotel(
            home.code, home.name, home.timezone, home.latitude, home.longitude, home.category
        ),
        stay=house.stay,
        rooms=tuple(
            hotel.Room(room.code, room.name, occupancy)
            for room, occupancy in zip(placed, party, strict=True)
        ),
        rate_plan=hotel.RatePlan(plan.code, plan.name),
        board=plan.board,
        board_name=plan.board.replace("_", " ").capitalize(),
        price=Price(due.total, due.total, zero(plan.currency), taxes=due.taxes),
        cancellation=policy(plan, home, house.stay, due.by_night, now),
        collect=plan.collect,
        nationality=nationality,
        source=tuple(f"{room.id} {plan.id}" for room in placed),
    )


def rooms_of(source: Sequence[str], stay: Stay) -> tuple[Rooms, ...]:
    """The rooms an offer of ours takes of the stock. ValueError: it is none of ours."""
    counts: dict[str, int] = {}
    for one in source:
        room, _, _ = one.partition(" ")
        counts[room] = counts.get(room, 0) + 1
    return tuple(Rooms(room, stay, count) for room, count in counts.items())
