"""The worker with breaker, adaptive cap and quarantine off, so that the fair claim is alone.

    python -m bench.peers.unruled

What an endpoint may have in flight is then only its own in_flight_max.
"""

from __future__ import annotations

import dataclasses

from core.application.webhooks.leases import Pools
from core.domain.webhooks.pace import Pacing
from entrypoints import asgi
from entrypoints.bootstrap import open_hub
from entrypoints.loops import run_loops
from entrypoints.settings import Settings

NO_RULES = Pacing(start=1_000_000, adaptive=False, breaker_after=None, quarantine_after_s=None)


async def main(settings: Settings) -> None:
    async with asgi.told_to_stop() as stop, open_hub(settings) as hub:
        unruled = dataclasses.replace(hub, pacing=NO_RULES)
        await run_loops(unruled, stop, Pools(in_flight=settings.deliveries_in_flight))


if __name__ == "__main__":
    asgi.run(main(Settings()))
