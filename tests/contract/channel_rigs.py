"""The other side of each channel, and a hand on it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, Protocol

import msgspec

from adapters import registry
from adapters._kit.transport import AioTransport
from adapters._kit.wiring import Wiring
from adapters.limiter.memory import MemoryLimiter
from adapters.siteminder import simulator as siteminder
from adapters.siteminder.client import SiteMinder
from adapters.siteminder.simulator.stock import Hotel
from core.domain.ari import AvailabilityLine, Prices, RateLine, RestrictionLine, Restrictions
from core.domain.channel_reservation import ChannelReservation, Contact, ReservedRoom, Revision
from core.domain.hotel import Occupancy, Stay
from core.domain.money import Money
from core.domain.tenancy import Environment
from ports.ari_channel import AriChannel
from ports.reservation_source import ReservationSource
from tests.contract.hotel_rigs import QuickClock, serving
from tests.fakes import memory_channel
from tests.fakes.memory_channel import MemoryChannel

CARD, CVV = "4111111111111111", "737"
LINES = frozenset({AvailabilityLine, RateLine, RestrictionLine})
BOUNDS = frozenset(
    {
        *("stop_sell", "closed_to_arrival", "closed_to_departure"),
        *("min_stay_arrival", "min_stay_through", "max_stay"),
    }
)


def _basic(password: str) -> str:
    """The credential as HTTP Basic writes it."""
    return base64.b64encode(f"serai:{password}".encode()).decode()


class WishedRoom(msgspec.Struct, frozen=True):
    """by_night: major units of the rig's currency, one for each night."""

    room: str
    plan: str
    stay: Stay
    adults: int = 2
    children: int = 0
    by_night: tuple[int, ...] = ()


class Wish(msgspec.Struct, frozen=True):
    """What a guest books at the channel, with a card that never comes here in full."""

    rooms: tuple[WishedRoom, ...]
    name: str = "Siti"
    surname: str = "Contoh"
    email: str = "siti@example.com"
    remarks: str = "late arrival"


class Rig(Protocol):
    """channel, source: what is tested; both are one adapter. The rest plays the channel.

    sells: (room, plan) that the property has at the channel, of two rooms at least. kinds: the
    lines it takes. bounds: the fields of Restrictions it knows. weekdays: its spans may be of some
    weekdays only. partial: it takes the right lines of a message beside wrong ones.
    extras: it takes prices of an extra adult and child. adults: occupancies it takes a price for.
    """

    property_code: str
    sells: tuple[tuple[str, str], ...]
    currency: str
    kinds: frozenset[type]
    bounds: frozenset[str]
    weekdays: bool
    partial: bool
    extras: bool
    adults: tuple[int, ...]
    secrets: tuple[str, ...]

    @property
    def channel(self) -> AriChannel: ...
    @property
    def source(self) -> ReservationSource: ...

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        """The next *times* of the port's *operation* go wrong, None: all. lost: it is done, and
        no answer comes; unauthorised; rate_limited, value being the seconds; on wires also
        everything its simulator knows."""
        ...

    def heal(self) -> None:
        """What was broken works again."""
        ...

    def free(self, room: str, day: date) -> int | None:
        """What the channel holds. None: it was never told."""
        ...

    def prices(self, room: str, plan: str, day: date) -> Prices | None: ...

    def restrictions(self, room: str, plan: str, day: date) -> Restrictions | None: ...

    def reserve(self, wish: Wish) -> str:
        """A guest books; the channel's reference of it. Codes may be any: it sells them."""
        ...

    def modify(self, reference: str, wish: Wish) -> None: ...

    def cancel(self, reference: str) -> None: ...

    def tell_again(self, reference: str) -> None:
        """The newest revision waits again, although it may have been acknowledged."""
        ...

    def ours(self, reference: str) -> str | None:
        """Under which of our ids the newest revision was acknowledged."""
        ...


