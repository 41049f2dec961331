"""What a rig of a channel is: the adapter under test, and a hand on the other side."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec

from adapters._kit.simulator.faults import Fault
from core.domain.stay import Stay
from core.domain.stock.ari import AvailabilityLine, Prices, RateLine, RestrictionLine, Restrictions
from ports.ari_channel import AriChannel
from ports.reservation_source import ReservationSource
from tests.contract.hotel_rigs import QuickClock

CARD, CVV = "4111111111111111", "737"
LINES = frozenset({AvailabilityLine, RateLine, RestrictionLine})
BOUNDS = frozenset(
    {
        *("stop_sell", "closed_to_arrival", "closed_to_departure"),
        *("min_stay_arrival", "min_stay_through", "max_stay"),
    }
)


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
    together: a reservation may have several rooms.
    extras: it takes prices of an extra adult and child. adults: occupancies it takes a price for.
    """

    property_code: str
    sells: tuple[tuple[str, str], ...]
    currency: str
    kinds: frozenset[type]
    bounds: frozenset[str]
    weekdays: bool
    partial: bool
    together: bool
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


class SteppingClock(QuickClock):
    """Whoever sleeps by it wakes at once, and that much later."""

    async def sleep(self, seconds: float) -> None:
        self.ahead_s += seconds
        await super().sleep(seconds)

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead_s)


# What breaks here → what the shared simulator plumbing calls it.
BROKEN = {
    "lost": "lose_answer",
    "away": "fail_before",
    "unauthorised": "unauthorized",
    "rate_limited": "rate_limit",
    "truncated": "truncate",
}
FOR_EVER = 1_000_000


def fault(operation: str, how: str, value: float, times: int | None) -> Fault:
    planted = {
        "kind": BROKEN.get(how, how),
        "operation": operation,
        "times": FOR_EVER if times is None else times,
        "status": 503,
        "retry_after": int(value),
    }
    return msgspec.convert(planted, Fault)
