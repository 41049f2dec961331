"""What is missing between our property and the channel's, named one by one."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from core.domain.channels.channel import ChannelMapping
from core.domain.stock.ari import ChannelCatalogue


class Hole(enum.StrEnum):
    """Why a push cannot go, or what is closed there. Each names a code or an id."""

    NOTHING_MAPPED = "nothing_mapped"
    NO_SUCH_ROOM_TYPE = "no_such_room_type"  # ours
    NO_SUCH_RATE_PLAN = "no_such_rate_plan"  # ours
    NO_SUCH_ROOM = "no_such_room"  # the channel's
    NO_SUCH_PLAN = "no_such_plan"  # the channel's, or not of that room
    ROOM_TWICE = "room_twice"  # two of ours are one of the channel's
    PLAN_TWICE = "plan_twice"
    ROOM_TYPE_TWICE = "room_type_twice"
    ROOM_UNMAPPED = "room_unmapped"  # the channel could sell what we do not count
    PLAN_UNMAPPED = "plan_unmapped"
    ROOM_WITHOUT_PLAN = "room_without_plan"
    PLAN_WITHOUT_ROOM = "plan_without_room"
    CURRENCY = "currency"
    ROOM_TYPE_RETIRED = "room_type_retired"  # ours, and no longer sold: it is closed there
    RATE_PLAN_RETIRED = "rate_plan_retired"  # or no longer for that room type


class Gap(msgspec.Struct, frozen=True):
    """room, plan: ids of ours or codes of the channel's, as *hole* says. means: for a person."""

    hole: Hole
    room: str = ""
    plan: str = ""
    means: str = ""


class Sellable(msgspec.Struct, frozen=True):
    """What a property of ours sells. room_types: id → its rate plans, by id.
    names: of all there are of both, sold or not. currencies: of each rate plan."""

    room_types: Mapping[str, frozenset[str]]
    names: Mapping[str, str]
    currencies: Mapping[str, str]


class Completeness(msgspec.Struct, frozen=True):
    """gaps: what keeps a push from going. closed: what is mapped and we sell no longer; it alone is
    closed there. unsold: room types and plans of ours (room type, plan or "") that this channel
    does not sell; that may be meant. mapped, of: rooms of the channel."""

    gaps: tuple[Gap, ...]
    closed: tuple[Gap, ...]
    unsold: tuple[tuple[str, str], ...]
    mapped: int
    of: int

    @property
    def complete(self) -> bool:
        return not self.gaps


_RETIRED = (Hole.ROOM_TYPE_RETIRED, Hole.RATE_PLAN_RETIRED)


def completeness(
    mapping: ChannelMapping, ours: Sellable, theirs: ChannelCatalogue | None
) -> Completeness:
    """theirs None: the channel cannot say what it sells; only our side is looked at."""
    gaps = [*_own_gaps(mapping, ours), *_doubles(mapping)]
    if theirs is not None:
        gaps += [*_their_gaps(mapping, ours, theirs), *_unmapped(mapping, theirs)]
    codes = set(mapping.room_types())
    rooms = {room.code for room in theirs.rooms} - set(mapping.ignored) if theirs else codes
    return Completeness(
        gaps=tuple(gap for gap in gaps if gap.hole not in _RETIRED),
        closed=tuple(gap for gap in gaps if gap.hole in _RETIRED),
        unsold=tuple(_unsold(mapping, ours)),
        mapped=len(codes & rooms),
        of=len(rooms),
    )


