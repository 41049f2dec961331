"""What every source of reservations keeps, whoever is behind it."""

from __future__ import annotations

import itertools
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adapters import registry
from core.domain.channels.channel_reservation import ChannelReservation, Revision
from core.domain.money import Money
from core.domain.stay import Occupancy, Stay
from ports.errors import (
    BrokenContract,
    Misconfigured,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)
from ports.manifest import Role
from ports.reservation_source import PulledReservation
from tests.contract.channel_rig import CARD, CVV, Rig, Wish, WishedRoom
from tests.contract.channel_rigs import CHANNELS
from tests.contract.hotel_rigs import told

pytestmark = pytest.mark.anyio
ARRIVAL = datetime.now(UTC).date() + timedelta(days=40)
OURS = "res_0001"
UNREADABLE = ("truncated", "empty", "wrong_type", "malformed")


@pytest.fixture(params=CHANNELS)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with CHANNELS[request.param]() as opened:
        yield opened


@pytest.fixture(params=[name for name in CHANNELS if name != "memory"])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with CHANNELS[request.param]() as opened:
        yield opened


def a_room(rig: Rig, number: int = 0, nights: int = 3, price: int = 1_000_000) -> WishedRoom:
    room, plan = rig.sells[number]
    stay = Stay(ARRIVAL, ARRIVAL + timedelta(days=nights))
    by_night = tuple(price + 50_000 * n for n in range(nights))
    return WishedRoom(room, plan, stay, adults=2, by_night=by_night)


def a_wish(rig: Rig, nights: int = 3) -> Wish:
    return Wish((a_room(rig, nights=nights),))


async def pulled(rig: Rig) -> list[PulledReservation]:
    return list(await rig.source.pull([rig.property_code]))


async def read(rig: Rig) -> list[ChannelReservation]:
    return [rig.source.parse(found.raw) for found in await pulled(rig)]


# ---------------------------------------------------------------- what it says


async def test_a_reservation_says_all_that_keeping_it_needs(rig: Rig) -> None:
    reference = rig.reserve(a_wish(rig))
    (found,) = await pulled(rig)
    reservation = rig.source.parse(found.raw)
    assert reservation.message == found.message
    assert reservation.reference == reference
    assert reservation.revision is Revision.NEW
    assert reservation.property_code == rig.property_code
    (room,) = reservation.rooms
    assert (room.room, room.plan) == rig.sells[0]
    assert room.stay == a_wish(rig).rooms[0].stay
    assert room.occupancy == Occupancy(2)
    assert [n.minor for n in room.by_night] == [
        Money.of(amount, rig.currency).minor for amount in a_wish(rig).rooms[0].by_night
    ]
    assert reservation.total == Money.of(3_150_000, rig.currency)
    assert (reservation.holder.name, reservation.holder.surname) == ("Siti", "Contoh")
    assert reservation.holder.email == "siti@example.com"
    assert "late arrival" in reservation.holder.remarks


async def test_rooms_keep_their_own_stays_and_guests(rig: Rig) -> None:
    if not rig.together:
        return  # each room is a reservation of its own there
    second = msgspec.structs.replace(a_room(rig, 1, nights=2), children=1, adults=1)
    rig.reserve(Wish((a_room(rig), second)))
    (reservation,) = await read(rig)
    assert [(r.room, r.plan) for r in reservation.rooms] == list(rig.sells[:2])
    assert [r.stay.nights for r in reservation.rooms] == [3, 2]
    assert [r.occupancy.adults for r in reservation.rooms] == [2, 1]
    assert [len(r.occupancy.children) for r in reservation.rooms] == [0, 1]


async def test_a_stay_longer_than_anybody_may_ask_for_is_read_all_the_same(rig: Rig) -> None:
    rig.reserve(a_wish(rig, nights=200))
    ((room,),) = [reservation.rooms for reservation in await read(rig)]
    assert room.stay.nights == len(room.by_night) == 200


async def test_codes_that_nobody_mapped_survive(rig: Rig) -> None:
    odd = msgspec.structs.replace(a_room(rig), room="ODD/ROOM", plan="ÖDD&PLAN")
    rig.reserve(Wish((odd,)))
    (reservation,) = await read(rig)
    assert [(r.room, r.plan) for r in reservation.rooms] == [("ODD/ROOM", "ÖDD&PLAN")]


