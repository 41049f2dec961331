"""What a channel and a source of reservations do, in calls. What they say is `mapping`'s."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from adapters._kit.answer import Answer, broken, decode
from adapters._kit.apart import understood
from adapters._kit.http import open_client
from adapters._kit.kept import Kept
from adapters._kit.wiring import Wiring
from adapters.channex.calls import AVAILABILITY, CALL_S, RESTRICTIONS, VENDOR, Calls
from adapters.channex.config import BASE_URL, ChannexConfig
from adapters.channex.mapping import ari, revisions, rooms, shown, wire
from adapters.channex.probing import probe
from core.domain.channels.channel_reservation import ChannelReservation
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    ChannelCatalogue,
    PushAnswer,
    RateLine,
    Shown,
    ShownAvailability,
    ShownKind,
    ShownRate,
)
from ports.errors import BrokenContract, NotSupported, Refused, VendorError
from ports.probe import Probe
from ports.reservation_source import PulledReservation

DEADLINE_S = 65.0  # the plans, then the push
PAGE, PAGES, FEED_PAGES = 100, 20, 50
PROPERTIES_AT_ONCE = 20  # of their codes fit into one address
READ_DAYS = 180  # of two hundred rate plans, some six megabytes
PLANS_AGE_S, MOST_PROPERTIES = 900.0, 2000

log = logging.getLogger(__name__)
T = TypeVar("T")


class Channex:
    def __init__(self, calls: Calls, wiring: Wiring) -> None:
        self._calls = calls
        self._clock = wiring.clock
        self._plans: Kept[str, dict[str, rooms.Plan]] = Kept(
            wiring.clock.monotonic, age_s=PLANS_AGE_S, most=MOST_PROPERTIES
        )

    def messages(self, lines: Sequence[AriLine]) -> Sequence[Sequence[AriLine]]:
        return ari.messages(lines)

    async def push(self, property_code: str, message: Sequence[AriLine]) -> PushAnswer:
        about_rooms = [isinstance(line, AvailabilityLine) for line in message]
        if any(about_rooms) and not all(about_rooms):
            raise NotSupported(
                "availability goes apart from rates and restrictions",
                vendor=VENDOR,
                operation="push",
            )
        plans = await self._plans_for(property_code, message)
        sent = ari.push(property_code, message, plans)
        if not sent.sent:
            return PushAnswer(refused=sent.refused)
        path = AVAILABILITY if any(about_rooms) else RESTRICTIONS
        answer = await self._calls.ari("POST", path, property_code, "push", content=sent.content)
        if await understood(answer, ari.of_the_property):
            raise Refused(
                "no such property for this key",
                vendor=VENDOR,
                operation="push",
                request_id=answer.request_id,
            )
        return await understood(answer, lambda body: ari.answer(body, message, sent))

    async def catalogue(self, property_code: str) -> ChannelCatalogue:
        path = f"/properties/{quote(property_code, safe='')}"
        answer = await self._calls.get(path, "catalogue")
        one = decode(answer, wire.One[wire.Property]).data
        types = await self._listed("/room_types", property_code, "catalogue", wire.RoomType)
        plans = await self._read_plans(property_code, "catalogue")
        return rooms.catalogue(one, types, list(plans.values()))

    async def shown(self, property_code: str, first: date, last: date) -> Shown:
        ends = self._clock.monotonic() + DEADLINE_S
        plans = await self._read_plans(property_code, "shown")
        availability: list[ShownAvailability] = []
        rates: list[ShownRate] = []
        for since, until in _stretches(first, last):
            some, others = await self._held(property_code, since, until, plans, ends)
            availability += some
            rates += others
        return Shown(ShownKind.HELD, tuple(availability), tuple(rates))

    async def pull(self, property_codes: Sequence[str]) -> Sequence[PulledReservation]:
        """As far as its time reaches: whoever asks again is told the rest. Properties that are
        refused do not keep the others' reservations."""
        found: list[PulledReservation] = []
        failed: VendorError | None = None
        ends = self._clock.monotonic() + DEADLINE_S
        for begin in range(0, len(property_codes), PROPERTIES_AT_ONCE):
            if found and ends <= self._clock.monotonic():
                break
            some = property_codes[begin : begin + PROPERTIES_AT_ONCE]
            try:
                async for page in self._feed(some, ends):
                    found += page
            except VendorError as e:
                failed = e
                log.warning("channex.properties-not-pulled", extra={"code": e.vendor_code})
        if failed is not None and not found:
            raise failed
        return found

    async def _feed(
        self, properties: Sequence[str], ends: float
    ) -> AsyncIterator[list[PulledReservation]]:
        """Page by page to its end: what is never acknowledged stays at its head."""
        told: set[str] = set()
        for number in range(1, FEED_PAGES + 1):
            left = min(CALL_S, ends - self._clock.monotonic())
            if left <= 0 and told:
                return
            query = {
                "filter[property_id]": ",".join(properties),
                "order[inserted_at]": "asc",
                "pagination[page]": str(number),
                "pagination[limit]": str(PAGE),
            }
            path = "/booking_revisions/feed"
            answer = await self._calls.get(path, "pull", query, deadline_s=left)
            page = await understood(answer, _pulled)
            yield page
            new = {one.message for one in page} - told
            if len(page) < PAGE or not new:
                return
            told |= new

    def parse(self, raw: bytes) -> ChannelReservation:
        try:
            return revisions.reservation(raw)
        except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
            error = BrokenContract("not a booking revision", vendor=VENDOR, operation="parse")
        raise error  # outside the except: its context quotes the guest

    async def acknowledge(self, reservation: ChannelReservation, *, ours: str) -> None:
        """They keep no number of ours."""
        path = f"/booking_revisions/{quote(reservation.message, safe='')}/ack"
        answer = await self._calls.post(path, "acknowledge")
        if decode(answer, wire.AckRS).meta.message.casefold() != "success":
            raise broken(answer, "no success in it")

    async def probe(self) -> Probe:
        return await probe(self._calls, self._clock)

    async def _held(
        self,
        property_code: str,
        since: date,
        until: date,
        plans: Mapping[str, rooms.Plan],
        ends: float,
    ) -> tuple[tuple[ShownAvailability, ...], tuple[ShownRate, ...]]:
        query = {
            "filter[property_id]": property_code,
            "filter[date][gte]": str(since),
            "filter[date][lte]": str(until),
        }
        answer = await self._read(AVAILABILITY, property_code, query, ends)
        availability = await understood(answer, shown.availability)
        query["filter[restrictions]"] = shown.READ
        answer = await self._read(RESTRICTIONS, property_code, query, ends)
        occupancies: Sequence[wire.Item[wire.PlanOption]] = ()
        if await understood(answer, lambda body: shown.strangers(body, plans)):
            only = {"filter[property_id]": property_code}
            options = await self._calls.get("/rate_plans/options", "shown", only)
            occupancies = decode(options, wire.Many[wire.PlanOption]).data
        rates = await understood(answer, lambda body: shown.rates(body, plans, occupancies))
        return availability, rates

    async def _read(
        self, path: str, property_code: str, query: dict[str, str], ends: float
    ) -> Answer:
        left = min(CALL_S, ends - self._clock.monotonic())
        return await self._calls.ari(
            "GET", path, property_code, "shown", params=query, deadline_s=left
        )

    async def _plans_for(
        self, property_code: str, message: Sequence[AriLine]
    ) -> dict[str, rooms.Plan]:
        """Asked for once in a while, and when a plan is new."""
        wanted = {line.plan for line in message if isinstance(line, RateLine)}
        if not wanted:
            return {}
        held = self._plans.find(property_code)
        if held is None or not wanted <= held.keys():
            held = await self._read_plans(property_code, "push")
        return held

    async def _read_plans(self, property_code: str, operation: str) -> dict[str, rooms.Plan]:
        since = self._clock.monotonic()
        found: dict[str, rooms.Plan] = {}
        for item in await self._listed("/rate_plans", property_code, operation, wire.RatePlan):
            try:
                found[item.id] = rooms.plan(item)
            except ValueError:
                log.warning("channex.rate-plan-unreadable", extra={"operation": operation})
        self._plans.keep(property_code, found, since)
        return found

    async def _listed(
        self, path: str, property_code: str, operation: str, type_: type[T]
    ) -> list[wire.Item[T]]:
        found: list[wire.Item[T]] = []
        for page in range(1, PAGES + 1):
            query = {
                "filter[property_id]": property_code,
                "pagination[page]": str(page),
                "pagination[limit]": str(PAGE),
            }
            answer = await self._calls.get(path, operation, query)
            many: Any = wire.Many[type_]  # type: ignore[valid-type]
            rs: wire.Many[T] = await understood(answer, _reader(many))
            found += rs.data
            if len(rs.data) < PAGE:
                return found
        raise _endless(answer)


def _reader(type_: Any) -> Callable[[bytes], Any]:
    return lambda body: msgspec.json.decode(body, type=type_)


def _endless(answer: Answer) -> Exception:
    return broken(answer, "pages without end")


def _pulled(body: bytes) -> list[PulledReservation]:
    feed = msgspec.json.decode(revisions.whole(body), type=wire.Feed)
    return [PulledReservation(*revisions.pulled(bytes(raw))) for raw in feed.data]


def _stretches(first: date, last: date) -> list[tuple[date, date]]:
    days = range(0, (last - first).days + 1, READ_DAYS)
    starts = [first + timedelta(days=n) for n in days]
    return [(since, min(last, since + timedelta(days=READ_DAYS - 1))) for since in starts]


@asynccontextmanager
async def open_channex(config: ChannexConfig, wiring: Wiring) -> AsyncIterator[Channex]:
    async with open_client(
        config.base_url or BASE_URL[wiring.environment],
        transport=wiring.transport,
        headers={"user-api-key": config.api_key, "Accept": "application/json"},
    ) as client:
        yield Channex(Calls(client, wiring), wiring)
