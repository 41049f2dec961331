"""Redis as something that may be away: nothing that uses it here waits or fails for that."""

from __future__ import annotations

import logging
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

log = logging.getLogger("serai.redis")

# CancelledError is none of these; a TimeoutError is our own bound around a command.
AWAY = (RedisError, OSError, TimeoutError)
ANSWERS_WITHIN_S = 1.0


def pool(url: str) -> ConnectionPool:
    """Connections to *url* (redis, rediss or unix); connects at first use, not here.

    Every command stands under asyncio.timeout instead of a socket timeout, which
    would also cut the blocking ones short.
    """
    return ConnectionPool.from_url(url, socket_connect_timeout=ANSWERS_WITHIN_S)


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
