"""The same journey on PostgreSQL and Redis, with the API and the worker as processes apart."""

import time

from entrypoints.asgi import DRAIN_S
from entrypoints.demo import booking
from entrypoints.demo.journey import STEPS
from tests.e2e.harness import Rig, play, staged
from tests.servers import Postgres, Redis


def test_redis_forgets_everything_before_every_step_and_nothing_is_lost(
    postgres_url: str, redis_url: str, redis_server: Redis
) -> None:
    with Rig(postgres=postgres_url, redis=redis_url) as rig, staged(rig) as stage:
        for step in STEPS:
            redis_server.flush()
            step(stage)


def test_without_its_worker_the_hub_takes_work_and_the_worker_does_it_later(
    postgres_url: str, redis_url: str
) -> None:
    with Rig(postgres=postgres_url, redis=redis_url) as rig, staged(rig) as stage:
        assert rig.worker is not None
        assert rig.worker.stop() == 0, "a worker told to stop ends well"
        play(stage, STEPS[: STEPS.index(booking.hear_of_booking)])
        assert stage.partner_has()["received"] == [], "nobody else sends"
        rig.start_worker()
        play(stage, STEPS[STEPS.index(booking.hear_of_booking) :])


def test_a_killed_worker_leaves_nothing_behind(
    postgres: Postgres, postgres_url: str, redis_url: str
) -> None:
    with Rig(postgres=postgres_url, redis=redis_url) as rig, staged(rig) as stage:
        play(stage, STEPS[: STEPS.index(booking.hear_of_booking)])
        assert rig.worker is not None
        rig.worker.kill()
        leases_run_out = "UPDATE pending SET lease_until = now() WHERE lease_until IS NOT NULL"
        postgres.sql(leases_run_out, database=postgres_url.rpartition("/")[2])
        rig.start_worker()
        play(stage, STEPS[STEPS.index(booking.hear_of_booking) :])


def test_told_to_stop_the_processes_end_soon_and_well(postgres_url: str, redis_url: str) -> None:
    with Rig(postgres=postgres_url, redis=redis_url) as rig:
        began = time.monotonic()
        assert rig.worker is not None
        assert (rig.hub.stop(), rig.worker.stop()) == (0, 0)
        assert time.monotonic() - began < DRAIN_S, "nobody is waited for"
        assert "Traceback" not in rig.hub.tail(500) + rig.worker.tail(500)
