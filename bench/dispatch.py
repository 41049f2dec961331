"""The dispatcher beside what its users would otherwise run, interleaved in one run.

Every contender sends the same 350 bytes, signed, to the same sink on this machine, 64 in
flight. What counts is the ratio within a run: absolute figures are this machine's.

    make bench NAME=dispatch ARGS="--rounds 1 --only postgres,bullmq"
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from tests.servers import Postgres, running_postgres

from bench.peers.contender import Absent, Contender, Round
from bench.peers.isolation import isolation
from bench.peers.lag import lag
from bench.peers.others import Arq, Bare, BullMq
from bench.peers.redis import usual_redis
from bench.peers.serai import SeraiPostgres, SeraiSqlite
from bench.peers.sink import running_sink
from bench.report import publish, show

ROUNDS = 3
DELIVERIES = 20_000
FINISHED = 1_000_000
BARE = {"serai": 3, "pyreqwest": 3, "aiohttp": 1}
Rounds = Mapping[str, Sequence[Round]]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--deliveries", type=int, default=DELIVERIES)
    asked.add_argument("--only", default="", help="by comma; then nothing is written")
    options = asked.parse_args()
    only = set(filter(None, options.only.split(",")))
    print(f"load average at the start: {_load()}; above 1 others disturb the figures")
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres())
        contenders = _contenders(postgres, stack.enter_context(usual_redis()), options.deliveries)
        wanted = {key: c for key, c in contenders.items() if not only or key in only}
        rounds, sink = _interleaved(wanted, options.rounds)
        keys = _keys(rounds)
        if rate := keys["serai_postgres_per_s"]:
            keys |= lag(postgres, per_s=rate / 2) if not only or "lag" in only else {}
        more = {}
        if not only or "isolation" in only:
            more["isolation"] = isolation(postgres, times=options.rounds)
    rows = {contenders[key].name: _row(found) for key, found in rounds.items()}
    title = f"Deliveries a second, medians of {options.rounds}, to {sink}"
    for name, value in {**keys, **more}.items():
        print(f"{name}: {value}")
    if only:
        show(title, rows)
    else:
        publish("dispatch", title, rows, **keys, **more, sink=sink, load_at_start=_load())


def _contenders(postgres: Postgres, redis: str, deliveries: int) -> dict[str, Contender]:
    """By the word that --only takes. The fast and the slow get counts of their own, so that
    none is over before it is warm or lasts for minutes."""
    return {
        **{f"bare-{client}": Bare(client, deliveries * times) for client, times in BARE.items()},
        "postgres": SeraiPostgres(postgres, deliveries),
        "sqlite": SeraiSqlite(deliveries // 2),
        "bullmq": BullMq(redis, deliveries),
        "arq": Arq(redis, max(deliveries // 20, 200)),
        "million": SeraiPostgres(postgres, deliveries, FINISHED),
    }


def _interleaved(contenders: Mapping[str, Contender], times: int) -> tuple[Rounds, str]:
    """Each contender's rounds, A B C A B C …; who cannot be run is left out with a line."""
    rounds: dict[str, list[Round]] = {key: [] for key in contenders}
    with running_sink() as sink:
        for number in range(times):
            for key, contender in contenders.items():
                if key not in rounds:
                    continue
                try:
                    rounds[key].append(contender.round(sink))
                except Absent as e:
                    print(f"{contender.name} is left out: {e}")
                    del rounds[key]
                    continue
                print(
                    f"round {number + 1}  {contender.name}: {rounds[key][-1].per_s:,.0f} a second"
                )
        return rounds, sink.kind


def _row(rounds: Sequence[Round]) -> dict[str, Any]:
    rates = [r.per_s for r in rounds]
    return {
        "per_s": round(statistics.median(rates)),
        "lowest": round(min(rates)),
        "highest": round(max(rates)),
        "cpu_us": round(statistics.median(r.cpu_us for r in rounds), 1),
        "all_cpu_us": round(statistics.median(r.all_cpu_us for r in rounds), 1),
        "sent twice": sum(r.extra for r in rounds),
    }


def _keys(rounds: Rounds) -> dict[str, Any]:
    """The figures that are quoted; None for what was left out."""
    per_s = {key: statistics.median(r.per_s for r in found) for key, found in rounds.items()}
    bare = {key: rate for key, rate in per_s.items() if key.startswith("bare-")}
    ceiling = max(bare, key=lambda key: bare[key], default="")
    ours, million = per_s.get("postgres"), per_s.get("million")
    own = rounds.get("postgres")
    return {
        "ceiling_client": ceiling.removeprefix("bare-") or None,
        "ceiling_per_s": _whole(bare.get(ceiling)),
        "bare_serai_per_s": _whole(bare.get("bare-serai")),
        "serai_postgres_per_s": _whole(ours),
        "serai_sqlite_per_s": _whole(per_s.get("sqlite")),
        "bullmq_per_s": _whole(per_s.get("bullmq")),
        "arq_httpx_per_s": _whole(per_s.get("arq")),
        "ratio_to_bullmq": _ratio(ours, per_s.get("bullmq")),
        "ratio_to_ceiling": _ratio(ours, bare.get(ceiling)),
        "ratio_to_bare_serai": _ratio(ours, bare.get("bare-serai")),
        "cpu_us_per_delivery": own and round(statistics.median(r.cpu_us for r in own), 1),
        "slowdown_at_1m_rows": round(1 - million / ours, 3) if ours and million else None,
    }


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return round(ours / theirs, 2) if ours and theirs else None


def _load() -> float:
    return round(os.getloadavg()[0], 2)


if __name__ == "__main__":
    main()
