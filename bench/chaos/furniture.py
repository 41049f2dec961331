"""Who is told: one partner, with endpoints of several kinds."""

from __future__ import annotations

import msgspec

from bench.chaos.plan import Size
from bench.chaos.script import Stand
from bench.peers.stock import scope_of
from core.application.hub import Hub
from core.application.webhooks.add_endpoint import NewEndpoint, add_endpoint
from core.application.webhooks.add_partner import add_partner
from core.domain.webhooks.partner import Sees
from core.domain.webhooks.retry import DAY_S, RetrySchedule
from entrypoints.demo.processes import free_port
from entrypoints.first_run import at_the_desk

# The hub's own schedule takes days. The pauses of the breaker stay the hub's own.
SCHEDULE = RetrySchedule(delays_s=(1,) * 10 + (2,) * 20)


async def furnish(hub: Hub, size: Size) -> tuple[str, tuple[Stand, ...]]:
    """The partner, and its endpoints. None gives up waiting for its order during a play."""
    scope = await scope_of(hub)
    asking = at_the_desk(scope)
    partner = await add_partner(hub, asking, "Weathered", Sees.OWN)
    stands: list[Stand] = []
    for number in range(size.endpoints):
        port, ordered = _free_port(stands), number < size.ordered
        new = NewEndpoint(
            url=f"http://127.0.0.1:{port}/hook", types=("booking.*",), partner=partner.id
        )
        made = await add_endpoint(hub, asking, new)
        made = msgspec.structs.replace(made, schedule=SCHEDULE, ordered=ordered, skip_after_s=DAY_S)
        async with hub.store.begin(scope) as tx:
            await tx.put_endpoint(made)
        stands.append(Stand(made.id, port, made.secrets[0].value.reveal(), ordered))
    return partner.id, tuple(stands)


def _free_port(stands: list[Stand]) -> int:
    """One that no other receiver of this play will have."""
    while (port := free_port()) in {stand.port for stand in stands}:
        continue
    return port
