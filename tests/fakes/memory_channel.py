"""A channel that keeps everything in memory, and goes wrong when it is told to."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from core.domain.card import masked_bytes
from core.domain.channels.channel_reservation import ChannelReservation
from core.domain.connections.connection import Verdict
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    ChannelCatalogue,
    ChannelPlan,
    ChannelRoom,
    Prices,
    PushAnswer,
    RateLine,
    RefusedLine,
    Restrictions,
    Shown,
    ShownAvailability,
    ShownKind,
    ShownRate,
    Span,
)
from ports.errors import BrokenContract, Misconfigured, Refused, Unavailable, VendorError
from ports.probe import Probe
from ports.reservation_source import PulledReservation

VENDOR = "memory"
PROPERTY = "HTL1"
PLANS = {"DLX": ("BAR", "NRF"), "FAM": ("BAR",)}
MOST_LINES = 50


class _Told(NamedTuple):
    """card: what stands in the message and must never come out."""

    reservation: ChannelReservation
    card: str


class MemoryChannel:
    """One property, two rooms. It takes what is right of a message and names the rest.

    free, prices, restrictions: what it holds, by room (and plan) and day. waiting: messages that
    are not acknowledged, oldest first. acknowledged: message → our word for it.
    """

    def __init__(self) -> None:
        self._faults: list[tuple[str, str, float, int | None]] = []
        self._numbers = itertools.count(1)
        self._told: dict[str, _Told] = {}
        self.free: dict[tuple[str, date], int] = {}
        self.prices: dict[tuple[str, str, date], Prices] = {}
        self.restrictions: dict[tuple[str, str, date], Restrictions] = {}
        self.waiting: list[str] = []
        self.acknowledged: dict[str, str] = {}
        self.pushes: list[Sequence[AriLine]] = []

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        self._faults.append((operation, how, value, times))

    def heal(self) -> None:
        self._faults.clear()

    # ------------------------------------------------------------ what a channel is told

    def messages(self, lines: Sequence[AriLine]) -> Sequence[Sequence[AriLine]]:
        return [lines[n : n + MOST_LINES] for n in range(0, len(lines), MOST_LINES)]

    async def push(self, property_code: str, message: Sequence[AriLine]) -> PushAnswer:
        lost = self._fails("push") == "lost"
        self._known(property_code)
        if len(message) > MOST_LINES:
            raise Refused("too many lines", vendor=VENDOR, operation="push")
        self.pushes.append(message)
        refused = []
        for place, line in enumerate(message):
            code = self._wrong(line)
            if code:
                refused.append(RefusedLine(place, code, "there is none"))
            else:
                self._keep(line)
        if lost:
            raise Unavailable("no answer", vendor=VENDOR, operation="push")
        return PushAnswer(refused=tuple(refused), reference=f"M{next(self._numbers)}")

    async def catalogue(self, property_code: str) -> ChannelCatalogue:
        self._fails("catalogue")
        self._known(property_code)
        rooms = tuple(
            ChannelRoom(room, room.title(), tuple(ChannelPlan(p, p.title(), "IDR") for p in plans))
            for room, plans in PLANS.items()
        )
        return ChannelCatalogue(property_code, "Hotel Contoh", rooms)

    async def shown(self, property_code: str, first: date, last: date) -> Shown:
        self._fails("shown")
        self._known(property_code)
        free = [(r, d, n) for (r, d), n in self.free.items() if first <= d <= last]
        rates = [key for key in self.prices if first <= key[2] <= last]
        return Shown(
            ShownKind.HELD,
            tuple(ShownAvailability(*cell) for cell in sorted(free)),
            tuple(
                ShownRate(*key, self.prices[key], self.restrictions.get(key))
                for key in sorted(rates)
            ),
        )

    def _wrong(self, line: AriLine) -> str:
        plans = PLANS.get(line.room)
        if plans is None:
            return "no_such_room"
        if not isinstance(line, AvailabilityLine) and line.plan not in plans:
            return "no_such_plan"
        return ""

    def _keep(self, line: AriLine) -> None:
        for day in days(line.span):
            if isinstance(line, AvailabilityLine):
                self.free[line.room, day] = line.free
            elif isinstance(line, RateLine):
                self.prices[line.room, line.plan, day] = line.prices
            else:
                self.restrictions[line.room, line.plan, day] = line.restrictions

    # ------------------------------------------------------------ what it tells

    def tell(self, reservation: ChannelReservation, card: str = "") -> None:
        """A revision waits; its message is numbered here."""
        message = f"R{next(self._numbers)}"
        self._told[message] = _Told(msgspec.structs.replace(reservation, message=message), card)
        self.waiting.append(message)

    def tell_again(self, reference: str) -> None:
        """The newest revision waits once more, as if it had never been acknowledged."""
        self.waiting.append(self.newest(reference))

    def newest(self, reference: str) -> str:
        """The message of its newest revision."""
        told = self._told.items()
        return [m for m, t in told if t.reservation.reference == reference][-1]

    async def pull(self, property_codes: Sequence[str]) -> Sequence[PulledReservation]:
        self._fails("pull")
        found = []
        for message in self.waiting:
            reservation, card = self._told[message]
            if reservation.property_code in property_codes:
                raw = msgspec.json.encode({"reservation": reservation, "card": card})
                found.append(PulledReservation(message, masked_bytes(raw)))
        return found

    def parse(self, raw: bytes) -> ChannelReservation:
        try:
            document = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
            return msgspec.json.decode(document["reservation"], type=ChannelReservation)
        except (msgspec.MsgspecError, KeyError, UnicodeDecodeError):
            error = BrokenContract("not a reservation", vendor=VENDOR, operation="parse")
        raise error

    async def acknowledge(self, reservation: ChannelReservation, *, ours: str) -> None:
        lost = self._fails("acknowledge") == "lost"
        if reservation.message not in self._told:
            raise Refused("no such message", vendor=VENDOR, operation="acknowledge")
        if reservation.message in self.waiting:
            self.waiting.remove(reservation.message)
        self.acknowledged[reservation.message] = ours
        if lost:
            raise Unavailable("no answer", vendor=VENDOR, operation="acknowledge")

    async def probe(self) -> Probe:
        return Probe(Verdict.VERIFIED, {"endpoint": "memory"})

    def _known(self, property_code: str) -> None:
        if property_code != PROPERTY:
            raise Refused("no such property", vendor=VENDOR, vendor_code="392")

    def _fails(self, operation: str) -> str:
        for fault in self._faults:
            planted, how, value, times = fault
            if planted == operation:
                self._faults.remove(fault)
                if times is None or times > 1:
                    self._faults.append((planted, how, value, times and times - 1))
                if how == "lost":
                    return how
                raise _error(operation, how, value)
        return ""


def days(span: Span) -> Iterator[date]:
    day = span.first
    while day <= span.last:
        if not span.weekdays or day.isoweekday() in span.weekdays:
            yield day
        day += timedelta(days=1)


def _error(operation: str, how: str, value: float) -> VendorError:
    if how == "unauthorised":
        return Misconfigured("the credential is refused", vendor=VENDOR, operation=operation)
    if how == "refused":
        return Refused("it is not taken", vendor=VENDOR, operation=operation, vendor_code="382")
    after = value if how == "rate_limited" else None
    return Unavailable(how, vendor=VENDOR, operation=operation, retry_after_s=after)
