"""10,000 genuine webhooks of three vendors while PostgreSQL is restarted: none may be lost.

make bench NAME=inbound ARGS="--messages 2000"
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
from pathlib import Path

import structlog
from tests.http.house import open_house
from tests.http.inbound_storm import Outcome, connected, messages, storm
from tests.servers import running_postgres

from bench.report import publish
from core.domain.tenancy import Environment, Scope

MESSAGES = 10_000
AWAY_S = 2.0


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--messages", type=int, default=MESSAGES)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found = asyncio.run(measure(asked.parse_args().messages))
    row = {
        "sent": found.sent,
        "answered 200": found.statuses[200],
        "answered 503": found.statuses[503],
        "answered otherwise": found.statuses.total() - found.statuses[200] - found.statuses[503],
        "lost after a 200": found.lost,
        "never stored": found.missing,
        "stored twice": found.doubled,
        "seconds": found.seconds,
    }
    title = "Genuine webhooks over a restart of their database"
    publish("inbound", title, {"stripe, midtrans, xendit": row})
    if found.lost or found.missing or found.doubled:
        raise SystemExit(1)


async def measure(count: int) -> Outcome:
    with running_postgres() as server, tempfile.TemporaryDirectory() as folder:
        async with open_house(Path(folder), database=server.database("storm")) as house:
            posted = messages(await connected(house), count)

            async def outage(gone: asyncio.Event) -> None:
                await asyncio.to_thread(server.stop)
                gone.set()
                await asyncio.sleep(AWAY_S)
                await asyncio.to_thread(server.start)

            scope = Scope(house.first.tenant, Environment.TEST)
            return await storm(house.platforms[0], house.hubs[0], scope, posted, outage)


if __name__ == "__main__":
    main()
