"""What is Expedia's own, on real sockets against the simulator."""

from __future__ import annotations

import asyncio
import re
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.expedia import MANIFEST
from adapters.expedia.config import ExpediaConfig, StayRule
from adapters.expedia.mapping import ar, bookings, wire
from adapters.expedia.mapping.ar import Told
from adapters.expedia.mapping.products import Plan, Pricing
from adapters.expedia.simulator import CONFIG, HOTELS, Manner, Wish
from core.domain.channels.channel_reservation import ChannelReservation
from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    ShownKind,
    Span,
)
from core.domain.tenancy import Environment
from entrypoints.sandbox import STALLS, Sandbox
from ports.errors import BrokenContract, Misconfigured, Refused, Unavailable, VendorError
from tests.contract.channel_rig import SteppingClock
from tests.contract.expedia_rig import ExpediaRig, expedia
from tests.contract.opening import opened
from tests.contract.test_ari_channel import FIRST, WEEK
from tests.servers.asgi import serving
from tests.wire.expedia.replay import load
from tests.wire.expedia.test_contracts import OURS

pytestmark = pytest.mark.anyio
HOTEL, INN = HOTELS
DELUXE, FAMILY = HOTEL.rooms
ROOM_ONLY, DERIVED, BB = DELUXE.plans
BASE, SUITE, _ = INN.rooms


@pytest.fixture
async def rig() -> AsyncIterator[ExpediaRig]:
    async with expedia() as opened_rig:
        yield opened_rig


def prices(*told: tuple[int, str], extra: str | None = None, currency: str = "SAR") -> Prices:
    by_adults = tuple((n, Money.of(amount, currency)) for n, amount in told)
    return Prices(by_adults, Money.of(extra, currency) if extra else None)


async def refusals(
    rig: ExpediaRig, *lines: AriLine, hotel: str = HOTEL.id, taken: bool = True
) -> list[tuple[int, str]]:
    answer = await rig.channel.push(hotel, lines)
    assert answer.taken is taken
    return [(refused.line, refused.code) for refused in answer.refused]


# ------------------------------------------------------------------ what is said


@pytest.mark.parametrize(
    ("told", "held"),
    [
        (prices((1, "400"), (2, "450")), {1: 400, 2: 450}),
        (prices((2, "450"), extra="60"), {2: 450, 3: 510}),
        (prices((1, "400"), (3, "540"), (9, "999")), {1: 400, 3: 540}),
    ],
)
async def test_each_occupancy_of_the_room_gets_its_price(
    rig: ExpediaRig, told: Prices, held: dict[int, int]
) -> None:
    assert await refusals(rig, RateLine(DELUXE.id, ROOM_ONLY.id, WEEK, told)) == []
    assert rig.simulator.stock.rates[ROOM_ONLY.id, FIRST] == held


async def test_a_price_by_the_day_is_for_whom_it_is_meant(rig: ExpediaRig) -> None:
    plan = BASE.plans[0]
    told = prices((1, "900000"), (2, "1000000"), currency="IDR")
    assert await refusals(rig, RateLine(BASE.id, plan.id, WEEK, told), hotel=INN.id) == []
    assert rig.simulator.stock.rates[plan.id, FIRST] == {2: 1_000_000}
    alone = RateLine(BASE.id, plan.id, WEEK, prices((1, "900000"), currency="IDR"))
    assert await refusals(rig, alone, hotel=INN.id) == [(0, "no_price")]


async def test_what_cannot_be_said_is_named_and_the_rest_is_sent(rig: ExpediaRig) -> None:
    long_stay = SUITE.plans[0]
    bad: list[AriLine] = [
        RateLine(SUITE.id, long_stay.id, WEEK, prices((2, "1000000"), currency="IDR")),
        RateLine(BASE.id, "999", WEEK, prices((2, "1000000"), currency="IDR")),
        AvailabilityLine(SUITE.id, WEEK, 5000),
        RestrictionLine(SUITE.id, long_stay.id, WEEK, Restrictions(min_stay_through=3)),
        RestrictionLine(SUITE.id, long_stay.id, WEEK, Restrictions(min_stay_arrival=29)),
        RestrictionLine(SUITE.id, long_stay.id, WEEK, Restrictions(min_stay_arrival=5, max_stay=4)),
    ]
    named = [
        (0, "pricing_model"),
        (1, "unknown_rate_plan"),
        (2, "inventory"),
        (3, "min_stay_through"),
        (4, "min_stay"),
        (5, "max_stay"),
    ]
    assert await refusals(rig, *bad, hotel=INN.id) == named
    assert rig.simulator.calls["ar"] == 0
    good = AvailabilityLine(BASE.id, WEEK, 9)
    assert await refusals(rig, *bad, good, hotel=INN.id) == named
    assert rig.simulator.free(BASE.id, FIRST) == 9