def _own_gaps(mapping: ChannelMapping, ours: Sellable) -> Iterator[Gap]:
    if not mapping.rooms:
        yield Gap(Hole.NOTHING_MAPPED, means="no room type is mapped yet")
    with_plan = {plan.room_type for plan in mapping.plans}
    for room in mapping.rooms:
        if room.room_type not in ours.room_types:
            yield _gone(ours, room.room_type)
        if room.room_type not in with_plan:
            name = ours.names.get(room.room_type, room.room_type)
            yield Gap(Hole.ROOM_WITHOUT_PLAN, room.room_type, means=f"no plan is mapped for {name}")
    codes = mapping.room_codes()
    for plan in mapping.plans:
        if plan.room_type not in codes:
            yield Gap(
                Hole.PLAN_WITHOUT_ROOM,
                plan.room_type,
                plan.rate_plan,
                "its room type is mapped to no room",
            )
        elif plan.rate_plan not in ours.room_types.get(plan.room_type, frozenset()):
            if plan.rate_plan not in ours.names:
                means = "the property has no such rate plan"
                yield Gap(Hole.NO_SUCH_RATE_PLAN, plan.room_type, plan.rate_plan, means)
            elif plan.room_type in ours.room_types:
                means = f"the room type is no longer sold under {ours.names[plan.rate_plan]}"
                yield Gap(Hole.RATE_PLAN_RETIRED, plan.room_type, plan.rate_plan, means)


def _gone(ours: Sellable, room_type: str) -> Gap:
    name = ours.names.get(room_type)
    if name is None:
        return Gap(Hole.NO_SUCH_ROOM_TYPE, room_type, means="the property has no such room type")
    return Gap(Hole.ROOM_TYPE_RETIRED, room_type, means=f"{name} is no longer sold")


def _doubles(mapping: ChannelMapping) -> Iterator[Gap]:
    for code, times in Counter(room.code for room in mapping.rooms).items():
        if times > 1:
            yield Gap(
                Hole.ROOM_TWICE, code, means="two room types would overwrite each other there"
            )
    for room_type, times in Counter(room.room_type for room in mapping.rooms).items():
        if times > 1:
            yield Gap(Hole.ROOM_TYPE_TWICE, room_type, means="one stock would be sold as two rooms")
    plans = Counter((plan.room_type, plan.code) for plan in mapping.plans)
    for (room_type, code), times in plans.items():
        if times > 1:
            yield Gap(
                Hole.PLAN_TWICE, room_type, code, "two plans would overwrite each other there"
            )


def _their_gaps(mapping: ChannelMapping, ours: Sellable, theirs: ChannelCatalogue) -> Iterator[Gap]:
    rooms = {room.code: {plan.code: plan for plan in room.plans} for room in theirs.rooms}
    for room in mapping.rooms:
        if room.code not in rooms:
            yield Gap(Hole.NO_SUCH_ROOM, room.code, means="the channel sells no such room")
    for (room_code, code), (_, rate_plan) in mapping.rate_plans().items():
        found = rooms.get(room_code, {}).get(code)
        currency = ours.currencies.get(rate_plan, "")
        if found is None and room_code in rooms:
            yield Gap(Hole.NO_SUCH_PLAN, room_code, code, "the channel's room has no such plan")
        elif found is not None and found.currency and currency not in ("", found.currency):
            means = f"the channel takes {found.currency}, the rate plan is kept in {currency}"
            yield Gap(Hole.CURRENCY, room_code, code, means)


def _unmapped(mapping: ChannelMapping, theirs: ChannelCatalogue) -> Iterator[Gap]:
    rooms = mapping.room_types()
    plans = {*mapping.rate_plans(), *((plan.room, plan.code) for plan in mapping.ignored_plans)}
    for room in theirs.rooms:
        if room.code in mapping.ignored:
            continue
        if room.code not in rooms:
            yield Gap(
                Hole.ROOM_UNMAPPED,
                room.code,
                means=f"the channel could sell {room.name or room.code}, which is mapped to nothing",
            )
            continue
        for plan in room.plans:
            if (room.code, plan.code) not in plans:
                means = f"{plan.name or plan.code} would keep the prices it has"
                yield Gap(Hole.PLAN_UNMAPPED, room.code, plan.code, means)


def _unsold(mapping: ChannelMapping, ours: Sellable) -> Iterable[tuple[str, str]]:
    rooms = set(mapping.room_codes())
    plans = {(plan.room_type, plan.rate_plan) for plan in mapping.plans}
    for room_type, sold in sorted(ours.room_types.items()):
        if room_type not in rooms:
            yield room_type, ""
            continue
        for plan in sorted(sold):
            if (room_type, plan) not in plans:
                yield room_type, plan
