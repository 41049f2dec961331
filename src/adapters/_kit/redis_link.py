"""Redis as something that may be away: nothing that uses it here waits or fails for that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError

log = logging.getLogger("serai.redis")

# CancelledError is none of these; a TimeoutError is our own bound around a command.
AWAY = (RedisError, OSError, TimeoutError)
ANSWERS_WITHIN_S = 1.0


def pool(url: str, *, silence_s: float | None = None) -> ConnectionPool:
    """Connections to *url* (redis, rediss or unix); connects at first use, not here.

    silence_s: seconds after which a command that is not answered has failed. None for
    blocking commands, which it would cut short: put asyncio.timeout around them.
    ValueError: not such a URL.
    """
    return ConnectionPool.from_url(
        url, socket_connect_timeout=ANSWERS_WITHIN_S, socket_timeout=silence_s
    )


async def unusable(url: str) -> str | None:
    """Why the Redis at *url* cannot be used now; None: it answers. Names no address."""
    try:
        redis = Redis(connection_pool=pool(url))
    except ValueError:
        return "its URL is not of the form redis://host:port/0"
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await redis.execute_command("PING")  # type: ignore[no-untyped-call]
    except AWAY as e:
        return f"it does not answer ({type(e).__name__})"
    finally:
        await redis.aclose(close_connection_pool=True)
    return None


@contextmanager
def heeding_cancellation() -> Iterator[None]:
    """Raises at the end the cancellation that came in the block and was swallowed there.

    redis-py loses one that comes while it connects, and a loop around it would never end.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError


class Presence:
    """Says once that Redis went, and once that it is back."""

    def __init__(self, user: str, meanwhile: str) -> None:
        self._user = user
        self._meanwhile = meanwhile
        self._away = False

    def gone(self, error: BaseException) -> None:
        if not self._away:  # the kind only: a message may quote the address and its password
            kind = type(error).__name__
            log.warning("%s: Redis is away (%s); %s", self._user, kind, self._meanwhile)
        self._away = True

    def back(self) -> None:
        if self._away:
            log.info("%s: Redis is back", self._user)
        self._away = False
