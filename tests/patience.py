"""How long a test waits for what it wants to see: long, for that costs nothing while all is well.

A machine may stand still for seconds in the middle of any step. Whoever waits for something waits
so long; what may not take long is held to a part of it, which only a defect can need.
"""

import asyncio
from collections.abc import Callable

PATIENCE_S = 60.0


async def until(so: Callable[[], object]) -> None:
    """Return when it is *so*. TimeoutError: even now it is not."""
    async with asyncio.timeout(PATIENCE_S):
        while not so():  # noqa: ASYNC110 - what others do gives no event
            await asyncio.sleep(0.01)
