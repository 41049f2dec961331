"""A channel's mapping as it is typed: our codes, the channel's codes, an = between the two.

What is named is changed, all else stays; whether the whole can be is the hub's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from core.application.channels.channel_parts import ChannelParts
from core.domain.channels.channel import ChannelMapping, IgnoredPlan, PlanMapping, RoomMapping
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from entrypoints.cli.trouble import Trouble

_ID = re.compile(r"[a-z]{3}_[0-9a-z]+")
_replace = msgspec.structs.replace


class Ours:
    """Room types and rate plans of a property, by code or id."""

    def __init__(self, parts: ChannelParts) -> None:
        self._rooms = _by_both(parts.room_types)
        self._plans = _by_both(parts.plans)
        self._codes = {room.id: room.code for room in parts.room_types}
        self._codes |= {plan.id: plan.code for plan in parts.plans}

    def room(self, named: str) -> str:
        """Its id. Trouble: there is none."""
        return _found(self._rooms, named, "room type", self.rooms)

    def plan(self, named: str) -> str:
        return _found(self._plans, named, "rate plan", self.plans)

    def both(self, named: str) -> tuple[str, str]:
        """DBL/BAR, as ids."""
        room, slash, plan = named.partition("/")
        if not slash:
            raise Trouble(
                f"--plan {named} does not name both of ours.",
                "Say room type and rate plan, as --plan DBL/BAR=…",
                code=2,
            )
        return self.room(room.strip()), self.plan(plan.strip())

    def code(self, id: str) -> str:
        """Ours, or what it was given where it is none of ours."""
        return self._codes.get(id, id)

    @property
    def rooms(self) -> list[str]:
        return [self._codes[id] for id in dict.fromkeys(self._rooms.values())]

    @property
    def plans(self) -> list[str]:
        return [self._codes[id] for id in dict.fromkeys(self._plans.values())]

    def said(self, text: str) -> str:
        """*text* with codes in place of ids."""
        return _ID.sub(lambda found: self.code(found[0]), text)


def mapped(
    before: ChannelMapping, ours: Ours, rooms: Iterable[str], plans: Iterable[str]
) -> ChannelMapping:
    """rooms: DBL=theirs; one that moves to another room of theirs loses its plans. plans:
    DBL/BAR=theirs, of which several may be one of ours. What is mapped is ignored no more."""
    after = before
    said: dict[str, str] = {}
    for text in rooms:
        room, code = _pair(text, "--room", "DBL")
        if said.setdefault(ours.room(room), code) != code:
            raise Trouble(f"--room {room} is named twice.", "One room of theirs each.", code=2)
        after = _room(after, ours.room(room), code)
    for text in plans:
        both, code = _pair(text, "--plan", "DBL/BAR")
        after = _plan(after, *ours.both(both), code)
    return after


def unmapped(
    before: ChannelMapping, ours: Ours, rooms: Iterable[str], plans: Iterable[str]
) -> ChannelMapping:
    """rooms: DBL, with its plans. plans: DBL/BAR, or of several of theirs one: DBL/BAR=theirs."""
    gone = {ours.room(named) for named in rooms}
    split = [named.partition("=") for named in plans]
    apart = {(*ours.both(both.strip()), code.strip()) for both, _, code in split}
    return _replace(
        before,
        rooms=tuple(room for room in before.rooms if room.room_type not in gone),
        plans=tuple(
            plan
            for plan in before.plans
            if plan.room_type not in gone
            and not {(plan.room_type, plan.rate_plan, code) for code in ("", plan.code)} & apart
        ),
    )


def ignored(
    before: ChannelMapping, ours: Ours, rooms: Iterable[str], plans: Iterable[str]
) -> ChannelMapping:
    """rooms: codes of theirs. plans: theirs/theirs. Trouble: it is mapped."""
    sold, after = before.room_types(), before
    for code in rooms:
        if code in sold:
            room = ours.code(sold[code])
            raise Trouble(f"{code} is mapped to {room}.", f"Unmap it first: --room {room}")
        after = _replace(after, ignored=tuple(dict.fromkeys((*after.ignored, code))))
    for text in plans:
        plan = _theirs(text, before)
        both = before.rate_plans().get((plan.room, plan.code))
        if both is not None:
            named = "/".join(map(ours.code, both))
            raise Trouble(f"{text} is mapped to {named}.", f"Unmap it first: --plan {named}")
        after = _replace(after, ignored_plans=tuple(dict.fromkeys((*after.ignored_plans, plan))))
    return after


def heeded(before: ChannelMapping, rooms: Iterable[str], plans: Iterable[str]) -> ChannelMapping:
    """The opposite of `ignored`."""
    codes, theirs = set(rooms), {_theirs(text, before) for text in plans}
    return _replace(
        before,
        ignored=tuple(code for code in before.ignored if code not in codes),
        ignored_plans=tuple(plan for plan in before.ignored_plans if plan not in theirs),
    )


def _room(before: ChannelMapping, room_type: str, code: str) -> ChannelMapping:
    kept = before.plans
    if before.room_codes().get(room_type, code) != code:
        kept = tuple(plan for plan in kept if plan.room_type != room_type)
    others = (room for room in before.rooms if room.room_type != room_type)
    return _replace(
        before,
        rooms=(*others, RoomMapping(room_type, code)),
        plans=kept,
        ignored=tuple(one for one in before.ignored if one != code),
    )


def _plan(before: ChannelMapping, room_type: str, rate_plan: str, code: str) -> ChannelMapping:
    others = (p for p in before.plans if (p.room_type, p.code) != (room_type, code))
    room = before.room_codes().get(room_type, "")
    return _replace(
        before,
        plans=(*others, PlanMapping(room_type, rate_plan, code)),
        ignored_plans=tuple(p for p in before.ignored_plans if (p.room, p.code) != (room, code)),
    )


def _theirs(text: str, mapping: ChannelMapping) -> IgnoredPlan:
    """ROOM/PLAN of theirs; a room code may hold a slash, where a room of it is mapped."""
    for code in mapping.room_types():
        if text.startswith(f"{code}/"):
            return IgnoredPlan(code, text.removeprefix(f"{code}/"))
    room, slash, plan = text.partition("/")
    if not (slash and room and plan):
        ways = "Say the channel's room and plan, as --plan ROOM/PLAN; catalogue lists them."
        raise Trouble(f"--plan {text} does not name both.", ways, code=2)
    return IgnoredPlan(room, plan)


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not (equals and ours.strip() and theirs.strip()):
        raise Trouble(
            f"{option} {text} does not say what is which.",
            f"Ours, then the channel's code: {option} {example}=CODE",
            code=2,
        )
    return ours.strip(), theirs.strip()


def _found(known: dict[str, str], named: str, kind: str, codes: Sequence[str]) -> str:
    if named not in known:
        raise Trouble(
            f"There is no {kind} {named}.", f"There are: {', '.join(codes) or 'none yet'}"
        )
    return known[named]


def _by_both(all_: Sequence[RoomType] | Sequence[RatePlan]) -> dict[str, str]:
    return {named: one.id for one in all_ for named in (one.code, one.id)}