class MemoryRig:
    property_code = memory_channel.PROPERTY
    sells = tuple((room, plan) for room, plans in memory_channel.PLANS.items() for plan in plans)
    currency = "IDR"
    kinds: frozenset[type] = LINES
    bounds = BOUNDS
    weekdays = True
    partial = True
    extras = True
    adults: tuple[int, ...] = (1, 2, 3)
    secrets: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.channel = self.source = MemoryChannel()
        self._revisions: dict[str, list[ChannelReservation]] = {}

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        self.channel.break_(operation, how, value, times=times)

    def heal(self) -> None:
        self.channel.heal()

    def free(self, room: str, day: date) -> int | None:
        return self.channel.free.get((room, day))

    def prices(self, room: str, plan: str, day: date) -> Prices | None:
        return self.channel.prices.get((room, plan, day))

    def restrictions(self, room: str, plan: str, day: date) -> Restrictions | None:
        return self.channel.restrictions.get((room, plan, day))

    def reserve(self, wish: Wish) -> str:
        reference = f"BDC-{len(self._revisions) + 1}"
        self._tell(reference, wish, Revision.NEW)
        return reference

    def modify(self, reference: str, wish: Wish) -> None:
        self._tell(reference, wish, Revision.MODIFIED)

    def cancel(self, reference: str) -> None:
        newest = self._revisions[reference][-1]
        cancelled = msgspec.structs.replace(
            newest, revision=Revision.CANCELLED, order=newest.order + 1
        )
        self._revisions[reference].append(cancelled)
        self.channel.tell(cancelled, f"{CARD} {CVV}")

    def tell_again(self, reference: str) -> None:
        self.channel.tell_again(reference)

    def ours(self, reference: str) -> str | None:
        return self.channel.acknowledged.get(self.channel.newest(reference))

    def _tell(self, reference: str, wish: Wish, revision: Revision) -> None:
        revisions = self._revisions.setdefault(reference, [])
        nights = [[Money.of(n, self.currency) for n in room.by_night] for room in wish.rooms]
        revisions.append(
            ChannelReservation(
                message="",
                reference=reference,
                order=len(revisions) + 1,
                revision=revision,
                property_code=self.property_code,
                rooms=tuple(
                    ReservedRoom(
                        room=room.room,
                        plan=room.plan,
                        stay=room.stay,
                        occupancy=Occupancy(room.adults, (8,) * room.children),
                        by_night=tuple(by_night),
                        guests=((wish.name, wish.surname),),
                    )
                    for room, by_night in zip(wish.rooms, nights, strict=True)
                ),
                holder=Contact(wish.name, wish.surname, wish.email, remarks=wish.remarks),
                sold_on="Booking.com",
                total=Money(sum(n.minor for room in nights for n in room), self.currency),
                booked_at=datetime.now(UTC),
            )
        )
        self.channel.tell(revisions[-1], f"{CARD} {CVV}")


