"""Idempotency-Key as Stripe keeps it: one piece of work and one answer under each key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from adapters._kit.simulator.web import Response, json_response
from adapters.stripe.simulator.errors import ApiError

LONGEST_KEY = 255
KEPT_S = 24 * 3600
Fingerprint = tuple[str, str, bytes]


class _Entry(msgspec.Struct):
    fingerprint: Fingerprint
    at: float
    response: Response | None = None  # None: still at work


class Keys:
    """An answer is kept once work has begun, 5xx included; a failed validation keeps nothing."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._entries: dict[tuple[str, str], _Entry] = {}

    async def once(
        self, key: str | None, of: Fingerprint, work: Callable[[], Awaitable[Response]]
    ) -> Response:
        """Do *work*, or give the answer it gave. of: account, path, parameters.

        ApiError: another request with this key is at work (409), or was another (400).
        """
        if key is None:
            return await work()
        if not 1 <= len(key) <= LONGEST_KEY:
            raise ApiError(400, "idempotency_error", "Keys have 1 to 255 characters")
        place = (of[0], key)
        known = self._entries.get(place)
        if known is not None and self._now() - known.at < KEPT_S:
            return _again(known, of)
        entry = self._entries[place] = _Entry(of, self._now())
        try:
            entry.response = await self._answer(work)
        finally:
            if entry.response is None:
                del self._entries[place]
        return entry.response

    async def _answer(self, work: Callable[[], Awaitable[Response]]) -> Response:
        try:
            return await work()
        except ApiError as e:
            if not e.saved:
                raise
            return json_response(e.status, e.body, e.headers)


def _again(known: _Entry, of: Fingerprint) -> Response:
    if known.fingerprint != of:
        raise ApiError(400, "idempotency_error", "Keys are for one set of parameters")
    if known.response is None:
        raise ApiError(
            409,
            "idempotency_error",
            "Another request is at work under this key",
            code="idempotency_key_in_use",
            headers={"stripe-should-retry": "true"},
        )
    first = known.response
    return Response(first.status, first.body, {**first.headers, "idempotent-replayed": "true"})
