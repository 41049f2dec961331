"""Drawing on a vendor account's rate budgets before anything is sent."""

from __future__ import annotations

import msgspec

from adapters._kit.attempt import Call
from ports.clock import Clock
from ports.errors import Unavailable
from ports.limiter import Limiter, Rate


class Budget(msgspec.Struct, frozen=True):
    """One rate budget of a vendor account. name: the same in every process that shares it."""

    name: str
    rate: Rate


async def spend(
    limiter: Limiter | None, budgets: tuple[Budget, ...], call: Call, clock: Clock
) -> None:
    """Take one unit of each, in order, waiting where the call's deadline allows.

    Unavailable(retry_after_s) when it does not. Units already taken stay taken,
    so the budget that refuses for longest belongs first.
    """
    if limiter is None:
        return
    for budget in budgets:
        while (wait := await limiter.acquire(budget.name, rate=budget.rate)) > 0:
            if clock.monotonic() + wait >= call.ends:
                raise Unavailable(
                    "not sent: rate budget spent",
                    vendor=call.vendor,
                    operation=call.operation,
                    retry_after_s=wait,
                )
            await clock.sleep(wait)
