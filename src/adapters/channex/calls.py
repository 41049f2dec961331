"""Each call of Channex once: where it goes, and which budget it draws on."""

from __future__ import annotations

import httpx

from adapters._kit.breaker import Breaker
from adapters._kit.http import Answer, Budget, VendorHttp
from adapters._kit.wiring import Wiring
from adapters.channex.mapping.faults import read_fault
from ports.errors import Unavailable
from ports.limiter import Rate

VENDOR = "channex"
CALL_S = 30.0
# Ten a minute and property for each address. Two at once and one every seven and a half seconds
# are never more than ten within any minute; reading is counted with the writing.
PER_PROPERTY = Rate(8, 60.0, burst=2)
AVAILABILITY, RESTRICTIONS = "/availability", "/restrictions"
_JSON = {"Content-Type": "application/json"}


class Calls:
    """Of one key. Properties have budgets of their own, the breaker is everybody's."""

    def __init__(self, client: httpx.AsyncClient, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        self._breaker = Breaker(wiring.clock)
        self._unmetered = self._http(())

    async def ari(
        self,
        method: str,
        path: str,
        property_code: str,
        operation: str,
        *,
        content: bytes | None = None,
        params: dict[str, str] | None = None,
        deadline_s: float = CALL_S,
    ) -> Answer:
        """path: AVAILABILITY or RESTRICTIONS. Unavailable: the property's budget is spent."""
        if deadline_s <= 0:
            raise Unavailable("not sent: no time left", vendor=VENDOR, operation=operation)
        budget = f"{self._wiring.budget}:{property_code}:{path[1:]}"
        return await self._http((Budget(budget, PER_PROPERTY),)).call(
            method,
            path,
            operation=operation,
            repeatable=True,
            content=content,
            params=params,
            headers=_JSON if content is not None else None,
            deadline_s=deadline_s,
        )

    async def get(
        self,
        path: str,
        operation: str,
        params: dict[str, str] | None = None,
        *,
        accept: tuple[int, ...] = (),
        deadline_s: float = CALL_S,
    ) -> Answer:
        if deadline_s <= 0:
            raise Unavailable("not sent: no time left", vendor=VENDOR, operation=operation)
        return await self._unmetered.call(
            "GET",
            path,
            operation=operation,
            repeatable=True,
            params=params,
            accept=accept,
            deadline_s=deadline_s,
        )

    async def post(self, path: str, operation: str) -> Answer:
        return await self._unmetered.call(
            "POST", path, operation=operation, repeatable=True, content=b"{}", headers=_JSON
        )

    def _http(self, budgets: tuple[Budget, ...]) -> VendorHttp:
        return VendorHttp(
            self._client,
            vendor=VENDOR,
            clock=self._wiring.clock,
            deadline_s=CALL_S,
            limiter=self._wiring.limiter,
            budgets=budgets,
            breaker=self._breaker,
            read_fault=read_fault,
        )
