from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from core.domain.channels.channel_reservation import ChannelReservation
from ports.probe import Testable


class PulledReservation(msgspec.Struct, frozen=True):
    """One revision as it came. message: the channel's id of it. raw: its bytes, of this
    reservation alone, with card numbers masked."""

    message: str
    raw: bytes

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return f"PulledReservation({self.message!r})"


class ReservationSource(Testable, Protocol):
    """Where a channel's reservations come from. What is not acknowledged is told again.

    Every method raises only ports.errors, keeps its manifest's deadline_s, and is safe to
    call from many tasks at once.
    """

    async def pull(self, property_codes: Sequence[str]) -> Sequence[PulledReservation]:
        """What waits for these properties and was not acknowledged, oldest first, as far as its
        time reaches: a caller asks again until nothing new comes. What cannot be read is told
        too, under a name of ours where it has none; as nobody will acknowledge it, it must not
        stand for ever before the rest."""
        ...

    def parse(self, raw: bytes) -> ChannelReservation:
        """What a pulled message says. Pure. BrokenContract: it is not the channel's language."""
        ...

    async def acknowledge(self, reservation: ChannelReservation, *, ours: str) -> None:
        """Say that this revision is kept, under *ours*, our reservation's id. One that was
        acknowledged before is well.

        Unavailable, OutcomeUnknown: say it again. Refused: the channel does not take it, as when
        it does not know it; a person is told, and it is said again for a while.
        """
        ...
