"""Channels in the store: how each is to be shown, how far it was told, and what it sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from core.domain.channels.channel import Channel
from core.domain.channels.lane import Lane, LaneKey
from core.domain.channels.parity import Breach, BreachState, Reading
from core.domain.channels.pulling import Pull, Watch
from core.domain.channels.push import Push
from core.domain.channels.reservation import Acknowledgement, Reservation, ReservationState
from ports.paging import Page


class ChannelFilter(msgspec.Struct, frozen=True):
    property: str | None = None
    connection: str | None = None


class ReservationFilter(msgspec.Struct, frozen=True):
    """reference: the channel's. unmapped: only such as are so now; overbooked: that were so when
    their own rooms last changed."""

    property: str | None = None
    channel: str | None = None
    connection: str | None = None
    state: ReservationState | None = None
    reference: str | None = None
    unmapped: bool | None = None
    overbooked: bool | None = None


class BreachFilter(msgspec.Struct, frozen=True):
    channel: str | None = None
    state: BreachState | None = None


class ChannelsWaiting(msgspec.Struct, frozen=True):
    """What waits, over all tenants, for an operator's gauges.

    due_s: for how long the push that is due longest has been so, failing ones apart. states: how
    many channels are active, failing, paused. left_s: until the first acknowledgement that
    was not heard is too late, None: none waits.
    unmapped: reservations that name what is mapped to nothing.
    """

    due_s: float
    states: Mapping[str, int]
    left_s: float | None
    unmapped: int


class ChannelView(Protocol):
    """Reads of one tenant in one environment. None: there is no such row here."""

    async def channel(self, id: str) -> Channel | None: ...
    async def channels(self, page: Page, where: ChannelFilter) -> Sequence[Channel]: ...
    async def channels_of(
        self, *, property: str | None = None, connection: str | None = None
    ) -> Sequence[Channel]:
        """All of them, oldest first; never locked."""
        ...

    async def push(self, id: str) -> Push | None:
        """In a Tx it is locked until the end: whoever holds it says how far its channel was told,
        lanes included."""
        ...

    async def pushes(self, ids: Iterable[str]) -> Mapping[str, Push]:
        """Those of *ids* that are here; never locked."""
        ...

    async def lanes(
        self, channel: str, keys: Iterable[LaneKey] | None = None
    ) -> Mapping[LaneKey, Lane]:
        """Those of *keys* that were ever told; None: all of them."""
        ...

    async def pull(self, id: str) -> Pull | None: ...
    async def watch(self, id: str) -> Watch | None: ...
    async def reservation(self, id: str) -> Reservation | None: ...
    async def reservation_of(self, connection: str, reference: str) -> Reservation | None:
        """By the channel's id of it; in a Tx locked as by our own."""
        ...

    async def reservations(self, page: Page, where: ReservationFilter) -> Sequence[Reservation]: ...

    async def acknowledgement(self, id: str) -> Acknowledgement | None: ...
    async def acknowledgement_of(self, connection: str, message: str) -> Acknowledgement | None:
        """Of one revision, by the channel's id of it; in a Tx locked."""
        ...

    async def acknowledgements(self, reservations: Iterable[str]) -> Sequence[Acknowledgement]:
        """Of these reservations, oldest first; never locked."""
        ...

    async def acknowledgements_owed(self) -> Sequence[Acknowledgement]:
        """Those that are still to be heard, oldest first; never locked."""
        ...

    async def breach(self, id: str) -> Breach | None: ...
    async def breaches(self, page: Page, where: BreachFilter) -> Sequence[Breach]: ...
    async def breaches_of(self, channel: str) -> Sequence[Breach]:
        """The newest of each room and plan of it; never locked."""
        ...

    async def readings(self, channel: str) -> Sequence[Reading]:
        """What it showed when it was last read back; never locked."""
        ...


class ChannelTx(ChannelView, Protocol):
    """Writes that commit together or not at all. A put ends the lease of whoever checks the row,
    but for a push."""

    async def put_channel(self, channel: Channel) -> None:
        """Violated: its connection has another one of that property or property code."""
        ...

    async def put_push(self, push: Push, *, lease_s: float | None = None) -> None:
        """lease_s: the turn that holds it needs so long from now; 0: it has ended. None: somebody
        else puts it, and a turn that runs goes on."""
        ...

    async def put_lanes(self, channel: str, lanes: Iterable[Lane]) -> None:
        """Insert or replace by key; a lane that holds nothing is dropped."""
        ...

    async def drop_lanes(self, channel: str) -> None:
        """Nothing that was acknowledged counts any more."""
        ...

    async def put_pull(self, pull: Pull) -> None: ...
    async def put_watch(self, watch: Watch) -> None: ...
    async def put_reservation(self, reservation: Reservation) -> None:
        """Violated: its connection has another one of that reference."""
        ...

    async def put_acknowledgement(self, acknowledgement: Acknowledgement) -> None:
        """Violated: its connection has another one of that message."""
        ...

    async def put_breach(self, breach: Breach) -> None: ...
    async def put_readings(self, channel: str, readings: Iterable[Reading]) -> None:
        """In place of all that were kept of it."""
        ...
