"""The other side of each channel, and a hand on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime

import msgspec

from core.domain.channels.channel_reservation import (
    ChannelReservation,
    Contact,
    ReservedRoom,
    Revision,
)
from core.domain.money import Money
from core.domain.stay import Occupancy
from core.domain.stock.ari import Prices, Restrictions
from tests.contract.channel_rig import BOUNDS, CARD, CVV, LINES, Rig, Wish
from tests.contract.channex_rig import channex
from tests.contract.expedia_rig import expedia
from tests.contract.siteminder_rig import siteminder_rig
from tests.fakes import memory_channel
from tests.fakes.memory_channel import MemoryChannel


class MemoryRig:
    property_code = memory_channel.PROPERTY
    sells = tuple((room, plan) for room, plans in memory_channel.PLANS.items() for plan in plans)
    currency = "IDR"
    kinds: frozenset[type] = LINES
    bounds = BOUNDS
    weekdays = True
    partial = True
    together = True
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
                message="told when it is numbered",
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


@asynccontextmanager
async def memory() -> AsyncIterator[Rig]:
    yield MemoryRig()


Open = Callable[[], AbstractAsyncContextManager[Rig]]
CHANNELS: dict[str, Open] = {
    "memory": memory,
    "siteminder": siteminder_rig,
    "channex": channex,
    "expedia": expedia,
}