async def test_where_a_minimum_binds_every_night_it_is_said_so() -> None:
    async with expedia(stay_rule="through") as rig:
        through = Restrictions(min_stay_through=3)
        line = RestrictionLine(DELUXE.id, ROOM_ONLY.id, WEEK, through)
        assert await refusals(rig, line) == []
        assert rig.simulator.stock.bounds[ROOM_ONLY.id, FIRST].min_los == 3
        shown = await rig.channel.shown(HOTEL.id, FIRST, FIRST)
        (rate,) = [r for r in shown.rates if r.plan == ROOM_ONLY.id]
        assert rate.restrictions == through
        arrival = RestrictionLine(DELUXE.id, ROOM_ONLY.id, WEEK, Restrictions(min_stay_arrival=3))
        assert await refusals(rig, arrival) == [(0, "min_stay_arrival")]


async def test_a_longest_stay_beyond_theirs_is_theirs(rig: ExpediaRig) -> None:
    line = RestrictionLine(DELUXE.id, ROOM_ONLY.id, WEEK, Restrictions(max_stay=60))
    assert await refusals(rig, line) == []
    assert rig.simulator.stock.bounds[ROOM_ONLY.id, FIRST].max_los == 28


async def test_telling_rooms_opens_a_room_that_was_shut_by_hand(rig: ExpediaRig) -> None:
    rig.simulator.stock.closed.add((DELUXE.id, FIRST))
    assert await refusals(rig, AvailabilityLine(DELUXE.id, WEEK, 2)) == []
    assert rig.simulator.stock.closed == set()


# ------------------------------------------------------------------ limits


def loaded(count: int, span_days: int = 1) -> list[AriLine]:
    lines: list[AriLine] = []
    for n in range(count):
        first = FIRST + timedelta(days=n)
        span = Span(first, first + timedelta(days=span_days - 1))
        lines.append(AvailabilityLine(DELUXE.id, span, n % 9))
        lines.append(RestrictionLine(DELUXE.id, ROOM_ONLY.id, span, Restrictions(max_stay=9)))
        lines.append(RateLine(DELUXE.id, ROOM_ONLY.id, span, prices((1, "400"), (2, "450"))))
    return lines


def written(lines: Sequence[AriLine]) -> tuple[int, int]:
    """Bytes and updates of one request, counted from what is written."""
    plan = Plan(ROOM_ONLY.id, "", "", Pricing.PER_OCCUPANCY, (1, 2, 3), False)
    told = [
        ar.told(n, line, {ROOM_ONLY.id: plan}, StayRule.ARRIVAL) for n, line in enumerate(lines)
    ]
    root = wire.request(wire.AR, wire.Login("user0000", "password0000"), HOTEL.id)
    ar.fill(root, [one for one in told if isinstance(one, Told)], StayRule.ARRIVAL)
    content = wire.encoded(root)
    OURS["ar", "request"].assertValid(etree.fromstring(content))
    updates = 0
    for update in root.iter("{*}AvailRateUpdate"):
        dates = update[0]
        days = (date.fromisoformat(dates.get("to")) - date.fromisoformat(dates.get("from"))).days
        said = sum(len(one.attrib) for one in update.iter("{*}Restrictions", "{*}Inventory")) + len(
            update.findall(".//{*}PerOccupancy")
        )
        said += sum(one.get("closed") is not None for one in update.iter())
        updates += (days + 1) * said
    return len(content), updates


