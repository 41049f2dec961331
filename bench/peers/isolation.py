"""One endpoint that never answers in time, and what it does to another's lag."""

from __future__ import annotations

import statistics
import time
from typing import Any

from tests.servers import Postgres

from bench.peers import stock
from bench.peers.lag import lags
from bench.peers.serai import UNRULED, WORKER, House
from bench.peers.sink import Sink, running_sink
from entrypoints.settings import Settings

WAITING = 100_000
ANSWERS_AFTER_MS = 30_000
COMMITS_PER_S = 100.0
SECONDS = 10.0
# As many in flight as the hub has by default; the other measurements are held to 64.
AS_RUN = {"deliveries_in_flight": str(Settings.model_fields["deliveries_in_flight"].default)}
SETTLES_IN_S = 3.0  # the worker is busy with the backlog before the clock starts


def isolation(postgres: Postgres, *, times: int) -> dict[str, Any]:
    """p99 of the other endpoint in ms, medians of *times*, without and with the backlog, by
    turns; breaker, adaptive cap and quarantine off, then on."""
    with running_sink(recording=True) as sink:
        partner = _prepared(postgres, sink)
        return {
            rules: _compared(postgres, sink, partner, command, times)
            for rules, command in (("rules_off", UNRULED), ("rules_on", WORKER))
        }


def _compared(
    postgres: Postgres, sink: Sink, partner: str, command: tuple[str, ...], times: int
) -> dict[str, Any]:
    p99: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(times):
        for crowd, found in p99.items():
            house = House(postgres.database("crowd", f"isolation_{crowd}"), command, AS_RUN)
            with house.working():
                time.sleep(SETTLES_IN_S)
                found.append(lags(house, sink, partner, COMMITS_PER_S, seconds=SECONDS)["p99"])
            postgres.drop("crowd")
    without, crowded = (statistics.median(found) for found in p99.values())
    moved = round(crowded / without - 1, 3)
    return {"without_ms_p99": without, "with_ms_p99": crowded, "moved": moved, "all_p99": p99}


def _prepared(postgres: Postgres, sink: Sink) -> str:
    """Two databases alike but for the backlog; the partner with the quick endpoint."""
    house = House(postgres.database("isolation_without"))
    quick = house.by_hub(lambda hub: stock.furnish(hub, "Quick", [f"{sink.url}/seen/0"]))
    house.season(quick)
    late = f"{sink.url}/after/{ANSWERS_AFTER_MS}"
    slow = house.by_hub(lambda hub: stock.furnish(hub, "Slow", [late]))
    crowded = House(postgres.database("isolation_with", "isolation_without"))
    crowded.fill(slow, WAITING, salt=1)
    return quick
