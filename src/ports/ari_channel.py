from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from core.domain.stock.ari import AriLine, ChannelCatalogue, PushAnswer, Shown
from ports.probe import Testable


class AriChannel(Testable, Protocol):
    """A channel that is told our availability, rates and restrictions.

    Codes are the channel's; days are local to the property, spans include both ends. Every
    method raises only ports.errors, keeps its manifest's deadline_s, and is safe to call from
    many tasks at once; the caller sends a property's messages one after the other.
    """

    def messages(self, lines: Sequence[AriLine]) -> Sequence[Sequence[AriLine]]:
        """*lines* of one property, in as few messages as the channel's limits allow: each is
        what one push sends. Pure. Every line is in exactly one message; lines of a kind keep their
        order, and availability that does not lead is not told before rates and restrictions.
        """
        ...

    async def push(self, property_code: str, message: Sequence[AriLine]) -> PushAnswer:
        """Tell the channel one message. Lines are absolute, so a repeat does no harm.

        A line that the channel has no words for is refused by its place, and is not sent; a
        span of some weekdays where the manifest knows none is NotSupported, as are lines of a
        kind it does not take. Of two lines for one day the later holds.

        Unavailable: not taken, over its limits or away; push again after a while.
        OutcomeUnknown: sent, no clear answer; push again. Misconfigured: a person is needed.
        Refused: it refuses the property as a whole. NotSupported: it takes no such lines.
        """
        ...

    async def catalogue(self, property_code: str) -> ChannelCatalogue:
        """Rooms and plans of the property at the channel, to map to.

        NotSupported: it cannot say. Refused: it knows no such property.
        """
        ...


class ShownRates(Protocol):
    """A channel that can say what it shows or holds, for drift and parity."""

    async def shown(self, property_code: str, first: date, last: date) -> Shown:
        """All days from *first* to *last*, both included; what it does not know is left out."""
        ...