class SiteMinderRig:
    """The adapter on real sockets, against its simulator."""

    property_code = siteminder.HOTEL
    sells: tuple[tuple[str, str], ...] = (("DLX", "BAR"), ("QUAD", "BAR"), ("DLX", "NRF"))
    currency = "IDR"
    kinds: frozenset[type] = LINES
    bounds = BOUNDS - {"min_stay_through"}
    weekdays = False
    partial = False
    extras = True
    adults: tuple[int, ...] = (1, 2, 3, 4, 5)
    secrets: tuple[str, ...] = (siteminder.PASSWORD, _basic(siteminder.PASSWORD))

    def __init__(self, adapter: SiteMinder, simulator: siteminder.Simulator) -> None:
        self.channel = self.source = adapter
        self.simulator = simulator

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        theirs = {
            "push": ("avail", "rates"),
            "pull": ("read",),
            "acknowledge": ("report",),
            "catalogue": ("rooms",),
        }
        for one in theirs.get(operation, (operation,)):
            self.simulator.faults.add(how, one, times=times, value=value)

    def heal(self) -> None:
        self.simulator.faults.clear()

    @property
    def _hotel(self) -> Hotel:
        return self.simulator.stock.hotels[self.property_code]

    def free(self, room: str, day: date) -> int | None:
        return self._hotel.limits.get((room, day))

    def prices(self, room: str, plan: str, day: date) -> Prices | None:
        told = self._hotel.prices.get((room, plan, day))
        if told is None:
            return None
        by_adults = sorted((n, Money.of(a, told.currency)) for n, a in told.by_adults.items())
        extra = {code: Money.of(a, told.currency) for code, a in told.extra.items()}
        return Prices(tuple(by_adults), extra.get("10"), extra.get("8"))

    def restrictions(self, room: str, plan: str, day: date) -> Restrictions | None:
        told = self._hotel.restricted.get((room, plan, day))
        if told is None:
            return None
        return Restrictions(
            told.stop_sell,
            told.closed_to_arrival,
            told.closed_to_departure,
            None if told.min_stay in (None, 1) else told.min_stay,
            None,
            None if told.max_stay in (None, 365) else told.max_stay,
        )

    def reserve(self, wish: Wish) -> str:
        return self.simulator.reserve(self._booking(wish))

    def modify(self, reference: str, wish: Wish) -> None:
        self.simulator.bookings.modify(reference, self._booking(wish))

    def cancel(self, reference: str) -> None:
        self.simulator.bookings.cancel(reference)

    def tell_again(self, reference: str) -> None:
        self.simulator.bookings.tell_again(reference)

    def ours(self, reference: str) -> str | None:
        return self.simulator.bookings.newest(reference).confirmed

    def _booking(self, wish: Wish) -> siteminder.Booking:
        rooms = tuple(
            siteminder.Room(
                room.room,
                room.plan,
                room.stay.check_in,
                room.stay.check_out,
                room.adults,
                room.children,
                tuple(str(amount) for amount in room.by_night),
            )
            for room in wish.rooms
        )
        return siteminder.Booking(
            hotel=self.property_code,
            rooms=rooms,
            name=wish.name,
            surname=wish.surname,
            email=wish.email,
            remarks=wish.remarks,
        )


@asynccontextmanager
async def opened(adapter: str, config: dict[str, Any]) -> AsyncIterator[Any]:
    """The adapter, open, on a transport of its own and a clock that does not wait."""
    manifest = registry.load(adapter)
    converted = msgspec.convert(config, manifest.config)
    assert not manifest.check(converted, Environment.TEST)
    clock, transport = QuickClock(), AioTransport()
    wiring = Wiring(
        connection="con_test",
        budget="acc_test",
        environment=Environment.TEST,
        transport=transport,
        limiter=MemoryLimiter(clock),
        clock=clock,
    )
    try:
        async with manifest.open(converted, wiring) as client:
            yield client
    finally:
        await transport.aclose()


@asynccontextmanager
async def siteminder_rig(**config: Any) -> AsyncIterator[SiteMinderRig]:
    by_occupancy = config.get("pricing", "by_occupancy") == "by_occupancy"
    simulator = siteminder.Simulator(by_occupancy=by_occupancy)
    async with serving(simulator) as address:
        theirs = {
            **siteminder.CONFIG,
            "base_url": f"{address}/siteminder",
            "per_second": 1000,
            **config,
        }
        async with opened("siteminder", theirs) as adapter:
            yield SiteMinderRig(adapter, simulator)
        assert not simulator.overlaps, "two requests of a hotel at once"


@asynccontextmanager
async def memory() -> AsyncIterator[Rig]:
    yield MemoryRig()


Open = Callable[[], AbstractAsyncContextManager[Rig]]
CHANNELS: dict[str, Open] = {"memory": memory, "siteminder": siteminder_rig}
