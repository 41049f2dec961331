"""Tasks that never give up, and how they are ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ports.clock import Clock

BACKOFF_S = (0.1, 0.5, 1.0, 2.0, 5.0)
INSIST_S = 0.5


class CutShort(Exception):
    """What this task waited for was cancelled, and not by whoever wants this task to end."""


@contextmanager
def own_cancellation_only() -> Iterator[None]:
    """CutShort in place of a cancellation that nobody asked of this task: a group of tasks takes
    one for a quiet end, so what goes on for ever would stop, and nobody be told."""
    try:
        yield
    except asyncio.CancelledError as e:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise CutShort from e


async def supervised(
    step: Callable[[], Awaitable[None]], clock: Clock, failed: Callable[[], object]
) -> None:
    """Repeats *step* for ever; a failure waits a little and goes on.

    failed: called while the fault is at hand, to log it.
    """
    failures = 0
    while True:
        try:
            with own_cancellation_only():
                await step()
            failures = 0
        except Exception:  # the boundary: no fault may end what goes on for ever
            failed()
            await clock.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
            failures += 1


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel until it is heard: a Redis client that is just connecting swallows the first."""
    waiting = {task for task in tasks if not task.done()}
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=INSIST_S)
