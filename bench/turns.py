"""How long other work waits for its turn on the loop while something is measured."""

from __future__ import annotations

import asyncio
import time


async def watch() -> float:
    """Until it is cancelled: the longest turn, in milliseconds, that did not come when asked for."""
    worst = 0.0
    try:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, (time.perf_counter() - began) * 1000 - 1)
    except asyncio.CancelledError:
        return worst


async def idle(rounds: int, seconds: float) -> list[float]:
    """The longest waits while nothing is done: what the machine's other work costs."""
    waits = []
    for _ in range(rounds):
        watching = asyncio.create_task(watch())
        await asyncio.sleep(seconds)
        watching.cancel()
        waits.append(await watching)
    return waits


def blocked(waits: list[float]) -> dict[str, float]:
    """The longest wait of a round: in the middle one, and in the worst."""
    return {"blocked": round(median(waits), 1), "worst": round(max(waits), 1)}


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
