"""An unsafe call ends by the instant that was written down for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.application.hub import Hub
from core.domain.submission import Submission


@asynccontextmanager
async def in_time(hub: Hub, submission: Submission | None) -> AsyncIterator[None]:
    """Cuts the block off at `sent_by`, from when others act on what they do not find.

    A process that was paused between the intent and the call must not wake up and send what
    somebody else has meanwhile sent again. TimeoutError: what it did is not known.
    """
    if submission is None:
        raise TimeoutError
    left = (submission.sent_by - hub.clock.now()).total_seconds()
    if left <= 0:
        raise TimeoutError
    async with asyncio.timeout(left):
        yield
