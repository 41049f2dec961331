"""The storms that are played: the whole ones, and those short enough for every test run."""

from __future__ import annotations

from bench.chaos.plan import Kind, Size

PRODUCTION = Size(
    deliveries=20_000,
    lasts_s=90,
    blows={
        Kind.KILL_WORKER: 8,
        Kind.STOP_WORKER: 3,
        Kind.KILL_POSTGRES: 3,
        Kind.KILL_REDIS: 2,
        Kind.FLUSH_REDIS: 1,
    },
    whim_s=(1.0, 6.0),
)
EMBEDDED = Size(
    deliveries=20_000,
    lasts_s=90,
    blows={Kind.KILL_WORKER: 10, Kind.STOP_WORKER: 3},
    whim_s=(1.0, 6.0),
    workers=1,
)
SHORT_PRODUCTION = Size(
    deliveries=600,
    lasts_s=6,
    blows={
        Kind.KILL_WORKER: 2,
        Kind.STOP_WORKER: 1,
        Kind.KILL_POSTGRES: 1,
        Kind.KILL_REDIS: 1,
        Kind.FLUSH_REDIS: 1,
    },
    whim_s=(0.2, 0.6),
    whims=1,
    workers=2,
    endpoints=6,
    ordered=2,
    subjects=10,
)
SHORT_EMBEDDED = Size(
    deliveries=600,
    lasts_s=8,
    blows={Kind.KILL_WORKER: 2, Kind.STOP_WORKER: 1},
    whim_s=(0.2, 0.6),
    away_s=(0.1, 0.5),
    whims=1,
    workers=1,
    endpoints=6,
    ordered=2,
    subjects=10,
)
