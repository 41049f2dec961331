"""One search is many questions: each option of each product that may fit is asked for its starts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from adapters._kit.http import broken
from adapters.octo.calls import VENDOR, Calls
from adapters.octo.catalogue import Catalogue
from adapters.octo.mapping import offers
from adapters.octo.mapping.search import Asked, asked, starts
from adapters.octo.mapping.wire import Availability
from core.domain.bookings.activity import ActivityOffer, ActivitySearch
from ports.clock import Clock
from ports.errors import BrokenContract, Refused, Unavailable

AT_ONCE = 8
MOST_QUESTIONS = 60
# What one question may meet while the others are answered; all else is true of the connection.
PASSING = (Unavailable, BrokenContract, Refused)
log = logging.getLogger(__name__)


class Searching:
    def __init__(
        self,
        calls: Calls,
        catalogue: Catalogue,
        clock: Clock,
        *,
        connection: str,
        currency: str | None,
    ) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._clock = clock
        self._connection = connection
        self._currency = currency

    async def search(
        self, request: ActivitySearch, *, deadline_s: float
    ) -> Sequence[ActivityOffer]:
        """What was answered by the deadline; an error only when nothing was."""
        ends = self._clock.monotonic() + deadline_s
        try:
            async with asyncio.timeout(deadline_s):
                products = await self._catalogue.products()
        except TimeoutError:
            products = None
        if products is None:
            raise _late()
        questions = asked(products, request, self._connection)
        if len(questions) > MOST_QUESTIONS:
            log.warning("octo.search-cut", extra={"options": len(questions)})
        return await self._all(questions[:MOST_QUESTIONS], request, ends) if questions else ()

    async def _all(
        self, questions: Sequence[Asked], request: ActivitySearch, ends: float
    ) -> Sequence[ActivityOffer]:
        some = asyncio.Semaphore(AT_ONCE)

        async def ask(one: Asked) -> list[ActivityOffer]:
            async with some:
                return await self._starts(one, request, ends)

        tasks = [asyncio.create_task(ask(one)) for one in questions]
        try:
            done, late = await asyncio.wait(tasks, timeout=ends - self._clock.monotonic())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return _merged([task.exception() or task.result() for task in done], len(late))

    async def _starts(
        self, one: Asked, request: ActivitySearch, ends: float
    ) -> list[ActivityOffer]:
        content = starts(one, request.days, self._currency)
        left = ends - self._clock.monotonic()
        answer, rows = await self._calls.availability(content, "search", left)
        found, unreadable = [], 0
        for raw in rows:
            try:
                offer = self._offer(one, msgspec.json.decode(raw, type=Availability))
            except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
                unreadable += 1
            else:
                found += [offer] if offer else []
        if unreadable:
            log.warning("octo.starts-unreadable", extra={"count": unreadable})
        if unreadable == len(rows) > 0:
            raise broken(answer, "no start of the answer can be read")
        return found

    def _offer(self, one: Asked, row: Availability) -> ActivityOffer | None:
        if offers.is_closed(row, one.units) or offers.is_past(row, self._clock.now()):
            return None
        return offers.offer(
            one.product, one.option, one.units, row, connection=self._connection, recheck=True
        )


def _merged(
    outcomes: Sequence[BaseException | list[ActivityOffer]], late: int
) -> Sequence[ActivityOffer]:
    errors = [o for o in outcomes if isinstance(o, BaseException)]
    answers = [o for o in outcomes if not isinstance(o, BaseException)]
    telling = next((e for e in errors if not isinstance(e, PASSING)), None)
    if telling is not None:
        raise telling
    if errors or late:
        log.warning("octo.search-partial", extra={"failed": len(errors), "late": late})
    if not answers:
        raise errors[0] if errors else _late()
    found = [offer for answer in answers for offer in answer]
    return sorted(found, key=lambda o: (o.starts_at, o.product.code, o.option.code))


def _late() -> Unavailable:
    return Unavailable("no answer in time", vendor=VENDOR, operation="search")
