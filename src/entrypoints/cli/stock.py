"""serai properties, inventory and rates: the agency's own rooms, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.stock.add_property import NewProperty, add_property, list_properties
from core.application.stock.add_room_type import (
    add_rate_plan,
    add_room_type,
    list_rate_plans,
    list_room_types,
)
from core.application.stock.set_inventory import InventoryUpdate, read_inventory, set_inventory
from core.application.stock.set_rates import RateUpdate, read_rates, set_rates
from core.domain.money import Money
from core.domain.stock.ari import Prices, Span
from core.domain.stock.cell import CellChange, InventoryCell
from core.domain.stock.property import Property
from core.domain.stock.rate_cell import RateCell, RateChange
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from entrypoints.cli.desk import Agency, Live, at_desk, only_entity
from entrypoints.cli.houses import House, house_named
from entrypoints.cli.screen import facts, say, show
from entrypoints.cli.trouble import Trouble
from ports.paging import Page

properties = typer.Typer(
    help="Properties of your own: houses, room types, plans.", no_args_is_help=True
)
inventory = typer.Typer(help="How many rooms there are, night by night.", no_args_is_help=True)
rates = typer.Typer(help="What they cost, night by night.", no_args_is_help=True)

Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]
First = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First night.")]
Last = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last night.")]
Weekdays = Annotated[
    str, typer.Option(help="ISO numbers, Monday 1 to Sunday 7 (45: Thursday, Friday); all if none.")
]


@properties.command("list")
def list_(live: Live = False, tenant: Agency = None) -> None:
    """Properties, newest first."""

    async def work(hub: Hub, asking: Asking) -> Sequence[Property]:
        return await list_properties(hub, asking, Page(limit=200))

    show(
        ("id", "code", "name", "time zone", "currency", "on sale"),
        (
            (h.id, h.code, h.name, h.timezone, h.currency, "yes" if h.active else "no")
            for h in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no properties.",
    )


@properties.command()
def add(
    code: Annotated[str, typer.Argument(help="Your own word for it.")],
    name: Annotated[str, typer.Option()],
    timezone: Annotated[str, typer.Option(help="IANA, as Asia/Riyadh.")],
    currency: Annotated[str, typer.Option(help="ISO 4217; of all its plans.")],
    country: Annotated[str, typer.Option(help="ISO 3166.")],
    latitude: Annotated[float | None, typer.Option(help="For searches by a circle.")] = None,
    longitude: Annotated[float | None, typer.Option()] = None,
    entity: Annotated[
        str | None,
        typer.Option(help="ent_…, the company whose it is; not needed while there is one."),
    ] = None,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Add a property; its rooms, plans and nights come next."""

    async def work(hub: Hub, asking: Asking) -> Property:
        owner = entity or await only_entity(hub, asking)
        new = NewProperty(owner, code, name, timezone, currency, country, latitude, longitude)
        return await add_property(hub, asking, new)

    say(at_desk(work, live=live, tenant=tenant, reason=reason).id, "bold")


@properties.command("show")
def show_(house: House, live: Live = False, tenant: Agency = None) -> None:
    """One property with its room types and rate plans."""

    async def work(
        hub: Hub, asking: Asking
    ) -> tuple[Property, Sequence[RoomType], Sequence[RatePlan]]:
        found = await house_named(hub, asking, house)
        rooms = await list_room_types(hub, asking, found.id)
        return found, rooms, await list_rate_plans(hub, asking, found.id)

    found, rooms, plans = at_desk(work, live=live, tenant=tenant)
    facts(
        (
            ("id", found.id),
            ("name", f"{found.name} ({found.code})"),
            ("time zone", found.timezone),
            ("currency", found.currency),
            ("taxes", ", ".join(tax.name for tax in found.taxes)),
        )
    )
    show(
        ("room type", "code", "name", "adults", "children"),
        ((r.id, r.code, r.name, r.max_adults, r.max_children) for r in rooms),
        empty="It has no room types.",
    )
    show(
        ("rate plan", "code", "name", "board", "prices"),
        ((p.id, p.code, p.name, p.board, "derived" if p.derived else "set") for p in plans),
        empty="It has no rate plans.",
    )


