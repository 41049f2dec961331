"""Events at a steady rate through the hub's own record path, as its API process writes them.

    python -m bench.peers.generator PARTNER TRANSACTIONS_A_SECOND EVENTS_EACH SECONDS

The settings of the hub come by environment. Prints when each event was committed, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

from bench.peers.stock import event_for, scope_of
from core.application.hub import Hub
from core.domain.tenancy import Scope
from entrypoints.bootstrap import open_hub
from entrypoints.settings import Settings
from ports.jobs import Bell


async def generate(hub: Hub, partner: str, per_s: float, each: int, seconds: float) -> None:
    scope, began = await scope_of(hub), time.monotonic()
    committed: dict[str, float] = {}
    for number in range(int(per_s * seconds)):
        await asyncio.sleep(began + number / per_s - time.monotonic())
        ids = await _commit(hub, scope, partner, each)
        now = time.time()
        await hub.jobs.ring(Bell.DELIVERIES)
        committed |= dict.fromkeys(ids, now)
    print(json.dumps(committed))


async def _commit(hub: Hub, scope: Scope, partner: str, each: int) -> list[str]:
    now = hub.clock.now()
    async with hub.store.begin(scope) as tx:
        drafts = [event_for(partner, hub.mint.id("bkg"), now) for _ in range(each)]
        return [(await tx.record(draft, now)).id for draft in drafts]


async def main(partner: str, per_s: float, each: int, seconds: float) -> None:
    async with open_hub(Settings()) as hub:
        await generate(hub, partner, per_s, each, seconds)


if __name__ == "__main__":
    partner, per_s, each, seconds = sys.argv[1:]
    uvloop.run(main(partner, float(per_s), int(each), float(seconds)))
