"""Wait until an event was tried, so that whoever asked for it sees at once what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.hub import Asking, Hub
from core.domain.webhooks.delivery import Attempt, Delivery
from ports.store import DeliveryFilter, Page

POLL_S = 0.05  # API and worker may be two processes: the store is what both see
AT_MOST = 200


class Seen(msgspec.Struct, frozen=True):
    """attempts: oldest first; none: not tried yet."""

    delivery: Delivery
    attempts: Sequence[Attempt]

    @property
    def known(self) -> bool:
        return bool(self.attempts) or self.delivery.settled_at is not None


async def await_attempts(hub: Hub, asking: Asking, event: str, *, by: float) -> tuple[Seen, ...]:
    """What became of the deliveries of *event* that the caller may see, once each was tried.

    by: on the hub's monotonic clock; what was not tried by then is told as it stands.
    At most AT_MOST of them, newest first.
    """
    where = DeliveryFilter(partner=asking.who.partner, event=event)
    while True:
        async with hub.store.read(asking.scope) as view:
            found = tuple(
                [
                    Seen(delivery, await view.attempts(delivery.id))
                    for delivery in await view.deliveries(Page(limit=AT_MOST), where)
                ]
            )
        left = by - hub.clock.monotonic()
        if left <= 0 or all(seen.known for seen in found):
            return found
        await hub.clock.sleep(min(POLL_S, left))
