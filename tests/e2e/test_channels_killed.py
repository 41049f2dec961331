"""kill -9 of whoever tells the channels: each shows our stock in the end, and nothing is sold twice.

On SQLite that is the hub itself, on PostgreSQL its worker, while the API goes on. Meanwhile a
platform changes stock, prices and holds, and guests book, change and cancel at both channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from entrypoints.demo import selling
from entrypoints.demo.processes import wait_until
from entrypoints.demo.selling import AT_SITEMINDER
from entrypoints.demo.stage import Stage
from tests.e2e.harness import Rig, let_leases_end, staged
from tests.e2e.selling_through_kills import NIGHTS, Guests, Platform, day, selling_at_two_channels
from tests.servers import Postgres, Redis

# Longer than any lease, than an Idempotency-Key counts as in flight, and than a minute's budget.
LATER_S = 150
WITHIN_S = 60.0
CHANNELS = ("channex", "siteminder")
LAST_ROOM = range(selling.NIGHTS)


class Pusher(Protocol):
    """The process that pushes. come_back: as if LATER_S had passed meanwhile."""

    rig: Rig

    def kill(self) -> None: ...
    def come_back(self) -> None: ...


class Alone:
    """One process on SQLite: nobody answers while it is dead."""

    def __init__(self) -> None:
        self.rig = Rig()

    def kill(self) -> None:
        self.rig.kill_hub()

    def come_back(self) -> None:
        self.rig.come_back(after_s=LATER_S)


class Worker:
    """On PostgreSQL and Redis, which forgets everything while the worker is dead."""

    def __init__(self, postgres: Postgres, url: str, redis: Redis) -> None:
        self.rig = Rig(postgres=url, redis=redis.url)
        self._postgres, self._database, self._redis = postgres, url.rpartition("/")[2], redis

    def kill(self) -> None:
        assert self.rig.worker is not None
        self.rig.worker.kill()

    def come_back(self) -> None:
        let_leases_end(self._postgres, self._database, LATER_S)
        self._redis.flush()
        self.rig.start_worker()


@pytest.fixture(params=["sqlite", "postgresql"])
def pusher(request: pytest.FixtureRequest) -> Iterator[Pusher]:
    if request.param == "sqlite":
        yield Alone()
        return
    request.getfixturevalue("redis_url")
    given = [request.getfixturevalue(n) for n in ("postgres", "postgres_url", "redis_server")]
    yield Worker(*given)


class Strike:
    """What is killed, and where: in the middle of a call that a fault holds up or breaks."""

    def __init__(self, pusher: Pusher, stage: Stage) -> None:
        self._pusher, self._stage = pusher, stage
        self._passed_s = 0
        self._planted: list[tuple[str, str, int]] = []

    def plant(
        self, channel: str, operation: str, kind: str, *, times: int = 1, **how: float
    ) -> None:
        fault = {"operation": operation, "kind": kind, "times": times, **how}
        self._stage.vendor("POST", f"/{channel}/_control/faults", fault)
        self._planted.append((channel, operation, times))

    def kill_within(self) -> None:
        """Once each fault that was planted has been met."""
        wait_until(lambda: not set(self._planted) & self._left(), within_s=WITHIN_S)
        self._pusher.kill()
        self._planted.clear()
        for name in CHANNELS:
            self._stage.vendor("DELETE", f"/{name}/_control/faults")

    def _left(self) -> set[tuple[str, str, int]]:
        return {
            (name, fault["operation"], fault["times"])
            for name in CHANNELS
            for fault in self._stage.vendor("GET", f"/{name}/_control/faults")
        }

    def kill(self) -> None:
        self._pusher.kill()

    def come_back(self) -> None:
        self._passed_s += LATER_S
        self._stage.vendor("PUT", "/channex/_control/ahead_s", self._passed_s)
        self._pusher.come_back()


def test_killed_anywhere_the_channels_agree_in_the_end(pusher: Pusher) -> None:
    with pusher.rig as rig, staged(rig) as stage, ExitStack() as stack:
        platform = stack.enter_context(selling_at_two_channels(stage))
        strike, guests = Strike(pusher, stage), Guests(stage)
        _in_the_push_of_the_last_room(strike, stage)
        platform.start()
        _in_a_push_that_arrived(strike)
        _in_a_pull_and_then_in_an_acknowledgement(strike, stage, platform, guests)
        _all_acknowledged(stage, guests)
        twice = set(guests.acknowledged())
        _right_after_a_change(strike, stage, platform, guests)
        wait_until(lambda: platform.changes > 10 or not platform.is_alive(), within_s=WITHIN_S)
        platform.finish()
        assert platform.changes > 10
        _the_house_is_right(stage, platform, guests)
        _both_show_it(stage, platform)
        _everything_was_taken_once(stage, guests, twice)


def _in_the_push_of_the_last_room(strike: Strike, stage: Stage) -> None:
    """Channex never takes what it was told, and what SiteMinder answered nobody heard."""
    strike.plant("channex", "availability", "fail_before", delay_ms=8000)
    strike.plant("siteminder", "avail", "delay", value=1.0)
    stay = {"check_in": day(0), "check_out": day(selling.NIGHTS)}
    wanted = {"room_type": stage.facts.room["room_type"], **stay}
    hold = {"property": stage.facts.room["property"], "rooms": [wanted], "expires_in_s": 86_400}
    answers = stage.at_once("POST", "/v1/holds", hold, times=4)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    strike.kill_within()
    nothing, one = [0] * selling.NIGHTS, [1] * selling.NIGHTS
    assert _of(_at_channex(stage), LAST_ROOM) == one
    strike.come_back()
    wait_until(lambda: _of(_at_channex(stage), LAST_ROOM) == nothing, within_s=WITHIN_S)


def _in_a_push_that_arrived(strike: Strike) -> None:
    strike.plant("channex", "availability", "lose_answer")
    strike.plant("siteminder", "avail", "delay", value=1.0)
    strike.kill_within()
    strike.come_back()


def _in_a_pull_and_then_in_an_acknowledgement(
    strike: Strike, stage: Stage, platform: Platform, guests: Guests
) -> None:
    booked = {name: guests.book(name) for name in CHANNELS}
    strike.plant("channex", "feed", "delay", delay_ms=1000)
    strike.plant("siteminder", "read", "delay", value=1.0)
    for there in stage.facts.channels.values():
        platform.ask("POST", f"/v1/channels/{there['channel']}/push")
    strike.kill_within()
    for name, reference in booked.items():
        guests.change(name, reference)
    strike.plant("channex", "ack", "delay", delay_ms=1000)
    strike.plant("siteminder", "report", "delay", value=1.0)
    strike.come_back()
    strike.kill_within()
    strike.come_back()


def _right_after_a_change(strike: Strike, stage: Stage, platform: Platform, guests: Guests) -> None:
    """Answered, and nobody was told yet. While it is dead, guests go on."""
    before = platform.changes
    wait_until(lambda: platform.changes > before, within_s=WITHIN_S)
    strike.kill()
    guests.cancel("siteminder", next(r for r in guests.stays if r.startswith("BDC")))
    for name in CHANNELS:
        guests.book(name)
    strike.come_back()


def _all_acknowledged(stage: Stage, guests: Guests) -> None:
    """And the hub knows it."""

    def done() -> bool:
        owed = [debt for one in _reservations(stage) for debt in one["acknowledgements"]]
        heard = sum(debt["acknowledged_at"] is not None for debt in owed)
        return heard == guests.revisions.total()

    wait_until(done, within_s=WITHIN_S)


def _the_house_is_right(stage: Stage, platform: Platform, guests: Guests) -> None:
    """Every wish that was answered counts once, and every guest has a room of the house's own."""
    _all_acknowledged(stage, guests)
    cells = _inventory(stage)
    assert {n: cells[n]["free"] for n in NIGHTS} == platform.free(guests)
    assert {n: cells[n]["sold"] for n in NIGHTS} == {n: guests.nights()[n] for n in NIGHTS}
    assert [cells[n]["held"] for n in LAST_ROOM] == [1] * selling.NIGHTS
    assert {cell["forced"] for cell in cells.values()} == {0}