@pytest.mark.parametrize(("count", "span_days"), [(400, 1), (60, 90), (3, 365)])
def test_no_message_is_over_their_limits(count: int, span_days: int) -> None:
    lines = loaded(count, span_days)
    for message in ar.messages(lines):
        if len(message) > 1:
            size, updates = written(message)
            assert size <= 100_000
            assert updates <= 3000


def test_a_message_says_nothing_twice() -> None:
    overlapping = loaded(50, 3)
    for message in ar.messages(overlapping):
        seen = set()
        for line in message:
            plan = "" if isinstance(line, AvailabilityLine) else line.plan
            for n in range((line.span.last - line.span.first).days + 1):
                key = (type(line), line.room, plan, line.span.first + timedelta(days=n))
                assert key not in seen
                seen.add(key)


async def test_a_line_that_is_too_much_for_one_message_goes_in_pieces(rig: ExpediaRig) -> None:
    """Two years of restrictions are 3,655 updates; they take 3,000."""
    today = rig.simulator.today(HOTEL)
    span = Span(today, today + timedelta(days=730))
    line = RestrictionLine(DELUXE.id, ROOM_ONLY.id, span, Restrictions(max_stay=9))
    (message,) = rig.channel.messages([line])
    assert await refusals(rig, *message) == []
    assert rig.simulator.calls["ar"] == 2
    assert len(rig.simulator.stock.bounds) == 731


async def test_messages_of_a_hotel_go_one_after_the_other(rig: ExpediaRig) -> None:
    for operation in ("ar", "br"):
        rig.break_(operation, "delay", 0, times=None)
    lines = [AvailabilityLine(DELUXE.id, WEEK, n) for n in range(5)]
    pushed = [rig.channel.push(HOTEL.id, [line]) for line in lines]
    await asyncio.gather(*pushed, rig.source.pull([HOTEL.id]), rig.source.pull([INN.id]))
    assert rig.simulator.overlaps == 0
    assert rig.simulator.calls["ar"] == 5


# ------------------------------------------------------------------ what they answer


async def test_days_past_or_too_far_are_named(rig: ExpediaRig) -> None:
    today = rig.simulator.today(HOTEL)
    ok = AvailabilityLine(DELUXE.id, WEEK, 1)
    for day, code in ((-3, "3020"), (800, "3022")):
        at = today + timedelta(days=day)
        bad = AvailabilityLine(FAMILY.id, Span(at, at), 1)
        assert await refusals(rig, ok, bad, taken=False) == [(1, code)]
    assert rig.simulator.stock.free == {}
    assert MANIFEST.distribution is not None
    last = today + timedelta(days=MANIFEST.distribution.last_day)
    assert await refusals(rig, AvailabilityLine(DELUXE.id, Span(today, last), 1)) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (RateLine(DELUXE.id, ROOM_ONLY.id, WEEK, prices((2, "400"), currency="USD")), "3103"),
        (RestrictionLine(DELUXE.id, ROOM_ONLY.id, WEEK, Restrictions(min_stay_arrival=25)), "3135"),
        (RestrictionLine(DELUXE.id, DERIVED.id, WEEK, Restrictions(stop_sell=True)), "3142"),
        (RestrictionLine(DELUXE.id, "999999", WEEK, Restrictions(stop_sell=True)), "3204"),
        (AvailabilityLine("999999", WEEK, 1), "3203"),
    ],
)
async def test_an_error_names_its_line_and_nothing_was_done(
    rig: ExpediaRig, line: AriLine, code: str
) -> None:
    ok = AvailabilityLine(FAMILY.id, WEEK, 1)
    assert await refusals(rig, ok, line, taken=False) == [(1, code)]
    assert rig.simulator.stock.free == {}
    assert await refusals(rig, ok) == []


async def test_rooms_that_expedia_keeps_for_good_are_a_refusal_to_see(rig: ExpediaRig) -> None:
    line = AvailabilityLine(BASE.id, WEEK, 1)
    assert await refusals(rig, line, hotel=INN.id) == [(0, "7013")]
    assert rig.simulator.free(BASE.id, FIRST) == 3


