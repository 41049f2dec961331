"""Lag: from an event's commit to the first byte of its delivery at the sink, one clock."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from tests.servers import Postgres

from bench.peers.contender import WITHIN_S
from bench.peers.program import program
from bench.peers.serai import ENDPOINTS, House
from bench.peers.sink import Sink, running_sink
from bench.report import summary

SECONDS = 15.0
WARM_S = 3.0
COMMITS_PER_S = 50.0
LATE_S = 30.0


def lag(postgres: Postgres, *, per_s: float) -> dict[str, Any]:
    """p50 and p99 in ms, at *per_s* deliveries a second."""
    house = House(postgres.database("serai_lag"))
    each = max(1, round(per_s / COMMITS_PER_S / ENDPOINTS))
    commits = per_s / ENDPOINTS / each
    with running_sink(recording=True) as sink:
        partner = house.furnish(f"{sink.url}/seen")
        house.season(partner)
        with house.working():
            found = lags(house, sink, partner, commits, each)
    asked = round(commits * each * ENDPOINTS)
    return {"lag_ms_p50": found["p50"], "lag_ms_p99": found["p99"], "lag_at_per_s": asked}


def lags(
    house: House,
    sink: Sink,
    partner: str,
    commits: float,
    each: int = 1,
    *,
    seconds: float = SECONDS,
) -> Mapping[str, float]:
    """Of what *partner* is sent while so many commits a second record *each* events: ms, of *seconds*."""
    sink.seen()
    what = [partner, str(commits), str(each), str(seconds + WARM_S)]
    command = [sys.executable, "-m", "bench.peers.generator", *what]
    with program(command, settings=house.all_settings) as generating:
        printed = generating.finished(WITHIN_S)
    committed: dict[str, float] = json.loads(printed.splitlines()[-1])
    warm = min(committed.values()) + WARM_S
    counted = {id: at for id, at in committed.items() if at >= warm}
    arrived = _arrived(sink, counted)
    times = [(at - counted[id]) * 1000 for id, every in arrived.items() for at in every]
    return summary(times)


def _arrived(sink: Sink, wanted: Mapping[str, float]) -> dict[str, list[float]]:
    """When each of *wanted* did; what has not LATE_S after the last commit counts as if it had
    come then, for a figure that leaves out the worst would be none."""
    seen: dict[str, list[float]] = {}
    ends = time.monotonic() + LATE_S
    while not wanted.keys() <= seen.keys() and time.monotonic() < ends:
        time.sleep(0.2)
        for id, at in sink.seen().items():
            seen.setdefault(id, []).extend(at)
    return {id: seen.get(id, [time.time()]) for id in wanted}