def _both_show_it(stage: Stage, platform: Platform) -> None:
    free = {n: cell["free"] for n, cell in _inventory(stage).items()}
    prices = {n: f"{minor / 100:.2f}" for n, minor in platform.prices.items()}

    def agree() -> bool:
        both = _at_channex(stage) == free == _at_siteminder(stage)
        return both and _of(_prices(stage), NIGHTS) == _of(prices, NIGHTS)

    wait_until(agree, within_s=WITHIN_S)


def _everything_was_taken_once(stage: Stage, guests: Guests, twice: set[str]) -> None:
    """twice: messages that were being acknowledged at a kill; nobody can know who heard it."""
    kept = _reservations(stage)
    assert sorted(r["reference"] for r in kept) == sorted(guests.stays)
    assert {r["reference"] for r in kept if r["state"] != "cancelled"} == guests.standing
    for one in kept:
        owed = one["acknowledgements"]
        assert len({debt["message"] for debt in owed}) == len(owed)
        assert len(owed) == guests.revisions[one["reference"]]
        assert all(debt["acknowledged_at"] for debt in owed)
        assert one["overbooked"] == []
    often = guests.acknowledged()
    assert len(often) == guests.revisions.total()
    assert {id: n for id, n in often.items() if n != 1 and id not in twice} == {}
    assert max(often.values()) <= 2


def _reservations(stage: Stage) -> list[Any]:
    path = f"/v1/reservations?property={stage.facts.room['property']}&limit=200"
    kept: list[Any] = stage.call("GET", path).json()["data"]
    return kept


def _inventory(stage: Stage) -> dict[int, Any]:
    asked = f"property={stage.facts.room['property']}&first={day(0)}&last={day(NIGHTS[-1])}"
    (row,) = stage.call("GET", f"/v1/inventory?{asked}").json()["data"]
    by_day = {cell["night"]: cell for cell in row["nights"]}
    return {n: by_day[day(n)] for n in range(NIGHTS.stop)}


def _at_channex(stage: Stage) -> dict[int, int]:
    held = stage.vendor("GET", "/channex/_control/held")
    room = held[stage.facts.channels["channex"]["room"]]
    return {n: room[day(n)] for n in range(NIGHTS.stop)}


def _at_siteminder(stage: Stage) -> dict[int, int]:
    limits = stage.vendor("GET", f"/siteminder/_control/stock/{AT_SITEMINDER}")["limits"]
    room = stage.facts.channels["siteminder"]["room"]
    return {n: limits[f"{room}/{day(n)}"] for n in range(NIGHTS.stop)}


def _prices(stage: Stage) -> dict[int, str]:
    held = stage.vendor("GET", f"/siteminder/_control/stock/{AT_SITEMINDER}")["prices"]
    there = stage.facts.channels["siteminder"]
    cell = f"{there['room']}/{there['plan']}"
    return {n: held[f"{cell}/{day(n)}"]["by_adults"]["2"] for n in range(NIGHTS.stop)}


def _of(what: Mapping[int, Any], nights: range) -> list[Any]:
    return [what[n] for n in nights]