@properties.command("add-room-type")
def room_type(
    house: House,
    code: Annotated[str, typer.Argument(help="Your own word for it.")],
    name: Annotated[str, typer.Option()],
    max_adults: Annotated[int, typer.Option("--adults", help="At most: 1 to 9.")],
    max_children: Annotated[int, typer.Option("--children", help="At most, besides: 0 to 6.")] = 0,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Add a room type."""
    fields = {"code": code, "name": name, "max_adults": max_adults, "max_children": max_children}

    async def work(hub: Hub, asking: Asking) -> RoomType:
        return await add_room_type(hub, asking, (await house_named(hub, asking, house)).id, fields)

    say(at_desk(work, live=live, tenant=tenant, reason=reason).id, "bold")


@properties.command("add-rate-plan")
def rate_plan(
    house: House,
    code: Annotated[str, typer.Argument(help="Your own word for it.")],
    name: Annotated[str, typer.Option()],
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Add a plan whose prices are set night by night, in the property's currency. Derived plans,
    boards, discounts and cancellation rules: POST /v1/properties/{id}/rate-plans."""

    async def work(hub: Hub, asking: Asking) -> RatePlan:
        found = await house_named(hub, asking, house)
        fields = {"code": code, "name": name, "currency": found.currency}
        return await add_rate_plan(hub, asking, found.id, fields)

    say(at_desk(work, live=live, tenant=tenant, reason=reason).id, "bold")


@inventory.command("show")
def show_inventory(
    house: House, first: First, last: Last, live: Live = False, tenant: Agency = None
) -> None:
    """What is there, sold, held and free on each night."""

    async def work(hub: Hub, asking: Asking) -> Sequence[tuple[RoomType, Sequence[InventoryCell]]]:
        found = await house_named(hub, asking, house)
        return await read_inventory(hub, asking, found.id, first.date(), last.date())

    show(
        ("room type", "night", "rooms", "oversell", "sold", "held", "forced", "free", ""),
        (
            (
                room.code,
                f"{cell.night:%a %Y-%m-%d}",
                *(cell.capacity, cell.oversell, cell.sold, cell.held, cell.forced, cell.free),
                "stop-sell" if cell.stop_sell else "",
            )
            for room, cells in at_desk(work, live=live, tenant=tenant)
            for cell in cells
        ),
        empty="It has no room types.",
    )


@inventory.command("set")
def set_inventory_(
    house: House,
    room: Annotated[str, typer.Argument(help="Code of the room type, or rmt_…")],
    first: First,
    last: Last,
    weekdays: Weekdays = "",
    capacity: Annotated[
        int | None, typer.Option("--rooms", min=0, help="How many there are.")
    ] = None,
    oversell: Annotated[int | None, typer.Option(min=0, help="How many more may be sold.")] = None,
    stop_sell: Annotated[bool | None, typer.Option("--stop-sell/--open")] = None,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Set rooms over a range of nights; what is not named stays as it is."""
    span = _span(first, last, weekdays)
    change = CellChange(capacity, oversell, stop_sell)
    if change == CellChange():
        ways = "Give --rooms, --oversell, --stop-sell or --open."
        raise Trouble("Nothing is named to set.", ways, code=2)

    async def work(hub: Hub, asking: Asking) -> int:
        found = await house_named(hub, asking, house)
        type_ = _named(room, await list_room_types(hub, asking, found.id), "room type")
        return await set_inventory(hub, asking, found.id, [InventoryUpdate(type_, span, change)])

    say(f"{at_desk(work, live=live, tenant=tenant, reason=reason):,} nights changed.")


@rates.command("show")
def show_rates(
    house: House, first: First, last: Last, live: Live = False, tenant: Agency = None
) -> None:
    """Prices and restrictions as they are sold, derived plans included."""

    async def work(hub: Hub, asking: Asking) -> tuple[dict[str, str], Sequence[RateCell]]:
        found = await house_named(hub, asking, house)
        known: list[RoomType | RatePlan] = [
            *await list_room_types(hub, asking, found.id),
            *await list_rate_plans(hub, asking, found.id),
        ]
        cells = await read_rates(hub, asking, found.id, first.date(), last.date())
        return {one.id: one.code for one in known}, cells

    codes, cells = at_desk(work, live=live, tenant=tenant)
    show(
        ("room type", "plan", "night", "prices", "restrictions"),
        (
            (
                codes[cell.room_type],
                codes[cell.plan],
                f"{cell.night:%a %Y-%m-%d}",
                ", ".join(_prices(cell)),
                ", ".join(_restrictions(cell)),
            )
            for cell in cells
        ),
        empty="Nothing is set for these nights.",
    )


@rates.command("set")
def set_rates_(
    house: House,
    room: Annotated[str, typer.Argument(help="Code of the room type, or rmt_…")],
    plan: Annotated[str, typer.Argument(help="Code of the rate plan, or rpl_…")],
    first: First,
    last: Last,
    weekdays: Weekdays = "",
    prices: Annotated[
        list[str] | None,
        typer.Option(
            "--price", help="Adults and price, as 2=420.00; repeat it for every number of adults."
        ),
    ] = None,
    extra_adult: Annotated[str | None, typer.Option(help="Each adult more, as 90.00.")] = None,
    extra_child: Annotated[str | None, typer.Option(help="Each child, as 45.00.")] = None,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Set prices over a range of nights. They are replaced whole: a number of adults that is not
    given has no price of its own any more, and extras that are not given are not taken.
    Restrictions: PATCH /v1/rates."""
    span = _span(first, last, weekdays)
    if not prices:
        raise Trouble("No price is named to set.", "Give each: --price 1=390.00", code=2)

    async def work(hub: Hub, asking: Asking) -> int:
        found = await house_named(hub, asking, house)
        type_ = _named(room, await list_room_types(hub, asking, found.id), "room type")
        plans = await list_rate_plans(hub, asking, found.id)
        plan_ = _named(plan, plans, "rate plan")
        currency = next(p.currency for p in plans if p.id == plan_)
        read = _read(prices, extra_adult, extra_child, currency)
        update = RateUpdate(type_, plan_, span, RateChange(prices=read))
        return await set_rates(hub, asking, found.id, [update])

    say(f"{at_desk(work, live=live, tenant=tenant, reason=reason):,} nights changed.")


def _named(named: str, known: Sequence[RoomType] | Sequence[RatePlan], kind: str) -> str:
    for one in known:
        if named in (one.id, one.code):
            return one.id
    codes = ", ".join(one.code for one in known) or "none yet"
    raise Trouble(f"There is no {kind} {named}.", f"There are: {codes}")


def _span(first: datetime, last: datetime, weekdays: str) -> Span:
    days = sorted(set(weekdays))
    if not set(days) <= set("1234567"):
        raise Trouble(f"{weekdays} are no weekdays.", "Monday is 1 and Sunday 7, as --weekdays 45.")
    begins, ends = first.date(), last.date()
    if ends < begins:
        raise Trouble("The last night is before the first.", _example(begins))
    return Span(begins, ends, tuple(map(int, days)))


def _example(begins: date) -> str:
    return f"For one night say --from {begins} --to {begins}."


def _read(
    texts: Sequence[str], extra_adult: str | None, extra_child: str | None, currency: str
) -> Prices:
    by_adults: dict[int, Money] = {}
    for text in texts:
        adults, price = _priced(text, currency)
        if adults in by_adults:
            raise Trouble(f"--price names {adults} adults twice.", "Give each number once.")
        by_adults[adults] = price
    extras = (("--extra-adult", extra_adult), ("--extra-child", extra_child))
    adult, child = (None if t is None else _money(f"{n} {t}", t, currency) for n, t in extras)
    return Prices(tuple(sorted(by_adults.items())), adult, child)


def _priced(text: str, currency: str) -> tuple[int, Money]:
    adults, equals, amount = text.partition("=")
    if not equals:
        raise Trouble(f"--price {text} does not say for how many adults.", f"As --price 2={text}")
    if not (adults.strip().isascii() and adults.strip().isdigit() and int(adults) > 0):
        raise Trouble(f"--price {text}: {adults!r} is no number of adults.", "As --price 2=420.00")
    return int(adults), _money(f"--price {text}", amount.strip(), currency)


def _money(said: str, amount: str, currency: str) -> Money:
    try:
        price = Money.of(amount, currency)
    except ValueError:
        raise Trouble(
            f"{said}: {amount!r} is no amount of {currency}.", "Write digits and a point: 420.00"
        ) from None
    if price.minor < 0:
        raise Trouble(f"{said}: a price is not negative.")
    return price


def _prices(cell: RateCell) -> Iterator[str]:
    if cell.prices is None:
        yield "none"
        return
    for adults, price in cell.prices.by_adults:
        yield f"{adults}: {price}"
    if cell.prices.extra_adult is not None:
        yield f"adult +{cell.prices.extra_adult.decimal():,}"
    if cell.prices.extra_child is not None:
        yield f"child +{cell.prices.extra_child.decimal():,}"


def _restrictions(cell: RateCell) -> Iterator[str]:
    for name in (*cell.restrictions.__struct_fields__, "min_advance", "max_advance"):
        value = getattr(cell.restrictions, name, None)
        if name in ("min_advance", "max_advance"):
            value = getattr(cell, name)
        if value is True:
            yield name.replace("_", " ")
        elif value is not None and value is not False:
            yield f"{name.replace('_', ' ')} {value}"
