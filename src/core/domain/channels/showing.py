"""What a channel should show of our stock and rates: the one place where it is reckoned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from core.domain.channels.channel import Channel, ChannelPricing, SafetyBuffer, TaxDisplay
from core.domain.channels.lane import LaneKey, LaneKind, Value
from core.domain.markup import marked_up
from core.domain.money import Money
from core.domain.stock.ari import Prices, Restrictions
from core.domain.stock.cell import InventoryCell
from core.domain.stock.property import Property
from core.domain.stock.rate_cell import RateCell
from core.domain.stock.rate_plan import RatePlan, Rounding

CLOSED = Restrictions(stop_sell=True)
_WHOLE = Rounding()


def free_at(cell: InventoryCell, buffer: SafetyBuffer, today: date) -> int:
    """Rooms a channel may sell that night: what is free less what is held back from it."""
    return max(0, cell.free - buffer.at((cell.night - today).days))


def prices_at(
    prices: Prices, pricing: ChannelPricing, plan: RatePlan, house: Property
) -> Prices | None:
    """*prices* as the channel shows them: marked up, rounded up to its step, then tax. None: of
    one of them nothing would be left without its taxes."""
    charged = [rule for rule in house.taxes if not rule.at_property]
    percent = sum((rule.percent for rule in charged if rule.percent), Decimal(0))
    fixed = sum(rule.amount.minor for rule in charged if rule.amount)

    def shown(price: Money, fixed: int = 0) -> Money:
        marked = marked_up(price, pricing.markup)
        if pricing.tax is TaxDisplay.INCLUDED and not plan.taxes_included:
            return _WHOLE.of(marked.minor * (1 + percent / 100) + fixed, price.currency)
        if pricing.tax is TaxDisplay.EXCLUDED and plan.taxes_included:
            return _WHOLE.of((marked.minor - fixed) / (1 + percent / 100), price.currency)
        return marked

    by_adults = tuple((adults, shown(price, fixed)) for adults, price in prices.by_adults)
    of_ours = zip(by_adults, prices.by_adults, strict=True)
    if any(price.minor == 0 < ours.minor for (_, price), (_, ours) in of_ours):
        return None
    return Prices(
        by_adults,
        None if prices.extra_adult is None else shown(prices.extra_adult),
        None if prices.extra_child is None else shown(prices.extra_child),
    )


def restrictions_at(cell: RateCell, today: date) -> Restrictions:
    """Channels know no advance purchase: out of its bounds no stay may begin that night."""
    lead = (cell.night - today).days
    early = cell.max_advance is not None and lead > cell.max_advance
    late = cell.min_advance is not None and lead < cell.min_advance
    if early or late:
        return msgspec.structs.replace(cell.restrictions, closed_to_arrival=True)
    return cell.restrictions


def availability_wanted(
    channel: Channel, cells: Iterable[InventoryCell], today: date
) -> dict[LaneKey, dict[date, Value]]:
    """By the channel's codes; what is mapped to nothing there is left out."""
    codes = channel.mapping.room_codes()
    wanted: dict[LaneKey, dict[date, Value]] = {}
    for cell in cells:
        code = codes.get(cell.room_type)
        if code is not None:
            key = LaneKey(LaneKind.AVAILABILITY, code)
            wanted.setdefault(key, {})[cell.night] = free_at(cell, channel.buffer, today)
    return wanted


def rates_wanted(
    channel: Channel, plan: RatePlan, house: Property, cells: Iterable[RateCell], today: date
) -> dict[LaneKey, dict[date, Value]]:
    """Rates and restrictions of one plan, by the channel's codes. cells: as they are sold, of any
    room types. A night without a price is closed, and so is one of whose price nothing would be
    left there: `beyond_tax` tells which."""
    codes = _codes(channel)
    shown: dict[Prices, Prices | None] = {}  # a season has few prices, and each is reckoned once
    wanted: dict[LaneKey, dict[date, Value]] = {}
    for cell in cells:
        if cell.prices is not None and cell.prices not in shown:
            shown[cell.prices] = prices_at(cell.prices, channel.pricing, plan, house)
        price = None if cell.prices is None else shown[cell.prices]
        for code in codes.get((cell.room_type, plan.id), ()):
            rules = wanted.setdefault(LaneKey(LaneKind.RESTRICTION, *code), {})
            rules[cell.night] = CLOSED if price is None else restrictions_at(cell, today)
            if price is not None:
                wanted.setdefault(LaneKey(LaneKind.RATE, *code), {})[cell.night] = price
    return wanted


def beyond_tax(
    channel: Channel, plan: RatePlan, house: Property, cells: Iterable[RateCell]
) -> dict[LaneKey, dict[date, Value]]:
    """Our prices that a channel cannot be told without their taxes, which are more than they
    are: by its codes, as `rates_wanted`."""
    if channel.pricing.tax is not TaxDisplay.EXCLUDED or not plan.taxes_included:
        return {}
    codes, found = _codes(channel), dict[LaneKey, dict[date, Value]]()
    for cell in cells:
        mapped = codes.get((cell.room_type, plan.id))
        if mapped and cell.prices and not prices_at(cell.prices, channel.pricing, plan, house):
            for code in mapped:
                found.setdefault(LaneKey(LaneKind.RATE, *code), {})[cell.night] = cell.prices
    return found


def _codes(channel: Channel) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Our room type and plan → the channel's: one plan of ours may be several of theirs."""
    codes: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for theirs, ours in channel.mapping.rate_plans().items():
        codes.setdefault(ours, []).append(theirs)
    return codes


def closed_where_unmapped(
    channel: Channel, told: Mapping[LaneKey, Iterable[date]], first: date
) -> dict[LaneKey, dict[date, Value]]:
    """No room of what the channel was once told and is mapped to nothing now: it would go on
    selling what we no longer count. told: the days, also those of which it is not known how the
    channel has them."""
    rooms = channel.mapping.room_types()
    return {
        key: dict.fromkeys((day for day in days if day >= first), 0)
        for key, days in told.items()
        if key.kind is LaneKind.AVAILABILITY and key.room not in rooms
    }
