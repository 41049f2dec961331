"""The idempotency-key header, which refunds know and invoices do not."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from adapters._kit.simulator.web import Response
from adapters.xendit.simulator.errors import ApiError

KEPT_S = 24 * 3600


class _Entry(msgspec.Struct, frozen=True):
    body: bytes
    at: float
    response: Response


class Keys:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._entries: dict[str, _Entry] = {}

    def once(self, key: str | None, body: bytes, work: Callable[[], Response]) -> Response:
        """Do *work*, or give the answer it gave. ApiError: the key was for another body."""
        if key is None:
            return work()
        known = self._entries.get(key)
        if known is not None and self._now() - known.at < KEPT_S:
            if known.body != body:
                message = "Idempotency key was used with a different request"
                raise ApiError(409, "IDEMPOTENCY_ERROR", message)
            return known.response
        done = work()
        self._entries[key] = _Entry(body, self._now(), done)
        return done
