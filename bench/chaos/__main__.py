"""make chaos: 20,000 webhooks while workers, PostgreSQL and Redis are killed; then the count.

make chaos ARGS="--seed 7"                 the same plan again
make chaos ARGS="--engine sqlite"          `serai serve` alone, killed and restarted
make chaos ARGS="bookings --kills 8"       bookings instead, on SQLite
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from contextlib import AbstractContextManager

import msgspec

from bench.chaos import bookings
from bench.chaos.engines import Engine, embedded, production
from bench.chaos.plan import Size, plan
from bench.chaos.sizes import EMBEDDED, PRODUCTION
from bench.chaos.storm import play


def main() -> None:
    if sys.argv[1:2] == ["bookings"]:
        return bookings.main(sys.argv[2:])
    asked = argparse.ArgumentParser(
        "make chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--deliveries", type=int, default=PRODUCTION.deliveries)
    asked.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    asked.add_argument("--engine", choices=("production", "sqlite"), default="production")
    options = asked.parse_args()
    size = PRODUCTION if options.engine == "production" else EMBEDDED
    size = msgspec.structs.replace(size, deliveries=options.deliveries)
    engine = production(size.workers) if options.engine == "production" else embedded()
    raise SystemExit(_storm(options.seed, size, engine))


def _storm(seed: int, size: Size, engine: AbstractContextManager[Engine]) -> int:
    print(f"seed {seed}: {size.deliveries} deliveries in a storm of {size.lasts_s:.0f} s")
    began = time.monotonic()
    with engine as opened:
        counted = play(plan(seed, size), opened)
    facts = msgspec.structs.asdict(counted)
    print(json.dumps({**facts, "seed": seed, "seconds": round(time.monotonic() - began)}))
    return 0 if counted.sound else 1


if __name__ == "__main__":
    main()
