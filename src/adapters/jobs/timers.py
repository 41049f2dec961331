"""Rings the bells that `ring_at` asked for, by an arq worker that outlives its Redis."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from arq.connections import ArqRedis
from arq.worker import Worker, func

from adapters._kit.redis_link import AWAY, Presence, heeding_cancellation
from adapters.jobs.redis import TIMERS, connect, ring
from ports.clock import Clock
from ports.jobs import Bell

log = logging.getLogger("serai.jobs")

POLL_S = 0.1
BACKOFF_S = (0.2, 0.5, 1.0, 2.0)
STEADY_AFTER_S = 30.0
SILENCE_S = 2.0
JOB_ENDS_S = 0.5


async def run_timers(url: str, clock: Clock) -> None:
    """Runs until it is cancelled. An arq worker ends with its Redis; the next one starts
    after a pause of up to two seconds. Any number of processes may run this."""
    presence = Presence("timers", "work is found by polling")
    failures = 0
    while True:
        began = clock.monotonic()
        try:
            with heeding_cancellation():
                await _run_once(url, presence)
        except AWAY as e:
            presence.gone(e)
        except Exception:  # the boundary: no fault of one job or of arq may end the timers
            log.exception("timers: the arq worker failed, another one starts")
        if clock.monotonic() - began > STEADY_AFTER_S:
            failures = 0
        await clock.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
        failures += 1


async def _run_once(url: str, presence: Presence) -> None:
    redis = connect(url, silence_s=SILENCE_S)  # arq itself would wait for ever
    worker = _worker(redis)
    try:
        await redis.ping()
        presence.back()
        await worker.main()
    finally:  # not Worker.close(): it waits for jobs for ever, asks Redis, and warns
        if worker.tasks:  # arq shields the end of a job, which then would outlive its Redis
            await asyncio.wait(worker.tasks.values(), timeout=JOB_ENDS_S)
        for task in worker.tasks.values():
            task.cancel()
        await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        await redis.aclose(close_connection_pool=True)


def _worker(redis: ArqRedis) -> Worker:
    return Worker(
        [func(_timer, name="timer", keep_result=0)],
        redis_pool=redis,
        queue_name=TIMERS,
        handle_signals=False,
        poll_delay=POLL_S,
        job_timeout=5,
        keep_result=0,
        job_serializer=redis.job_serializer,
        job_deserializer=redis.job_deserializer,
    )


async def _timer(ctx: dict[str, Any], bell: str) -> None:
    await ring(ctx["redis"], Bell(bell))