async def test_more_warnings_than_are_told_refuse_all_that_may_be_meant(rig: ExpediaRig) -> None:
    months = [
        Span(FIRST + timedelta(days=30 * n), FIRST + timedelta(days=30 * n + 29)) for n in (0, 1)
    ]
    lines = [AvailabilityLine(BASE.id, span, 1) for span in months]
    other = AvailabilityLine(SUITE.id, WEEK, 2)
    assert await refusals(rig, *lines, other, hotel=INN.id) == [(0, "7013"), (1, "7013")]


async def test_a_rate_that_is_not_believed_is_named(rig: ExpediaRig) -> None:
    plan = FAMILY.plans[0]
    lines: list[AriLine] = [
        RateLine(FAMILY.id, plan.id, WEEK, prices((2, "50"))),
        RestrictionLine(FAMILY.id, plan.id, WEEK, Restrictions(max_stay=9)),
        RateLine(DELUXE.id, ROOM_ONLY.id, WEEK, prices((2, "50"))),
    ]
    assert await refusals(rig, *lines) == [(0, "7021")]
    assert rig.restrictions(FAMILY.id, plan.id, FIRST) == Restrictions(max_stay=9)
    assert rig.prices(DELUXE.id, ROOM_ONLY.id, FIRST) == prices((2, "50"))


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("Something else altogether.", [0, 1, 2]),
        (f"[Room Type ID {FAMILY.id}] Something.", [2]),
        ("Stay Date 2001-01-01", [0, 1, 2]),
        (f"[Rate Plan ID {ROOM_ONLY.id}]", [1]),
    ],
)
async def test_a_warning_of_no_known_kind_refuses_all_that_it_may_mean(
    rig: ExpediaRig, words: str, places: list[int]
) -> None:
    rig.simulator.manner = Manner(warn=(7000, words))
    lines: list[AriLine] = [
        AvailabilityLine(DELUXE.id, WEEK, 1),
        RestrictionLine(DELUXE.id, ROOM_ONLY.id, WEEK, Restrictions()),
        AvailabilityLine(FAMILY.id, WEEK, 1),
    ]
    assert await refusals(rig, *lines) == [(place, "7000") for place in places]


@pytest.mark.parametrize(
    ("code", "error", "after"),
    [
        (1000, Misconfigured, None),
        (1003, Misconfigured, None),
        (2002, BrokenContract, None),
        (3145, Unavailable, 3600),
        (3202, Refused, None),
        (3206, Misconfigured, None),
        (3210, Unavailable, 5),
        (4000, Unavailable, 60),
        (4100, BrokenContract, None),
        (4206, Unavailable, 60),
        (5000, Unavailable, 60),
    ],
)
async def test_each_of_their_errors_says_what_to_do(
    rig: ExpediaRig, code: int, error: type[VendorError], after: float | None
) -> None:
    rig.simulator.manner = Manner(error=code)
    asks = (
        rig.channel.push(HOTEL.id, [AvailabilityLine(DELUXE.id, WEEK, 1)]),
        rig.channel.catalogue(HOTEL.id),
        rig.channel.shown(HOTEL.id, FIRST, FIRST),
        rig.source.pull([HOTEL.id]),
    )
    for ask in asks:
        with pytest.raises(error) as caught:
            await ask
        assert type(caught.value) is error
        assert caught.value.vendor_code == str(code)
        assert getattr(caught.value, "retry_after_s", None) == after


@pytest.mark.parametrize("code", [3010, 3015, 3128])
async def test_an_error_that_names_no_line_leaves_it_open_which_is_wrong(
    rig: ExpediaRig, code: int
) -> None:
    """Whoever pushed finds it by halves."""
    rig.simulator.manner = Manner(error=code)
    answer = await rig.channel.push(HOTEL.id, [AvailabilityLine(DELUXE.id, WEEK, 1)])
    assert (answer.taken, answer.refused) == (False, ())
    assert answer.warnings == (f"{code} As it was told to.",)


async def test_their_words_never_carry_our_credential(rig: ExpediaRig) -> None:
    quoting = f"near username={CONFIG['username']} password={CONFIG['password']}"
    rig.simulator.manner = Manner(warn=(7000, quoting))
    answer = await rig.channel.push(HOTEL.id, [AvailabilityLine(DELUXE.id, WEEK, 1)])
    assert answer.refused[0].message == "near username=*** password=***"


