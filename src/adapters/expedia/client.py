"""What a channel and a source of reservations do, in calls. What they say is `mapping`'s."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TypeVar

import msgspec

from adapters._kit.http import open_client
from adapters._kit.kept import Kept
from adapters._kit.wiring import Wiring
from adapters._kit.xml import Element
from adapters.expedia.calls import CALL_S, VENDOR, Calls
from adapters.expedia.config import BASE_URL, ExpediaConfig
from adapters.expedia.mapping import ar, bookings, confirm, products, refusals, shown, wire
from adapters.expedia.mapping.ar import Told
from adapters.expedia.mapping.faults import Failed
from adapters.expedia.probing import probe
from core.domain.channels.channel_reservation import ChannelReservation
from core.domain.stock.ari import (
    AriLine,
    ChannelCatalogue,
    PushAnswer,
    RateLine,
    RefusedLine,
    Shown,
    ShownAvailability,
    ShownKind,
    ShownRate,
)
from ports.errors import BrokenContract, Misconfigured, Refused, VendorError
from ports.probe import Probe
from ports.reservation_source import PulledReservation

DEADLINE_S = 88.0  # the products, then the push
PRODUCTS_S = 20.0
PRODUCTS_AGE_S, MOST_HOTELS = 900.0, 2000
HOTELS_AT_ONCE = 8

log = logging.getLogger(__name__)
T = TypeVar("T")


class Expedia:
    def __init__(self, calls: Calls, config: ExpediaConfig, wiring: Wiring) -> None:
        self._calls = calls
        self._rule = config.stay_rule
        self._clock = wiring.clock
        self._products: Kept[str, products.Products] = Kept(
            wiring.clock.monotonic, age_s=PRODUCTS_AGE_S, most=MOST_HOTELS
        )

    def messages(self, lines: Sequence[AriLine]) -> Sequence[Sequence[AriLine]]:
        return ar.messages(lines)

    async def push(self, property_code: str, message: Sequence[AriLine]) -> PushAnswer:
        """One request, unless a line alone is more than they take at once."""
        ends = self._clock.monotonic() + DEADLINE_S
        plans = await self._plans(property_code, message)
        told = [ar.told(n, line, plans, self._rule) for n, line in enumerate(message)]
        refused = [one for one in told if isinstance(one, RefusedLine)]
        good = [one for one in told if isinstance(one, Told)]
        words: list[str] = []
        for part in _parts(good):
            answer = await self._push(property_code, part, ends)
            refused += answer.refused
            words += answer.warnings
            if not answer.taken:
                return PushAnswer(False, _in_order(refused), tuple(words))
        return PushAnswer(True, _in_order(refused), tuple(words))

    async def catalogue(self, property_code: str) -> ChannelCatalogue:
        return products.catalogue(await self._read_products(property_code, "catalogue"))

    async def shown(self, property_code: str, first: date, last: date) -> Shown:
        ends = self._clock.monotonic() + DEADLINE_S
        plans = (await self._read_products(property_code, "shown")).plans
        availability: list[ShownAvailability] = []
        rates: list[ShownRate] = []
        since = first
        while since <= last:
            until = min(last, since + timedelta(days=shown.MOST_DAYS - 1))
            loaded = await self._ask(
                wire.PARR,
                property_code,
                partial(shown.fill, since=since, until=until),
                lambda root: shown.read(root, plans, self._rule),
                "shown",
                self._left(ends),
            )
            availability += loaded.availability
            rates += loaded.rates
            since = until + timedelta(days=1)
        return Shown(ShownKind.HELD, tuple(availability), tuple(rates))

    async def pull(self, property_codes: Sequence[str]) -> Sequence[PulledReservation]:
        """One hotel that is refused does not keep the others' bookings."""
        ends = self._clock.monotonic() + DEADLINE_S
        several = asyncio.Semaphore(HOTELS_AT_ONCE)

        async def of(code: str) -> list[PulledReservation]:
            async with several:
                return await self._waiting(code, ends)

        told = await asyncio.gather(*map(of, property_codes), return_exceptions=True)
        found = [one for some in told if not isinstance(some, BaseException) for one in some]
        failed = [one for one in told if isinstance(one, BaseException)]
        for error in failed:
            if not isinstance(error, VendorError) or isinstance(error, Misconfigured) or not found:
                raise error
            log.warning("expedia.hotel-not-pulled", extra={"code": error.vendor_code})
        return found

    async def _waiting(self, code: str, ends: float) -> list[PulledReservation]:
        """Of many they tell the oldest: what nobody confirms would keep back what is new, so
        that that is asked for apart, and is known from then on."""
        left = self._left(ends)
        found = told = await self._ask(wire.BR, code, bookings.fill, bookings.read, "pull", left)
        new = partial(bookings.fill, known=False)
        while len(told) >= bookings.MOST and (left := self._left(ends)) > 0:
            try:
                told = await self._ask(wire.BR, code, new, bookings.read, "pull", left)
            except VendorError as e:
                log.warning("expedia.new-not-pulled", extra={"code": e.vendor_code})
                break
            found = [*found, *told]
        return found

    def parse(self, raw: bytes) -> ChannelReservation:
        try:
            return bookings.reservation(raw)
        except (ValueError, LookupError, ArithmeticError, TypeError, AttributeError):
            error = BrokenContract("not a booking", vendor=VENDOR, operation="parse")
        raise error  # outside the except: its context quotes the guest

    async def acknowledge(self, reservation: ChannelReservation, *, ours: str) -> None:
        if not reservation.reference.isdecimal():
            raise Refused("not an Expedia booking", vendor=VENDOR, operation="acknowledge")
        at = max(self._clock.now(), _told_at(reservation))  # not before the booking itself
        told = await self._ask(
            wire.BC,
            reservation.property_code,
            lambda root: confirm.fill(root, reservation, ours, at),
            confirm.read,
            "acknowledge",
        )
        wrong = confirm.refused(told, reservation)
        if wrong is not None:
            raise Refused(
                "the booking was not confirmed",
                vendor=VENDOR,
                operation="acknowledge",
                vendor_code=str(wrong.code),
            )

    async def probe(self) -> Probe:
        return await probe(self._calls, self._clock)

    async def _push(self, property_code: str, part: Sequence[Told], ends: float) -> PushAnswer:
        lines = [one.line for one in part]
        answer = await self._calls.ask(
            wire.AR,
            property_code,
            lambda root: ar.fill(root, part, self._rule),
            refusals.read,
            operation="push",
            deadline_s=self._left(ends),
        )
        if isinstance(answer, Failed):
            today = self._clock.now().date()
            wrong = refusals.after_errors(answer.errors, lines, today, self._calls.scrubbed)
            if wrong is None:
                raise self._calls.error(answer, "push")
            found = wrong
        else:
            found = refusals.after_warnings(answer, lines, self._calls.scrubbed)
        placed = (RefusedLine(part[r.line].place, r.code, r.message) for r in found.refused)
        return PushAnswer(found.taken, tuple(placed), found.warnings)

    async def _plans(
        self, property_code: str, message: Sequence[AriLine]
    ) -> dict[str, products.Plan]:
        """Asked for once in a while, and when a plan is new."""
        wanted = {line.plan for line in message if isinstance(line, RateLine)}
        if not wanted:
            return {}
        held = self._products.find(property_code)
        if held is None or not wanted <= held.plans.keys():
            held = await self._read_products(property_code, "push")
        return held.plans

    async def _read_products(self, property_code: str, operation: str) -> products.Products:
        since = self._clock.monotonic()
        found = await self._ask(
            wire.PARR, property_code, products.fill, products.read, operation, PRODUCTS_S
        )
        self._products.keep(property_code, found, since)
        return found

    async def _ask(
        self,
        message: wire.Kind,
        hotel: str,
        fill: Callable[[Element], None],
        read: Callable[[Element], T],
        operation: str,
        deadline_s: float = CALL_S,
    ) -> T:
        answer = await self._calls.ask(
            message, hotel, fill, read, operation=operation, deadline_s=deadline_s
        )
        if isinstance(answer, Failed):
            raise self._calls.error(answer, operation)
        return answer

    def _left(self, ends: float) -> float:
        """Seconds for the next call."""
        return min(CALL_S, ends - self._clock.monotonic())


