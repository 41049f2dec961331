"""The REST side: a token in every call, and another one once when they refuse it."""

from __future__ import annotations

from adapters._kit.http import Answer, VendorHttp
from adapters.sabre.client.host import VENDOR
from adapters.sabre.client.tokens import Tokens
from adapters.sabre.mapping.faults import TokenRefused
from ports.clock import Clock
from ports.errors import Unavailable


class Rest:
    def __init__(self, http: VendorHttp, tokens: Tokens, clock: Clock) -> None:
        self._http = http
        self._tokens = tokens
        self._clock = clock

    async def post(
        self,
        path: str,
        content: bytes,
        *,
        operation: str,
        repeatable: bool = True,
        deadline_s: float,
    ) -> Answer:
        """As `VendorHttp.call`. A token they refuse is renewed once: a refused call did nothing."""
        ends = self._clock.monotonic() + deadline_s
        token = await self._tokens.current()
        try:
            return await self._sent(path, content, token, operation, repeatable, ends)
        except TokenRefused:
            token = await self._tokens.renewed(token)
        return await self._sent(path, content, token, operation, repeatable, ends)

    async def _sent(
        self, path: str, content: bytes, token: str, operation: str, repeatable: bool, ends: float
    ) -> Answer:
        left = ends - self._clock.monotonic()
        if left <= 0:
            raise Unavailable("not sent: no time left", vendor=VENDOR, operation=operation)
        return await self._http.call(
            "POST",
            path,
            operation=operation,
            repeatable=repeatable,
            content=content,
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
            },
            deadline_s=left,
        )