# ------------------------------------------------------------------ reading back


async def test_what_is_loaded_is_shown_as_it_was_told(rig: ExpediaRig) -> None:
    bounds = Restrictions(True, False, True, 2, None, 9)
    lines: list[AriLine] = [
        AvailabilityLine(DELUXE.id, WEEK, 5),
        RateLine(DELUXE.id, ROOM_ONLY.id, WEEK, prices((1, "400"), (2, "450.5"))),
        RestrictionLine(DELUXE.id, ROOM_ONLY.id, WEEK, bounds),
    ]
    assert await refusals(rig, *lines) == []
    shown = await rig.channel.shown(HOTEL.id, WEEK.first, WEEK.last + timedelta(days=60))
    assert shown.kind is ShownKind.HELD
    assert rig.simulator.calls["parr"] == 2 + 3  # products twice, a month at a time
    free = {(row.room, row.day): row.free for row in shown.availability}
    assert free[DELUXE.id, FIRST] == 5
    assert len(free) == 2 * 67
    rates = {(row.plan, row.day): row for row in shown.rates}
    assert rates[ROOM_ONLY.id, FIRST].prices == prices((1, "400"), (2, "450.5"))
    assert rates[ROOM_ONLY.id, FIRST].restrictions == bounds
    assert (DERIVED.id, FIRST) not in rates


# ------------------------------------------------------------------ reservations


def wish(room: str = DELUXE.id, plan: str = ROOM_ONLY.id, nights: int = 2, adults: int = 2) -> Wish:
    return Wish(room, plan, FIRST, FIRST + timedelta(days=nights), adults)


async def one(rig: ExpediaRig) -> ChannelReservation:
    (pulled,) = await rig.source.pull([HOTEL.id])
    found: ChannelReservation = rig.source.parse(pulled.raw)
    return found


async def test_expedia_counts_its_own_bookings(rig: ExpediaRig) -> None:
    await refusals(rig, AvailabilityLine(DELUXE.id, WEEK, 2))
    booking = rig.simulator.book(HOTEL.id, wish())
    assert [rig.free(DELUXE.id, FIRST + timedelta(days=n)) for n in range(3)] == [1, 1, 2]
    rig.simulator.modify(booking, wish(nights=3))
    assert [rig.free(DELUXE.id, FIRST + timedelta(days=n)) for n in range(3)] == [1, 1, 1]
    rig.simulator.cancel(booking)
    assert [rig.free(DELUXE.id, FIRST + timedelta(days=n)) for n in range(3)] == [2, 2, 2]
    assert MANIFEST.distribution is not None
    assert MANIFEST.distribution.decrements_itself


async def test_the_next_state_comes_once_the_one_before_it_is_confirmed(rig: ExpediaRig) -> None:
    booking = rig.simulator.book(HOTEL.id, wish(), force=True)
    rig.simulator.modify(booking, wish(nights=3))
    rig.simulator.cancel(booking)
    seen = []
    for _ in range(3):
        told = await one(rig)
        assert told.message == (await one(rig)).message
        seen.append(told)
        await rig.source.acknowledge(told, ours="rsv_1")
    assert [told.revision.value for told in seen] == ["new", "modified", "cancelled"]
    assert [told.order for told in seen] == sorted({told.order for told in seen})
    assert await rig.source.pull([HOTEL.id]) == []


async def test_an_old_state_confirmed_again_is_well(rig: ExpediaRig) -> None:
    booking = rig.simulator.book(HOTEL.id, wish(), force=True)
    first = await one(rig)
    await rig.source.acknowledge(first, ours="rsv_1")
    rig.simulator.modify(booking, wish(nights=3))
    await rig.source.acknowledge(first, ours="rsv_1")  # not yet retrieved
    second = await one(rig)
    await rig.source.acknowledge(first, ours="rsv_1")  # retrieved, not confirmed
    for _ in range(5):
        await rig.source.acknowledge(second, ours="rsv_1")
    assert rig.ours(booking) == "rsv_1"