@pytest.mark.parametrize("blank", [b'""', b'" "'])
async def test_what_names_no_property_is_no_reservation(rig: Rig, blank: bytes) -> None:
    reference = rig.reserve(a_wish(rig))
    rig.modify(reference, a_wish(rig, nights=2))
    for found in await pulled(rig):
        nowhere = found.raw.replace(f'"{rig.property_code}"'.encode(), blank)
        assert nowhere != found.raw
        with pytest.raises(BrokenContract):
            rig.source.parse(nowhere)


async def test_a_parse_is_repeatable_and_of_one_reservation_alone(rig: Rig) -> None:
    references = [rig.reserve(a_wish(rig)) for _ in range(3)]
    found = await pulled(rig)
    first = [rig.source.parse(one.raw) for one in found]
    assert [one.reference for one in first] == references
    assert [rig.source.parse(one.raw) for one in found] == first
    for one, reference in zip(found, references, strict=True):
        others = [r for r in references if r != reference]
        assert not any(f'"{other}"'.encode() in one.raw for other in others)


async def test_no_card_comes_out(rig: Rig) -> None:
    rig.reserve(a_wish(rig))
    (found,) = await pulled(rig)
    assert CARD.encode() not in found.raw
    assert f">{CVV}<".encode() not in found.raw
    assert f'"{CVV}"'.encode() not in found.raw


async def test_no_guest_shows_in_a_representation(rig: Rig) -> None:
    rig.reserve(a_wish(rig))
    (found,) = await pulled(rig)
    shown = repr(found) + repr(rig.source.parse(found.raw).holder)
    assert "Contoh" not in shown
    assert "siti" not in shown.lower()


# ---------------------------------------------------------------- revisions


async def test_it_is_told_again_until_it_is_acknowledged(rig: Rig) -> None:
    rig.reserve(a_wish(rig))
    first, second = await pulled(rig), await pulled(rig)
    assert first == second
    await rig.source.acknowledge(rig.source.parse(first[0].raw), ours=OURS)
    assert await pulled(rig) == []


async def test_acknowledging_twice_is_well(rig: Rig) -> None:
    reference = rig.reserve(a_wish(rig))
    (reservation,) = await read(rig)
    await rig.source.acknowledge(reservation, ours=OURS)
    await rig.source.acknowledge(reservation, ours=OURS)
    assert await pulled(rig) == []
    assert rig.ours(reference) is not None


async def test_a_modification_carries_the_whole_and_is_newer(rig: Rig) -> None:
    reference = rig.reserve(a_wish(rig))
    (before,) = await read(rig)
    await rig.source.acknowledge(before, ours=OURS)
    rig.modify(reference, Wish((a_room(rig, 1, nights=5),)))
    (after,) = await read(rig)
    assert after.revision is Revision.MODIFIED
    assert after.reference == reference
    assert after.message != before.message
    assert after.order > before.order
    assert [(r.room, r.stay.nights) for r in after.rooms] == [(rig.sells[1][0], 5)]


async def test_a_cancellation_is_newer_still(rig: Rig) -> None:
    reference = rig.reserve(a_wish(rig))
    rig.modify(reference, a_wish(rig, nights=2))
    rig.cancel(reference)
    seen: list[ChannelReservation] = []
    while found := await read(rig):  # some tell only the newest, some one after the other
        for reservation in found:
            seen.append(reservation)
            await rig.source.acknowledge(reservation, ours=OURS)
    assert [one.order for one in seen] == sorted({one.order for one in seen})
    assert seen[-1].revision is Revision.CANCELLED
    assert {one.reference for one in seen} == {reference}


async def test_a_duplicate_is_known_by_its_message(rig: Rig) -> None:
    reference = rig.reserve(a_wish(rig))
    (first,) = await read(rig)
    await rig.source.acknowledge(first, ours=OURS)
    rig.tell_again(reference)
    (second,) = await read(rig)
    assert (second.message, second.order) == (first.message, first.order)
    await rig.source.acknowledge(second, ours=OURS)
    assert await pulled(rig) == []


async def test_many_come_oldest_first_until_nothing_waits(rig: Rig) -> None:
    references = [rig.reserve(a_wish(rig)) for _ in range(12)]
    seen = []
    while found := await read(rig):
        for reservation in found:
            seen.append(reservation.reference)
            await rig.source.acknowledge(reservation, ours=OURS)
    assert seen == references


async def test_what_is_never_acknowledged_does_not_hide_what_comes_after(rig: Rig) -> None:
    references = {rig.reserve(a_wish(rig, nights=1)) for _ in range(220)}
    assert {reservation.reference for reservation in await read(rig)} == references


