"""Each case: what is asked of the adapter, and the messages that then go over the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from core.domain.channels.channel_reservation import ChannelReservation, Contact, Revision
from core.domain.money import Money
from core.domain.stock.ari import (
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PROPERTY = "0b36fb50-6b29-5f5c-8f0e-5a6c8d1e2f30"
TWIN, FAMILY = "1c47fc61-7c3a-4a6d-9f1f-6b7d9e2f3a41", "1c47fc61-7c3a-4a6d-9f1f-6b7d9e2f3a42"
BAR, FAMILY_BAR = "2d58fd72-8d4b-4b7e-af2a-7c8eaf3a4b52", "2d58fd72-8d4b-4b7e-af2a-7c8eaf3a4b53"
REVISION = "3e69fe83-9e5c-4c8f-bf3b-8d9fba4b5c63"
FIRST, LAST = date(2027, 2, 1), date(2027, 2, 7)
WEEK = Span(FIRST, LAST)
WEEKEND = Span(FIRST, LAST, (4, 5))


@dataclasses.dataclass(frozen=True)
class Case:
    """exchanges: fixture folders in the order of the wire; the last holds expected.json."""

    exchanges: tuple[str, ...]
    ask: Callable[[Any], Awaitable[Any]]


def sar(amount: str) -> Money:
    return Money.of(amount, "SAR")


def room(amount: str, span: Span = WEEK) -> RateLine:
    return RateLine(TWIN, BAR, span, Prices(((2, sar(amount)),)))


def family() -> RateLine:
    """Two occupancies told, a third and a fourth adult by what each costs more."""
    prices = Prices(((1, sar("400")), (2, sar("420.50"))), sar("80"), sar("40"))
    return RateLine(FAMILY, FAMILY_BAR, WEEK, prices)


BOUND = RestrictionLine(
    TWIN, BAR, WEEKEND, Restrictions(closed_to_arrival=True, min_stay_through=3, max_stay=14)
)
LIFTED = RestrictionLine(TWIN, BAR, Span(FIRST, FIRST), Restrictions())
ROOMS = [
    AvailabilityLine(TWIN, WEEK, 7),
    AvailabilityLine(FAMILY, WEEKEND, 0),
]
KEPT = ChannelReservation(
    message=REVISION,
    reference="b",
    order=1,
    revision=Revision.NEW,
    property_code=PROPERTY,
    rooms=(),
    holder=Contact("", ""),
)


async def reservations(channel: Any) -> Any:
    """What was pulled, read; and that no card is in what is kept."""
    pulled = await channel.pull([PROPERTY])
    assert not any(b"411111" in one.raw or b"guarantee" in one.raw for one in pulled)
    return [msgspec.to_builtins(channel.parse(one.raw)) for one in pulled]


CASES = {
    "availability": Case(("availability/taken",), lambda c: c.push(PROPERTY, ROOMS)),
    "availability, one line refused": Case(
        ("availability/one-refused",), lambda c: c.push(PROPERTY, ROOMS)
    ),
    "availability, too many calls": Case(
        ("availability/too-many",), lambda c: c.push(PROPERTY, ROOMS)
    ),
    "availability, another's property": Case(
        ("availability/forbidden",), lambda c: c.push(PROPERTY, ROOMS)
    ),
    "availability, a property that is none": Case(
        ("availability/no-property",), lambda c: c.push(PROPERTY, ROOMS)
    ),
    "rates and restrictions": Case(
        ("rate_plans/two", "restrictions/taken"),
        lambda c: c.push(PROPERTY, [room("333.33"), room("400", WEEKEND), family(), BOUND, LIFTED]),
    ),
    "restrictions, some refused": Case(
        ("restrictions/some-refused",), lambda c: c.push(PROPERTY, [BOUND, LIFTED])
    ),
    "catalogue": Case(
        ("property/one", "room_types/two", "rate_plans/of-both"), lambda c: c.catalogue(PROPERTY)
    ),
    "catalogue of what is none": Case(("property/none",), lambda c: c.catalogue(PROPERTY)),
    "shown": Case(
        (
            "rate_plans/for-reading",
            "availability_held/two-days",
            "restrictions_held/two-days",
            "plan_options/with-parents",
        ),
        lambda c: c.shown(PROPERTY, FIRST, date(2027, 2, 2)),
    ),
    "reservations": Case(("feed/three",), reservations),
    "no reservations": Case(("feed/none",), reservations),
    "acknowledged": Case(("ack/done",), lambda c: c.acknowledge(KEPT, ours="res_1")),
    "acknowledged, unknown": Case(("ack/unknown",), lambda c: c.acknowledge(KEPT, ours="res_1")),
    "probe": Case(("properties/two",), lambda c: c.probe()),
    "probe, wrong key": Case(("properties/wrong-key",), lambda c: c.probe()),
}
