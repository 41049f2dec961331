"""ARI messages read back into lines, in the order of the message.

What a message tells in several statuses (stop sell, arrival, departure) comes back as one line,
as `writing` took it apart: statuses of one stretch of days follow each other, and a bound that
none of them tells is lifted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from adapters._kit.ota.dialects import ADULT, Counts, Dialect, End
from adapters._kit.ota.reading import child, day, money, named, needed, tag
from adapters._kit.ota.writing import WEEKDAYS
from adapters._kit.xml import Element
from core.domain.stock.ari import (
    EVERY_DAY,
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)

_CONTROL = tag("StatusApplicationControl")
_RESTRICTION = tag("RestrictionStatus")
_LENGTHS = tag("LengthsOfStay")
_RATES = tag("Rates")
_EXTRAS = tag("AdditionalGuestAmounts")
_BASES = tag("BaseByGuestAmts")
_ONE_DAY = timedelta(days=1)


class Told(NamedTuple):
    """property_code: whose lines they are."""

    property_code: str
    lines: list[AriLine]


# Which stretch of days a status is of: start, end, room, plan, weekdays. Plain, being made often.
_Cell = tuple[str, str, str, str, tuple[int, ...]]
_Bound = tuple[str, int | bool | None]
_RESTRICTIONS = {"Arrival": "closed_to_arrival", "Departure": "closed_to_departure"}


def read_availability(root: Element, dialect: Dialect) -> Told:
    """An OTA_HotelAvailNotifRQ. Unreadable: another message. ValueError: it does not fit."""
    messages = _container(named(root, "OTA_HotelAvailNotifRQ"), "AvailStatusMessages")
    return Told(needed(messages, "HotelCode"), list(_statuses(messages, dialect)))


def read_counts(root: Element, dialect: Dialect) -> Told:
    """An OTA_HotelInvCountNotifRQ."""
    inventories = _container(named(root, "OTA_HotelInvCountNotifRQ"), "Inventories")
    lines: list[AriLine] = []
    after = dialect.end is End.DAY_AFTER
    for inventory in inventories.iterchildren(tag("Inventory")):
        cell = _cell(child(inventory, "StatusApplicationControl"), dialect.weekdays)
        count = child(inventory, "InvCounts", "InvCount")
        if count is None:
            raise ValueError("no InvCount")
        lines.append(
            AvailabilityLine(
                cell[2], _spanned(cell[0], cell[1], cell[4], after), int(needed(count, "Count"))
            )
        )
    return Told(needed(inventories, "HotelCode"), lines)


def read_rates(root: Element, dialect: Dialect) -> Told:
    """An OTA_HotelRateAmountNotifRQ; whether taxes are in is the connection's to know."""
    messages = _container(named(root, "OTA_HotelRateAmountNotifRQ"), "RateAmountMessages")
    lines: list[AriLine] = []
    after = dialect.end is End.DAY_AFTER
    for message in messages:
        control = prices = None
        for part in message:
            name = part.tag
            if name == _CONTROL:
                control = part
            elif name == _RATES and len(part) > 0:
                prices = _prices(part[0])
        if prices is None:
            raise ValueError("no Rate")
        cell = _cell(control, dialect.weekdays)
        lines.append(RateLine(cell[2], cell[3], _spanned(cell[0], cell[1], cell[4], after), prices))
    return Told(needed(messages, "HotelCode"), lines)


def read_ari(root: Element, dialect: Dialect) -> Told:
    """Whichever of the three it is."""
    if root.tag == tag("OTA_HotelRateAmountNotifRQ"):
        return read_rates(root, dialect)
    if dialect.counts is Counts.INV_COUNT and root.tag == tag("OTA_HotelInvCountNotifRQ"):
        return read_counts(root, dialect)
    return read_availability(root, dialect)


def _container(root: Element, name: str) -> Element:
    found = child(root, name)
    if found is None:
        raise ValueError(f"no {name}")
    return found