async def test_a_state_of_the_same_words_is_known_whatever_became_of_the_card(
    rig: ExpediaRig,
) -> None:
    rig.simulator.book(HOTEL.id, wish(), force=True)
    (pulled,) = await rig.source.pull([HOTEL.id])
    crossed_out = pulled.raw.replace(b"****1111", b"****").replace(
        b'cardCode="VI"', b'cardCode="MC"'
    )
    assert crossed_out != pulled.raw
    assert rig.source.parse(crossed_out).message == pulled.message


def test_an_id_that_looks_like_a_card_is_none() -> None:
    id = b"30569309025904"
    answer = load("br/three").response.replace(b"848480000002", id)
    found = bookings.read(etree.fromstring(answer))
    told = [bookings.reservation(pulled.raw) for pulled in found]
    assert id.decode() in {one.reference for one in told}
    assert any("****1111" in one.holder.remarks.replace(" ", "") for one in told)


async def test_hotels_are_asked_one_by_one_and_one_that_fails_keeps_nothing_back(
    rig: ExpediaRig,
) -> None:
    rig.simulator.book(HOTEL.id, wish(), force=True)
    rig.simulator.book(INN.id, wish(BASE.id, BASE.plans[0].id), force=True)
    found = await rig.source.pull([HOTEL.id, "7777777", INN.id])
    assert {rig.source.parse(p.raw).property_code for p in found} == {HOTEL.id, INN.id}
    with pytest.raises(Refused):
        await rig.source.pull(["7777777"])


async def test_what_nobody_confirms_does_not_hide_what_is_new(rig: ExpediaRig) -> None:
    for _ in range(bookings.MOST + 5):
        rig.simulator.book(HOTEL.id, wish(), force=True)
    assert len(await rig.source.pull([HOTEL.id])) == bookings.MOST + 5
    new = rig.simulator.book(HOTEL.id, wish(), force=True)
    found = await rig.source.pull([HOTEL.id])
    assert new in {rig.source.parse(pulled.raw).reference for pulled in found}


def test_a_booking_that_cannot_be_read_keeps_no_other_back() -> None:
    answer = load("br/three").response
    for wrong in (b'type="Hold"', b'createDateTime="soon"', b""):
        name = wrong.partition(b"=")[0] or b"type"
        strange = re.sub(name + b'="[^"]*"', wrong, answer, count=1)
        found = bookings.read(etree.fromstring(strange))
        assert len({pulled.message for pulled in found}) == 3
        with pytest.raises((ValueError, LookupError, TypeError)):
            bookings.reservation(found[0].raw)
        assert [bookings.reservation(pulled.raw).reference for pulled in found[1:]]


async def test_told_twice_it_is_one_message(rig: ExpediaRig) -> None:
    rig.simulator.book(HOTEL.id, wish(), force=True)
    rig.simulator.manner = Manner(repeat=True)
    assert len({pulled.message for pulled in await rig.source.pull([HOTEL.id])}) == 1


# ------------------------------------------------------------------ hostile XML

BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]><Booking xmlns="http://www.expediaconnect.com/EQC/BR/2014/01">&c;</Booking>"""
HOSTILE = {
    "entities": BOMB,
    "external": b'<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]><Booking>&x;</Booking>',
    "deep": b"<a>" * 100_000,
    "no namespace": b'<Booking id="1" type="Book"/>',
    "another": b'<Booking xmlns="http://www.expediaconnect.com/EQC/BR/2007/02" id="1"/>',
    "encoding": '<?xml version="1.0" encoding="UTF-16"?><Booking/>'.encode("latin-1"),
    "nothing in it": b'<Booking xmlns="http://www.expediaconnect.com/EQC/BR/2014/01"/>',
    "bytes": b"\xff\xfe\x00",
    "no numbers": b'<Booking xmlns="http://www.expediaconnect.com/EQC/BR/2014/01" id="1" type="Book"'
    b' createDateTime="soon"/>',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_xml_is_a_broken_contract_in_little_memory(
    rig: ExpediaRig, name: str
) -> None:
    tracemalloc.start()
    with pytest.raises(BrokenContract) as caught:
        rig.source.parse(HOSTILE[name])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 1024 * 1024
    assert "root:" not in str(caught.value)


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_make_reading_fall(raw: bytes) -> None:
    with pytest.raises((ValueError, LookupError)):
        bookings.reservation(raw)


@pytest.mark.parametrize("operation", ["ar", "br", "parr"])
@pytest.mark.parametrize("how", ["huge", "proxy", "forbidden", "malformed"])
async def test_whatever_answers_only_port_errors_come_out(
    rig: ExpediaRig, operation: str, how: str
) -> None:
    asks = {
        "ar": lambda: rig.channel.push(HOTEL.id, [AvailabilityLine(DELUXE.id, WEEK, 1)]),
        "br": lambda: rig.source.pull([HOTEL.id]),
        "parr": lambda: rig.channel.catalogue(HOTEL.id),
    }
    rig.break_(operation, how, 0, times=None)
    with pytest.raises(VendorError) as caught:
        await asks[operation]()
    assert CONFIG["password"] not in str(caught.value)


async def test_an_answer_of_another_version_is_not_believed(rig: ExpediaRig) -> None:
    """The answer to AR has another namespace than its request; one of the request's is none."""
    root = etree.fromstring(
        b'<AvailRateUpdateRS xmlns="http://www.expediaconnect.com/EQC/AR/2011/06"><Success/></AvailRateUpdateRS>'
    )
    with pytest.raises(ValueError, match="another message"):
        wire.errors(root, wire.AR)


