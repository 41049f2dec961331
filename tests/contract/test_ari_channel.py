"""What every channel that is told availability, rates and restrictions keeps."""

from __future__ import annotations

import itertools
import logging
import traceback
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from adapters import registry
from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)
from ports.errors import (
    Misconfigured,
    NotSupported,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)
from ports.manifest import Role
from tests.contract.channel_rig import Rig
from tests.contract.channel_rigs import CHANNELS
from tests.contract.hotel_rigs import told

pytestmark = pytest.mark.anyio
TODAY = datetime.now(UTC).date()
FIRST = TODAY + timedelta(days=30)
WEEK = Span(FIRST, FIRST + timedelta(days=6))
LATER = Span(FIRST + timedelta(days=10), FIRST + timedelta(days=11))
KINDS = (AvailabilityLine, RateLine, RestrictionLine)
UNREADABLE = ("truncated", "empty", "wrong_type", "malformed")


@pytest.fixture(params=CHANNELS)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with CHANNELS[request.param]() as opened:
        yield opened


@pytest.fixture(params=[name for name in CHANNELS if name != "memory"])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with CHANNELS[request.param]() as opened:
        yield opened


def some_prices(rig: Rig, amount: int = 1_250_000) -> Prices:
    """A price for two occupancies where it has two, with what an extra one costs."""
    by_adults = tuple((n, Money.of(amount + 1000 * n, rig.currency)) for n in rig.adults[:2])
    extras = Money.of(amount // 5, rig.currency) if rig.extras else None
    return Prices(by_adults, extras, extras)


def some_restrictions(rig: Rig, nights: int = 2) -> Restrictions:
    """Bounds of two nights and more: a shortest stay of one bounds nothing."""
    all_ = Restrictions(True, True, False, nights + 1, nights + 2, nights + 9)
    known = {name: getattr(all_, name) for name in rig.bounds}
    return Restrictions(**known)


def a_line(rig: Rig, kind: type, span: Span = WEEK, number: int = 3) -> AriLine:
    room, plan = rig.sells[0]
    if kind is AvailabilityLine:
        return AvailabilityLine(room, span, number)
    if kind is RateLine:
        return RateLine(room, plan, span, some_prices(rig, 1_000_000 + number * 1000))
    return RestrictionLine(room, plan, span, some_restrictions(rig, number))


def held(rig: Rig, line: AriLine, day: date) -> object:
    if isinstance(line, AvailabilityLine):
        return rig.free(line.room, day)
    if isinstance(line, RateLine):
        return rig.prices(line.room, line.plan, day)
    return rig.restrictions(line.room, line.plan, day)


def said(line: AriLine) -> object:
    if isinstance(line, AvailabilityLine):
        return line.free
    return line.prices if isinstance(line, RateLine) else line.restrictions


def days(span: Span) -> list[date]:
    count = (span.last - span.first).days + 1
    return [span.first + timedelta(days=n) for n in range(count)]


async def tell(rig: Rig, lines: Sequence[AriLine]) -> None:
    """All of it, as the pusher does; nothing may be refused."""
    for message in rig.channel.messages(lines):
        answer = await rig.channel.push(rig.property_code, message)
        assert answer.taken
        assert not answer.refused


# ---------------------------------------------------------------- what is told is held


@pytest.mark.parametrize("kind", KINDS)
async def test_a_line_is_held_on_every_day_of_its_span_and_no_other(rig: Rig, kind: type) -> None:
    line = a_line(rig, kind)
    if kind not in rig.kinds:
        with pytest.raises(NotSupported):
            await rig.channel.push(rig.property_code, [line])
        return
    await tell(rig, [line])
    assert [held(rig, line, day) for day in days(WEEK)] == [said(line)] * 7
    around = (WEEK.first - timedelta(days=1), WEEK.last + timedelta(days=1))
    assert said(line) not in [held(rig, line, day) for day in around]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_repeat_does_no_harm(rig: Rig, kind: type) -> None:
    if kind not in rig.kinds:
        return
    line = a_line(rig, kind)
    await tell(rig, [line])
    await tell(rig, [line])
    assert held(rig, line, FIRST) == said(line)


@pytest.mark.parametrize("kind", KINDS)
async def test_of_two_lines_for_a_day_the_later_holds(rig: Rig, kind: type) -> None:
    if kind not in rig.kinds:
        return
    wide, narrow = a_line(rig, kind), a_line(rig, kind, Span(FIRST, FIRST), number=5)
    await tell(rig, [wide, narrow])
    assert held(rig, narrow, FIRST) == said(narrow)
    assert held(rig, wide, WEEK.last) == said(wide)
    await tell(rig, [narrow, wide])
    assert held(rig, wide, FIRST) == said(wide)


async def test_none_free_is_told_too(rig: Rig) -> None:
    room, _ = rig.sells[0]
    await tell(rig, [AvailabilityLine(room, WEEK, 4)])
    await tell(rig, [AvailabilityLine(room, Span(FIRST, FIRST), 0)])
    assert [rig.free(room, FIRST), rig.free(room, WEEK.last)] == [0, 4]


async def test_a_restriction_that_is_not_said_again_is_lifted(rig: Rig) -> None:
    if RestrictionLine not in rig.kinds:
        return
    room, plan = rig.sells[0]
    await tell(rig, [a_line(rig, RestrictionLine)])
    await tell(rig, [RestrictionLine(room, plan, WEEK, Restrictions())])
    assert rig.restrictions(room, plan, FIRST) == Restrictions()


@pytest.mark.parametrize("bound", sorted(Restrictions.__struct_fields__))
async def test_a_bound_is_held_alone_or_refused_by_name(rig: Rig, bound: str) -> None:
    if RestrictionLine not in rig.kinds:
        return
    room, plan = rig.sells[0]
    value: int | bool = 3 if "stay" in bound else True
    only = Restrictions(**{bound: value})  # type: ignore[arg-type]
    answer = await rig.channel.push(rig.property_code, [RestrictionLine(room, plan, WEEK, only)])
    if bound in rig.bounds:
        assert not answer.refused
        assert rig.restrictions(room, plan, FIRST) == only
    else:
        assert [refused.line for refused in answer.refused] == [0]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_span_of_some_weekdays_leaves_the_others_alone(rig: Rig, kind: type) -> None:
    if kind not in rig.kinds:
        return
    weekend = msgspec.structs.replace(WEEK, weekdays=(5, 6))
    all_, some = a_line(rig, kind), a_line(rig, kind, weekend, number=5)
    if not rig.weekdays:
        with pytest.raises(NotSupported):
            await rig.channel.push(rig.property_code, [some])
        return
    await tell(rig, [all_, some])
    for day in days(WEEK):
        line = some if day.isoweekday() in (5, 6) else all_
        assert held(rig, line, day) == said(line)


async def test_rooms_and_plans_do_not_mix(rig: Rig) -> None:
    lines: list[AriLine] = []
    for number, (room, plan) in enumerate(rig.sells, 1):
        if RateLine in rig.kinds:
            lines.append(RateLine(room, plan, WEEK, some_prices(rig, 500_000 * number)))
        if RestrictionLine in rig.kinds:
            lines.append(RestrictionLine(room, plan, WEEK, some_restrictions(rig, number)))
    rooms = sorted({room for room, _ in rig.sells})
    lines += [AvailabilityLine(room, WEEK, 10 + n) for n, room in enumerate(rooms)]
    await tell(rig, lines)
    assert [held(rig, line, FIRST) for line in lines] == [said(line) for line in lines]


# ---------------------------------------------------------------- messages


def many_lines(rig: Rig, count: int) -> list[AriLine]:
    lines: list[AriLine] = []
    for n in range(count):
        day = FIRST + timedelta(days=n // len(rig.kinds))
        kinds = [kind for kind in KINDS if kind in rig.kinds]
        lines.append(a_line(rig, kinds[n % len(kinds)], Span(day, day), number=1 + n % 7))
    return lines


async def test_every_line_is_in_one_message_and_keeps_its_order(rig: Rig) -> None:
    lines = many_lines(rig, 300)
    messages = rig.channel.messages(lines)
    sent = [line for message in messages for line in message]
    assert len(sent) == len(lines)
    assert all(messages)
    for kind in KINDS:
        assert [line for line in sent if isinstance(line, kind)] == [
            line for line in lines if isinstance(line, kind)
        ]
    assert list(rig.channel.messages([])) == []


async def test_rooms_that_open_are_told_after_their_rates_and_rules(rig: Rig) -> None:
    """As the pusher orders them; those that close, before."""
    order = [
        AvailabilityLine(rig.sells[0][0], WEEK, 0),
        *(a_line(rig, kind) for kind in (RestrictionLine, RateLine) if kind in rig.kinds),
        *(a_line(rig, AvailabilityLine, Span(day, day)) for day in days(LATER)),
    ]
    lines = [line for line in order if type(line) in rig.kinds]
    assert [line for message in rig.channel.messages(lines) for line in message] == lines


async def test_more_than_a_message_holds_is_told_in_several(rig: Rig) -> None:
    lines = many_lines(rig, 600)
    assert len(rig.channel.messages(lines)) < len(lines) / 4
    await tell(rig, lines)
    assert [held(rig, line, line.span.first) for line in lines] == [said(line) for line in lines]


# ---------------------------------------------------------------- what goes wrong


async def test_a_line_it_does_not_know_is_named_and_the_rest_counts_as_it_says(rig: Rig) -> None:
    room, other = sorted({room for room, _ in rig.sells})[:2]
    good = Span(FIRST, FIRST)
    lines = [
        AvailabilityLine(room, good, 6),
        AvailabilityLine("NO-SUCH", good, 7),
        AvailabilityLine(other, good, 8),
    ]
    answer = await rig.channel.push(rig.property_code, lines)
    assert answer.taken is rig.partial
    assert [refused.line for refused in answer.refused] == [1]
    assert answer.refused[0].code
    assert answer.refused[0].message
    here = [rig.free(line.room, FIRST) for line in (lines[0], lines[2])]
    assert here == ([6, 8] if rig.partial else [None, None])
    await tell(rig, [lines[0], lines[2]])
    assert [rig.free(line.room, FIRST) for line in (lines[0], lines[2])] == [6, 8]


async def test_a_property_it_does_not_know_is_refused(rig: Rig) -> None:
    with pytest.raises(Refused):
        await rig.channel.push("NO-SUCH-HOTEL", [a_line(rig, AvailabilityLine)])
    with pytest.raises((Refused, NotSupported)):
        await rig.channel.catalogue("NO-SUCH-HOTEL")


async def test_a_lost_answer_is_not_a_yes_and_telling_it_again_is_well(rig: Rig) -> None:
    line = a_line(rig, AvailabilityLine)
    rig.break_("push", "lost", times=None)
    with pytest.raises((Unavailable, OutcomeUnknown)):
        await rig.channel.push(rig.property_code, [line])
    rig.heal()
    await tell(rig, [line])
    assert held(rig, line, FIRST) == said(line)


async def test_too_many_calls_say_when_to_come_back(rig: Rig) -> None:
    rig.break_("push", "rate_limited", 600, times=None)
    with pytest.raises(Unavailable) as refused:
        await rig.channel.push(rig.property_code, [a_line(rig, AvailabilityLine)])
    assert refused.value.retry_after_s == 600
    assert rig.free(rig.sells[0][0], FIRST) is None


async def test_a_refused_credential_is_a_matter_for_a_person(rig: Rig) -> None:
    rig.break_("push", "unauthorised", times=None)
    with pytest.raises(Misconfigured):
        await rig.channel.push(rig.property_code, [a_line(rig, AvailabilityLine)])
    assert rig.free(rig.sells[0][0], FIRST) is None


async def test_its_catalogue_has_what_is_sold(rig: Rig) -> None:
    try:
        catalogue = await rig.channel.catalogue(rig.property_code)
    except NotSupported:
        return
    assert catalogue.property_code == rig.property_code
    there = {(room.code, plan.code) for room in catalogue.rooms for plan in room.plans}
    assert set(rig.sells) <= there
    assert all(room.name for room in catalogue.rooms)


async def test_the_connection_test_verifies(rig: Rig) -> None:
    assert (await rig.channel.probe()).verdict is Verdict.VERIFIED


# ---------------------------------------------------------------- what only a wire can do


@pytest.mark.parametrize("how", UNREADABLE)
async def test_an_unreadable_answer_is_never_a_yes(wire: Rig, how: str) -> None:
    line = a_line(wire, AvailabilityLine)
    wire.break_("push", how, times=None)
    with pytest.raises(VendorError) as refused:
        await wire.channel.push(wire.property_code, [line])
    assert not isinstance(refused.value, Refused)
    wire.heal()
    await tell(wire, [line])
    assert held(wire, line, FIRST) == said(line)


async def test_no_secret_shows_in_any_error_or_log(
    wire: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    hows = [*UNREADABLE, "lost", "unauthorised", "rate_limited"]
    for operation, how in itertools.product(("push", "catalogue"), hows):
        wire.heal()
        wire.break_(operation, how, 600, times=None)
        try:
            if operation == "push":
                await wire.channel.push(wire.property_code, [a_line(wire, AvailabilityLine)])
            else:
                await wire.channel.catalogue(wire.property_code)
        except VendorError as e:
            shown += [told(e), "".join(traceback.format_exception(e))]
    assert shown
    everything = "\n".join([*shown, caplog.text, *(repr(vars(r)) for r in caplog.records)])
    for secret in wire.secrets:
        assert secret not in everything


def test_every_channel_has_a_rig() -> None:
    there = {n for n in registry.names() if Role.ARI_CHANNEL in registry.load(n).roles}
    assert there <= set(CHANNELS)
