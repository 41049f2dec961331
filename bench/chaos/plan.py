"""What happens when, drawn from a seed: bursts of events, blows to the hub, whims of receivers.

Times are seconds since the storm began. The same seed and size give the same plan; what it
hits just then is up to the machine.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Sequence

import msgspec


class Kind(enum.StrEnum):
    """A blow. kill: no goodbye, as in a power cut. stop: SIGTERM, after which it drains."""

    KILL_WORKER = "kill worker"
    STOP_WORKER = "stop worker"
    KILL_POSTGRES = "kill PostgreSQL"
    KILL_REDIS = "kill Redis"
    FLUSH_REDIS = "flush Redis"


class Mood(enum.StrEnum):
    """How a receiver behaves. Only those that are well or slow take what they are sent."""

    WELL = "is well"
    SLOW = "is slow"
    FAILS = "answers 500"
    BUSY = "answers 429"
    HANGS_UP = "hangs up"
    RESETS = "resets"
    REFUSES = "refuses connections"


class Blow(msgspec.Struct, frozen=True):
    """worker: which one; of a blow to PostgreSQL, one that is killed while that is away.
    away_s: until it is started again. works_s: how long a worker may work that began too late
    for its blow."""

    at_s: float
    kind: Kind
    worker: int | None
    away_s: float
    works_s: float


class Whim(msgspec.Struct, frozen=True):
    """One endpoint's receiver is in one mood for a while."""

    endpoint: int
    mood: Mood
    from_s: float
    until_s: float


class Burst(msgspec.Struct, frozen=True):
    """Events that are committed one right after the other."""

    at_s: float
    events: int


class Size(msgspec.Struct, frozen=True):
    """How large a storm is. ordered: of the endpoints, those in strict order. blows: of each
    kind how many. whims: of each endpoint, each of a length within whim_s. away_s: how long
    what fell stays away."""

    deliveries: int
    lasts_s: float
    blows: dict[Kind, int]
    whim_s: tuple[float, float]
    away_s: tuple[float, float] = (0.2, 2.0)
    whims: int = 2
    workers: int = 3
    endpoints: int = 8
    ordered: int = 3
    subjects: int = 40


class Plan(msgspec.Struct, frozen=True):
    seed: int
    size: Size
    blows: tuple[Blow, ...]
    whims: tuple[Whim, ...]
    bursts: tuple[Burst, ...]


def plan(seed: int, size: Size) -> Plan:
    chance = random.Random(seed)
    blows = _blows(chance, size)
    whims = [w for n in range(size.endpoints) for w in _whims(chance, size, n)]
    bursts = _bursts(chance, size, [blow.at_s for blow in blows])
    return Plan(seed, size, blows, tuple(sorted(whims, key=lambda w: w.from_s)), bursts)


def _blows(chance: random.Random, size: Size) -> tuple[Blow, ...]:
    """Spread evenly, in any order."""
    kinds = [kind for kind, times in size.blows.items() for _ in range(times)]
    chance.shuffle(kinds)
    apart = size.lasts_s / (len(kinds) + 1)
    return tuple(
        Blow(
            at_s=round(apart * (place + 0.5 + chance.random() / 2), 2),
            kind=kind,
            worker=_worker(chance, kind, size.workers),
            away_s=round(chance.uniform(*size.away_s), 2),
            works_s=round(chance.uniform(0.3, 1.2), 2),
        )
        for place, kind in enumerate(kinds)
    )


def _worker(chance: random.Random, kind: Kind, workers: int) -> int | None:
    of_a_worker = kind in (Kind.KILL_WORKER, Kind.STOP_WORKER)
    too = kind is Kind.KILL_POSTGRES and chance.random() < 0.5
    return chance.randrange(workers) if of_a_worker or too else None


def _whims(chance: random.Random, size: Size, endpoint: int) -> list[Whim]:
    """Apart from each other, so that the breaker's pause after one seldom meets the next."""
    apart = size.lasts_s / size.whims
    moods = [mood for mood in Mood if mood is not Mood.WELL]
    made = []
    for place in range(size.whims):
        lasts = chance.uniform(*size.whim_s)
        begins = apart * place + chance.random() * max(apart - lasts, 0)
        mood = chance.choice(moods)
        made.append(Whim(endpoint, mood, round(begins, 2), round(begins + lasts, 2)))
    return made


def _bursts(chance: random.Random, size: Size, blows: Sequence[float]) -> tuple[Burst, ...]:
    """One shortly before each blow, so that it hits something, and as many at any time."""
    before = [max(at - chance.uniform(0.05, 0.8), 0) for at in blows]
    times = sorted([*before, *(chance.uniform(0, size.lasts_s) for _ in blows)])
    left = -(-size.deliveries // size.endpoints)
    bursts = []
    for place, at in enumerate(times):
        even = left / (len(times) - place)
        last = place == len(times) - 1
        events = left if last else min(left, round(even * chance.uniform(0.5, 1.5)))
        bursts.append(Burst(round(at, 2), events))
        left -= events
    return tuple(bursts)