async def test_a_code_that_xml_has_no_place_for_is_refused_before_it_is_sent(
    rig: ExpediaRig,
) -> None:
    with pytest.raises(Refused, match="XML"):
        await rig.channel.push(HOTEL.id, [AvailabilityLine("a\x00b", WEEK, 1)])
    assert rig.simulator.calls["ar"] == 0


# ------------------------------------------------------------------ connecting


async def test_the_connection_test_says_what_is_wrong(rig: ExpediaRig) -> None:
    assert (await rig.channel.probe()).verdict is Verdict.VERIFIED
    for code, verdict in (
        (1001, Verdict.REJECTED),
        (1000, Verdict.REJECTED),
        (3206, Verdict.REJECTED),
        (4206, Verdict.UNREACHABLE),
        (2002, Verdict.CANNOT_TEST),
    ):
        rig.simulator.manner = Manner(error=code)
        assert (await rig.channel.probe()).verdict is verdict
    rig.simulator.manner = Manner()
    for how, verdict in (
        ("away", Verdict.UNREACHABLE),
        ("malformed", Verdict.CANNOT_TEST),
        ("unauthorised", Verdict.REJECTED),
    ):
        rig.heal()
        rig.break_("parr", how, 0, times=None)
        assert (await rig.channel.probe()).verdict is verdict


async def test_a_wrong_password_is_rejected(rig: ExpediaRig) -> None:
    async with expedia(password="another-password") as other:
        assert (await other.channel.probe()).verdict is Verdict.REJECTED
        with pytest.raises(Misconfigured):
            await other.source.pull([HOTEL.id])


def test_a_live_credential_goes_to_expedia_only() -> None:
    def faults(url: str | None, environment: Environment) -> int:
        config = ExpediaConfig(username="user", password="secret", base_url=url)
        assert "secret" not in repr(config)
        return len(MANIFEST.check(config, environment))

    own = "https://services.expediapartnercentral.com/eqc"
    assert not faults(None, Environment.LIVE)
    assert not faults(own, Environment.LIVE)
    assert not faults("http://127.0.0.1:8900/expedia/eqc", Environment.TEST)
    assert faults("http://127.0.0.1:8900/expedia/eqc", Environment.LIVE)
    assert faults(own.replace("https", "http"), Environment.LIVE)
    assert faults("https://services.expediapartnercentral.com.example/eqc", Environment.LIVE)


async def test_the_sandbox_serves_it() -> None:
    (stall,) = [s for s in STALLS if s.adapter == "expedia"]
    async with serving(Sandbox()) as address:
        config = {**stall.config, "base_url": f"{address}{stall.path}"}
        async with opened("expedia", config, SteppingClock()) as channel:
            assert (await channel.probe()).verdict is Verdict.VERIFIED
            catalogue = await channel.catalogue(INN.id)
            assert [room.name for room in catalogue.rooms] == ["Deluxe", "Suite", "Attic"]
            assert msgspec.to_builtins(catalogue)