def _statuses(messages: Element, dialect: Dialect) -> Iterator[AriLine]:
    bounds: dict[str, int | bool | None] = {}
    of: _Cell | None = None
    after, weekdays = dialect.end is End.DAY_AFTER, dialect.weekdays
    for message in messages:
        cell = None
        for part in message:
            name = part.tag
            if name == _CONTROL:
                cell = _cell(part, weekdays)
                if bounds and cell != of:
                    yield _restricted(of, bounds, after)
                    bounds = {}
                of = cell
                continue
            if name == _RESTRICTION:
                told = _RESTRICTIONS.get(part.get("Restriction"), "stop_sell")
                said: Iterable[_Bound] = ((told, part.get("Status") == "Close"),)
            elif name == _LENGTHS:
                said = _lengths(part, dialect)
            else:
                continue
            for bound, value in said:
                if bound in bounds:  # told again: the next line of the same days begins
                    yield _restricted(of, bounds, after)
                    bounds = {}
                bounds[bound] = value
        if cell is None:
            raise ValueError("no StatusApplicationControl")
        limit = message.get("BookingLimit")
        if limit is not None:
            yield AvailabilityLine(cell[2], _spanned(cell[0], cell[1], cell[4], after), int(limit))
    if bounds:
        yield _restricted(of, bounds, after)


def _lengths(lengths: Element, dialect: Dialect) -> list[_Bound]:
    found: list[_Bound] = []
    for length in lengths:
        name, nights = length.get("MinMaxMessageType"), int(length.get("Time") or "")
        if name == dialect.max_stay:
            found.append(("max_stay", nights if nights < dialect.no_max_stay else None))
        elif name == dialect.min_stay:
            found.append(("min_stay_arrival", nights if nights > 1 else None))
        elif name is not None and name == dialect.min_stay_through:
            found.append(("min_stay_through", nights if nights > 1 else None))
        else:
            raise ValueError("a length of stay that this partner does not know")
    return found


def _restricted(
    cell: _Cell | None, bounds: dict[str, int | bool | None], after: bool
) -> RestrictionLine:
    assert cell is not None
    restrictions = Restrictions(**bounds)  # type: ignore[arg-type]
    return RestrictionLine(
        cell[2], cell[3], _spanned(cell[0], cell[1], cell[4], after), restrictions
    )


def _cell(control: Element, by_weekday: bool) -> _Cell:
    if control is None:
        raise ValueError("no StatusApplicationControl")
    get = control.get
    start, end, room = get("Start"), get("End"), get("InvTypeCode")
    if not start or not end or not room:
        raise ValueError("a status without @Start, @End or @InvTypeCode")
    weekdays = EVERY_DAY
    if by_weekday:
        weekdays = tuple(n for n, name in enumerate(WEEKDAYS, 1) if get(name) in ("true", "1"))
        if len(weekdays) == len(WEEKDAYS):
            weekdays = EVERY_DAY
    return start, end, room, get("RatePlanCode") or "", weekdays


@lru_cache(maxsize=4096)  # the same days are told of many rooms
def _spanned(start: str, end: str, weekdays: tuple[int, ...], day_after: bool) -> Span:
    last = day(end) - _ONE_DAY if day_after else day(end)
    return Span(day(start), last, weekdays)


_Amount = tuple[str | None, str, str]


def _prices(rate: Element) -> Prices:
    base: list[_Amount] = []
    extra: list[_Amount] = []
    for part in rate:
        name = part.tag
        if name == _BASES:
            for one in part:
                get = one.get
                if get("AgeQualifyingCode") in (None, ADULT):
                    value = get("AmountAfterTax") or get("AmountBeforeTax")
                    base.append((get("NumberOfGuests"), value or "", get("CurrencyCode") or ""))
        elif name == _EXTRAS:
            for one in part:
                get = one.get
                value = get("Amount")
                extra.append((get("AgeQualifyingCode"), value or "", get("CurrencyCode") or ""))
    return _priced(tuple(base), tuple(extra))


@lru_cache(maxsize=4096)  # one price is told of many stretches of days
def _priced(base: tuple[_Amount, ...], extra: tuple[_Amount, ...]) -> Prices:
    by_adults = [(int(guests or 1), money(value, currency)) for guests, value, currency in base]
    more = {code: money(value, currency) for code, value, currency in extra}
    adult = more.pop(ADULT, None)
    by_adults.sort(key=lambda priced: priced[0])
    return Prices(tuple(by_adults), adult, next(iter(more.values()), None))