async def test_what_is_of_another_property_is_not_pulled(rig: Rig) -> None:
    rig.reserve(a_wish(rig))
    assert list(await rig.source.pull([])) == []


# ---------------------------------------------------------------- what goes wrong


async def test_a_lost_pull_loses_nothing(rig: Rig) -> None:
    rig.reserve(a_wish(rig))
    rig.break_("pull", "away", times=None)
    with pytest.raises((Unavailable, OutcomeUnknown)):
        await pulled(rig)
    rig.heal()
    assert len(await pulled(rig)) == 1


async def test_a_lost_acknowledgement_is_said_again(rig: Rig) -> None:
    rig.reserve(a_wish(rig))
    (reservation,) = await read(rig)
    rig.break_("acknowledge", "lost", times=None)
    with pytest.raises((Unavailable, OutcomeUnknown)):
        await rig.source.acknowledge(reservation, ours=OURS)
    rig.heal()
    await rig.source.acknowledge(reservation, ours=OURS)
    assert await pulled(rig) == []


async def test_a_message_it_never_told_is_refused(rig: Rig) -> None:
    rig.reserve(a_wish(rig))
    (reservation,) = await read(rig)
    stranger = msgspec.structs.replace(
        reservation, message="0b5d7a9e-0000-4000-8000-000000000000", reference="NO-SUCH"
    )
    with pytest.raises(Refused):
        await rig.source.acknowledge(stranger, ours=OURS)
    assert len(await pulled(rig)) == 1


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"{", b"<a>", b"<a/>", b"[]", b"null"])
async def test_what_is_not_its_language_is_a_broken_contract(rig: Rig, raw: bytes) -> None:
    with pytest.raises(BrokenContract):
        rig.source.parse(raw)


@pytest.mark.parametrize("operation", ["pull", "acknowledge"])
async def test_a_refused_credential_is_a_matter_for_a_person(rig: Rig, operation: str) -> None:
    rig.reserve(a_wish(rig))
    (reservation,) = await read(rig)
    rig.break_(operation, "unauthorised", times=None)
    with pytest.raises(Misconfigured):
        await (
            pulled(rig) if operation == "pull" else rig.source.acknowledge(reservation, ours=OURS)
        )
    rig.heal()
    assert len(await pulled(rig)) == 1


async def test_too_many_calls_say_when_to_come_back(rig: Rig) -> None:
    rig.break_("pull", "rate_limited", 600, times=None)
    with pytest.raises(Unavailable) as refused:
        await pulled(rig)
    assert refused.value.retry_after_s == 600


# ---------------------------------------------------------------- what only a wire can do


@pytest.mark.parametrize("how", UNREADABLE)
async def test_an_unreadable_answer_loses_nothing(wire: Rig, how: str) -> None:
    wire.reserve(a_wish(wire))
    (reservation,) = await read(wire)
    for operation in ("pull", "acknowledge"):
        wire.break_(operation, how, times=None)
        with pytest.raises(VendorError) as refused:
            await (
                pulled(wire)
                if operation == "pull"
                else wire.source.acknowledge(reservation, ours=OURS)
            )
        assert not isinstance(refused.value, Refused)
        wire.heal()
    await wire.source.acknowledge(reservation, ours=OURS)
    assert await pulled(wire) == []


async def test_no_secret_and_no_guest_shows_in_any_error_or_log(
    wire: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.reserve(a_wish(wire))
    (reservation,) = await read(wire)
    shown = []
    hows = [*UNREADABLE, "lost", "unauthorised", "rate_limited"]
    for operation, how in itertools.product(("pull", "acknowledge"), hows):
        wire.heal()
        wire.break_(operation, how, 600, times=None)
        try:
            await (
                pulled(wire)
                if operation == "pull"
                else wire.source.acknowledge(reservation, ours=OURS)
            )
        except VendorError as e:
            shown += [told(e), "".join(traceback.format_exception(e))]
    assert shown
    everything = "\n".join([*shown, caplog.text, *(repr(vars(r)) for r in caplog.records)])
    for secret in (*wire.secrets, "Contoh", "siti@example.com", CARD):
        assert secret not in everything


def test_every_source_has_a_rig() -> None:
    there = {n for n in registry.names() if Role.RESERVATION_SOURCE in registry.load(n).roles}
    assert there <= set(CHANNELS)
