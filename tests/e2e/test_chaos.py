"""The storms of `make chaos` in their short form, and what their count would find."""

from collections.abc import Sequence
from itertools import count as numbers

import pytest
from bench.chaos.count import Count, count
from bench.chaos.engines import embedded, production
from bench.chaos.ledger import Made
from bench.chaos.plan import Kind, Mood, Size, plan
from bench.chaos.script import FORGED, Receipt, Stand
from bench.chaos.sizes import EMBEDDED, PRODUCTION, SHORT_EMBEDDED, SHORT_PRODUCTION
from bench.chaos.storm import play

from tests.servers import NotInstalled


def test_workers_postgresql_and_redis_are_killed_and_nothing_is_lost() -> None:
    try:
        with production(SHORT_PRODUCTION.workers) as engine:
            counted = play(plan(1, SHORT_PRODUCTION), engine)
    except NotInstalled as e:
        pytest.skip(f"no PostgreSQL or Redis: {e}")
    assert counted.sound, counted
    assert counted.sent >= SHORT_PRODUCTION.deliveries
    assert counted.refused > 0, "the receivers had no whims"


def test_the_one_process_on_sqlite_is_killed_and_nothing_is_lost() -> None:
    with embedded() as engine:
        counted = play(plan(1, SHORT_EMBEDDED), engine)
    assert counted.sound, counted
    assert counted.sent >= SHORT_EMBEDDED.deliveries
    assert counted.refused > 0, "the receivers had no whims"


@pytest.mark.parametrize("size", [PRODUCTION, EMBEDDED, SHORT_PRODUCTION, SHORT_EMBEDDED])
def test_a_seed_gives_the_same_plan_again(size: Size) -> None:
    assert plan(7, size) == plan(7, size) != plan(8, size)
    for seed in range(20):
        made = plan(seed, size)
        assert sum(b.events for b in made.bursts) * size.endpoints >= size.deliveries
        assert len(made.blows) == sum(size.blows.values())
        assert all(0 < b.at_s < size.lasts_s for b in made.blows)
        assert all(b.events >= 0 for b in made.bursts)


STRICT = Stand("end_strict", 1, "whsec_", ordered=True)
FREE = Stand("end_free", 2, "whsec_", ordered=False)


def counted(
    *said: tuple[str, str, str],
    made: Sequence[Made] = (),
    acknowledged: Sequence[str] = (),
    kills: dict[Kind, set[int]] | None = None,
    stands: Sequence[Stand] = (STRICT,),
    undrained: Sequence[int] = (),
    crashed: int = 0,
) -> Count:
    """said: of each receipt, at the first stand, the event, its subject, and what was answered.
    The event's number is its sequence."""
    receipts = [
        Receipt(n, 0, event, subject, int(event[1:]), 0.0, answer in (Mood.WELL, Mood.SLOW), answer)
        for n, (event, subject, answer) in zip(numbers(), said, strict=False)
    ]
    return count(
        receipts, made, acknowledged, stands, in_flight=kills or {},
        undrained=undrained, crashed=crashed,
    )  # fmt: skip


def delivered(event: str, state: str = "succeeded", to: Stand = STRICT) -> Made:
    return Made(to.id, event, state, 1)


YES, NO = Mood.WELL, Mood.FAILS
ONE = [delivered("e1")]


def test_what_was_taken_once_and_settled_is_sound() -> None:
    found = counted(("e1", "b", NO), ("e1", "b", YES), made=ONE, acknowledged=["e1"])
    assert found.sound
    assert (found.sent, found.requests, found.refused) == (1, 2, 1)


def test_what_nobody_took_is_lost() -> None:
    found = counted(("e1", "b", NO), made=ONE)
    assert (found.lost, found.sound) == (1, False)


@pytest.mark.parametrize("state", ["due", "leased", "held", "exhausted", "cancelled"])
def test_what_was_taken_and_not_settled_as_succeeded_is_lost(state: str) -> None:
    found = counted(("e1", "b", YES), made=[delivered("e1", state)])
    assert (found.lost, found.sound) == (1, False)


def test_an_acknowledged_event_that_is_gone_is_lost_for_every_endpoint() -> None:
    found = counted(acknowledged=["e1"], stands=[STRICT, FREE])
    assert (found.lost, found.sound) == (2, False)


def test_a_duplicate_is_excused_by_what_was_under_way_at_a_kill() -> None:
    said = [("e1", "b", YES), ("e1", "b", YES)]
    excused = counted(*said, made=ONE, kills={Kind.KILL_WORKER: {0}})
    assert (excused.duplicates, excused.in_flight_at_kills, excused.sound) == (1, 1, True)
    without = counted(*said, made=ONE)
    assert (without.duplicates, without.in_flight_at_kills, without.sound) == (1, 0, False)


def test_a_duplicate_is_not_excused_by_another_delivery_nor_by_redis() -> None:
    said = [("e1", "b", YES), ("e1", "b", YES), ("e2", "b", YES)]
    made = [*ONE, delivered("e2")]
    other = counted(*said, made=made, kills={Kind.KILL_WORKER: {2}})
    redis = counted(*said, made=made, kills={Kind.KILL_REDIS: {0}})
    assert (other.unexcused, other.sound) == (1, False)
    assert (redis.unexcused, redis.sound) == (1, False)


def test_one_request_under_way_at_several_kills_counts_once() -> None:
    kills = {Kind.KILL_WORKER: {0}, Kind.KILL_POSTGRES: {0}}
    assert counted(("e1", "b", YES), made=ONE, kills=kills).in_flight_at_kills == 1


def test_order_is_judged_on_first_receipts_of_a_subject_that_were_taken() -> None:
    made = [delivered(f"e{n}") for n in (1, 2, 3)]
    right = [("e2", "b", NO), ("e1", "b", YES), ("e3", "other", YES), ("e2", "b", YES)]
    again = [("e1", "b", YES)]
    assert counted(*right, made=made).sound
    kills = {Kind.KILL_WORKER: {1}}
    assert counted(*right, *again, made=made, kills=kills).sound
    wrong = counted(("e2", "b", YES), ("e1", "b", YES), ("e3", "b", YES), made=made)
    assert (wrong.order_violations, wrong.sound) == (1, False)


def test_an_endpoint_without_strict_order_may_get_any() -> None:
    made = [delivered("e1", to=FREE), delivered("e2", to=FREE)]
    assert counted(("e2", "b", YES), ("e1", "b", YES), made=made, stands=[FREE]).sound


def test_a_worker_that_does_not_drain_or_crashes_and_a_forged_message_are_found() -> None:
    said = ("e1", "b", YES)
    assert not counted(said, made=ONE, undrained=[0]).sound
    assert not counted(said, made=ONE, crashed=1).sound
    forged = counted(("e1", "b", FORGED), said, made=ONE)
    assert (forged.unverified, forged.sound) == (1, False)
