"""Whether a channel shows what it should: breaches opened, pushed again, closed or escalated."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

import msgspec

from core.domain.channels.channel import Tolerance
from core.domain.money import Money
from core.domain.stock.ari import Prices

ESCALATED_AFTER = 3  # checks that found the same room and plan off, though it was pushed again


class BreachState(enum.StrEnum):
    REPUSHED = "repushed"  # told the channel again; the next check will see
    ESCALATED = "escalated"  # telling it again does not help: a person must look
    CLOSED = "closed"


class BreachDay(msgspec.Struct, frozen=True):
    """adults: for whom; None where the channel shows no price at all, and *shown* is None too."""

    day: date
    expected: Money
    shown: Money | None
    adults: int | None = None


class Breach(msgspec.Struct, frozen=True):
    """One room and plan of a channel, by the channel's codes, while it is off.

    days: what was off at the last check, the widest of each day. checks: how many found it so.
    """

    id: str
    channel: str
    room: str
    plan: str
    state: BreachState
    opened_at: datetime
    checked_at: datetime
    days: tuple[BreachDay, ...]
    checks: int = 1
    closed_at: datetime | None = None


class ShownNight(msgspec.Struct, frozen=True, array_like=True):
    """prices None: the channel shows none."""

    day: date
    prices: Prices | None


class Reading(msgspec.Struct, frozen=True):
    """What one room and plan of a channel showed when it was last read back, by its codes."""

    id: str
    channel: str
    room: str
    plan: str
    read_at: datetime
    nights: tuple[ShownNight, ...]


def within(expected: Money, shown: Money, tolerance: Tolerance) -> bool:
    """Near enough: within the percentage or within the amount. Another currency never is."""
    if expected.currency != shown.currency:
        return False
    off = abs(expected.minor - shown.minor)
    return off <= tolerance.minor or off * Decimal(100) <= tolerance.percent * expected.minor


def differences(
    expected: Mapping[date, Prices], shown: Mapping[date, Prices | None], tolerance: Tolerance
) -> Iterator[BreachDay]:
    """The days that are off, rising. Only days and occupancies that both tell are compared; a
    channel that shows no price where it should is off."""
    for day in sorted(expected.keys() & shown.keys()):
        wants, has = dict(expected[day].by_adults), shown[day]
        if has is None:
            yield BreachDay(day, next(iter(wants.values())), None)
            continue
        off = [
            BreachDay(day, wants[adults], price, adults)
            for adults, price in has.by_adults
            if adults in wants and not within(wants[adults], price, tolerance)
        ]
        if off:
            yield max(off, key=_width)


def judged(
    before: Breach | None, off: tuple[BreachDay, ...], opened: Breach, now: datetime
) -> tuple[Breach | None, str]:
    """The breach after a check, and the event that tells it ("" for none).

    opened: what it would be if it began now. None: there was none and is none.
    """
    if before is None or before.state is BreachState.CLOSED:
        return (opened, "parity.breached") if off else (None, "")
    if not off:
        closed = msgspec.structs.replace(
            before, state=BreachState.CLOSED, days=(), checked_at=now, closed_at=now
        )
        return closed, "parity.restored"
    checks = before.checks + 1
    state = BreachState.ESCALATED if checks >= ESCALATED_AFTER else BreachState.REPUSHED
    after = msgspec.structs.replace(before, state=state, checks=checks, days=off, checked_at=now)
    escalates = state is BreachState.ESCALATED and before.state is not state
    return after, "parity.breached" if escalates else ""


def _width(day: BreachDay) -> int:
    return abs(day.expected.minor - day.shown.minor) if day.shown else day.expected.minor