def _parts(told: Sequence[Told]) -> list[list[Told]]:
    """What goes in one request each. A message of `messages` is one, unless a line alone is more
    than they take: that one goes in pieces."""
    if not told:
        return []
    if len(told) == 1:
        (one,) = told
        return [[msgspec.structs.replace(one, line=part)] for part in ar.pieces(one.line)]
    sizes = [len(lines) for lines in ar.messages([one.line for one in told])]
    places = iter(told)
    return [list(itertools.islice(places, size)) for size in sizes]


def _in_order(refused: Sequence[RefusedLine]) -> tuple[RefusedLine, ...]:
    """Each line once, as the lines came."""
    by_place: dict[int, RefusedLine] = {}
    for one in refused:
        by_place.setdefault(one.line, one)
    return tuple(by_place[place] for place in sorted(by_place))


def _told_at(reservation: ChannelReservation) -> datetime:
    """`order` is their instant of it, in microseconds; one second more, for what is cut off."""
    return datetime.fromtimestamp(reservation.order // 1_000_000 + 1, UTC)


@asynccontextmanager
async def open_expedia(config: ExpediaConfig, wiring: Wiring) -> AsyncIterator[Expedia]:
    async with open_client(config.base_url or BASE_URL, transport=wiring.transport) as client:
        yield Expedia(Calls(client, config, wiring), config, wiring)
