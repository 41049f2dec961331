"""What each channel should show of a property beside what it showed, night by night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from core.application.channels.channel_parts import ChannelParts, channel_parts
from core.application.hub import Asking, Hub
from core.domain.channels.channel import Channel
from core.domain.channels.lane import LaneKey, LaneKind
from core.domain.channels.parity import Breach, differences
from core.domain.channels.showing import rates_wanted
from core.domain.money import Money
from core.domain.problem import Fault, Invalid, NotFound
from core.domain.stock.ari import Prices
from core.domain.stock.rate_cell import grid
from core.domain.tenancy import Permission
from ports.channels import BreachFilter
from ports.store import Page, View

NIGHTS_MAX = 90


class ParityNight(msgspec.Struct, frozen=True):
    """expected: what it should show; None: not on sale. shown: what it showed when it was read
    back; None: it was not read back, or showed none. off: beyond the channel's tolerance."""

    channel: Channel
    room_type: str
    rate_plan: str
    night: date
    adults: int
    expected: Money | None
    shown: Money | None
    off: bool


async def read_parity(
    hub: Hub, asking: Asking, property: str, first: date, last: date
) -> Sequence[ParityNight]:
    """Of all channels of *property*, by channel, room type, plan, night and adults; both ends
    included. Invalid: more than 90 nights, or none."""
    asking.need(Permission.CHANNELS_READ)
    if not 0 <= (last - first).days < NIGHTS_MAX:
        raise Invalid(Fault("/last", f"must be 0 to {NIGHTS_MAX - 1} days after first"))
    async with hub.store.read(asking.scope) as view:
        if await view.property(property) is None:
            raise NotFound("property", property)
        channels = await view.channels_of(property=property)
        parts = [await channel_parts(hub, view, channel.id) for channel in channels]
        return [n for one in parts for n in await _nights(hub, view, one, first, last)]


async def list_breaches(
    hub: Hub, asking: Asking, page: Page, where: BreachFilter
) -> Sequence[Breach]:
    asking.need(Permission.CHANNELS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.breaches(page, where)


async def _nights(
    hub: Hub, view: View, parts: ChannelParts, first: date, last: date
) -> list[ParityNight]:
    today = parts.house.today(hub.clock.now())
    rates = grid(parts.plans, await view.rates(parts.house.id, first, last))
    wanted = {}
    for plan in parts.plans:
        of_plan = [cell for cell in rates if cell.plan == plan.id]
        wanted.update(rates_wanted(parts.channel, plan, parts.house, of_plan, today))
    shown = {
        LaneKey(LaneKind.RATE, reading.room, reading.plan): {
            n.day: n.prices for n in reading.nights
        }
        for reading in await view.readings(parts.channel.id)
    }
    found = []
    for (room, code), (room_type, rate_plan) in sorted(parts.channel.mapping.rate_plans().items()):
        key = LaneKey(LaneKind.RATE, room, code)
        expected = {d: v for d, v in wanted.get(key, {}).items() if isinstance(v, Prices)}
        showed = shown.get(key, {})
        off = {(d.day, d.adults) for d in differences(expected, showed, parts.channel.tolerance)}
        for n in range((last - first).days + 1):
            night = first + timedelta(days=n)
            ours, theirs = _by(expected.get(night)), _by(showed.get(night))
            for adults in sorted(ours.keys() | theirs.keys()):
                found.append(
                    ParityNight(
                        channel=parts.channel,
                        room_type=room_type,
                        rate_plan=rate_plan,
                        night=night,
                        adults=adults,
                        expected=ours.get(adults),
                        shown=theirs.get(adults),
                        off=(night, adults) in off or (night, None) in off,
                    )
                )
    return found


def _by(prices: Prices | None) -> dict[int, Money]:
    return dict(prices.by_adults) if prices else {}
