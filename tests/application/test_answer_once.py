"""One Idempotency-Key: one effect, one answer."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from core.application.answer_once import KeyInUse, answer_once
from core.application.bookings.book_quote import NewBooking, book_quote
from core.application.hub import Asking
from core.domain.idempotency import IN_FLIGHT_S, Answer
from core.domain.problem import Conflict, Invalid
from ports.store import Busy
from tests.application.test_booking import OFFER
from tests.fakes.hub import PARTY, World

pytestmark = pytest.mark.anyio


class Booker:
    """Books a quote once under its key; a request that continues reads what was left."""

    def __init__(self, world: World, quote: str) -> None:
        self.world, self.quote = world, quote
        self.resumed: list[str | None] = []
        self.die: BaseException | None = None

    async def __call__(self, asking: Asking, resource: str | None) -> Answer:
        self.resumed.append(resource)
        if resource is None:
            new = NewBooking(self.quote, PARTY)
            resource = (await book_quote(self.world.hub, asking, new)).id
        if self.die is not None:
            raise self.die
        return Answer(201, resource.encode())

    async def ask(self, key: str = "k-1", print_: str = "p") -> tuple[Answer, bool]:
        return await answer_once(self.world.hub, self.world.asking, key, print_, self)


@pytest.fixture
async def booker(world: World) -> Booker:
    return Booker(world, (await world.a_quote(OFFER)).id)


async def test_a_repeat_gets_the_first_answer_again(booker: Booker) -> None:
    first, replayed = await booker.ask()
    assert not replayed
    assert await booker.ask() == (first, True)
    assert len(await booker.world.bookings()) == 1


async def test_another_body_under_the_key_is_refused(booker: Booker) -> None:
    await booker.ask()
    with pytest.raises(Invalid) as caught:
        await booker.ask(print_="q")
    assert caught.value.code == "idempotency_key_reused"


async def test_twenty_at_once_are_one(booker: Booker) -> None:
    asked = [booker.ask() for _ in range(20)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert len(await booker.world.bookings()) == 1
    assert all(isinstance(a, KeyInUse | tuple) for a in answers)


async def test_a_request_that_died_is_continued_not_repeated(booker: Booker) -> None:
    booker.die = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await booker.ask()
    booker.die = None
    with pytest.raises(KeyInUse) as caught:
        await booker.ask()
    (booking,) = await booker.world.bookings()
    assert (caught.value.retry_after_s, caught.value.resource) == (1, booking.id)
    booker.world.clock.move(IN_FLIGHT_S)
    answer, replayed = await booker.ask()
    assert (answer.body.decode(), replayed, booker.resumed) == (
        booking.id,
        False,
        [None, booking.id],
    )


async def test_a_request_that_slept_while_another_took_its_key_over_books_nothing(
    booker: Booker,
) -> None:
    world = booker.world

    class Sleeper(Booker):
        async def __call__(self, asking: Asking, resource: str | None) -> Answer:
            world.clock.move(IN_FLIGHT_S)
            await booker.ask()
            return await super().__call__(asking, resource)

    other = await world.a_quote(OFFER)
    with pytest.raises(Busy):
        await Sleeper(world, other.id).ask()
    (booking,) = await world.bookings()
    assert world.supplier.booked == {booking.vendor_reference: 1}
    answer, replayed = await booker.ask()
    assert (answer.body.decode(), replayed) == (booking.id, True)


async def test_a_problem_before_anything_was_done_frees_the_key(world: World) -> None:
    booker = Booker(world, "qte_unknown")
    for _ in range(2):
        with pytest.raises(Exception, match="no quote"):
            await booker.ask()
    assert booker.resumed == [None, None]


async def test_a_problem_after_the_intent_does_not_free_the_key(booker: Booker) -> None:
    booker.die = Conflict("late", "something went wrong afterwards")
    with pytest.raises(Conflict):
        await booker.ask()
    booker.die = None
    booker.world.clock.move(IN_FLIGHT_S)
    await booker.ask()
    assert booker.resumed[0] is None
    assert booker.resumed[1] is not None
    assert len(await booker.world.bookings()) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_a_length(booker: Booker, key: str) -> None:
    with pytest.raises(Invalid):
        await booker.ask(key)


async def test_two_principals_may_use_the_same_key(booker: Booker) -> None:
    await booker.ask()
    world: Any = booker.world
    other = msgspec.structs.replace(world.asking.who, id="key_other")
    asking = msgspec.structs.replace(world.asking, who=other)
    booker.quote = (await world.a_quote(OFFER)).id
    _, replayed = await answer_once(world.hub, asking, "k-1", "p", booker)
    assert not replayed
