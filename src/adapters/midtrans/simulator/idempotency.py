"""Idempotency-Key as Midtrans keeps it: for five minutes, over all endpoints, successes only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from adapters._kit.simulator.web import Response, json_response

LONGEST_KEY = 46
KEPT_S = 300


class _Entry(msgspec.Struct):
    at: float
    response: Response | None = None  # None: still at work


class Keys:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._entries: dict[str, _Entry] = {}

    async def once(self, key: str | None, work: Callable[[], Awaitable[Response]]) -> Response:
        """Do *work*, or give what was answered under *key*, whatever is asked now.

        A key that is too long is ignored in silence.
        """
        if key is None or not 1 <= len(key) <= LONGEST_KEY:
            return await work()
        known = self._entries.get(key)
        if known is not None and self._now() - known.at < KEPT_S:
            if known.response is None:
                return json_response(202, {"status_code": "202", "status_message": "in progress"})
            return known.response
        entry = self._entries[key] = _Entry(self._now())
        try:
            answer = await work()
        except BaseException:
            del self._entries[key]
            raise
        entry.response = answer  # a refusal is raised, and is not kept
        return answer
