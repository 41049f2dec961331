"""The calls. What they say and what comes back is `mapping`'s and the OTA codec's."""

from __future__ import annotations

import asyncio
import base64
import functools
import logging
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from adapters._kit.apart import understood
from adapters._kit.breaker import Breaker
from adapters._kit.http import Budget, VendorHttp, open_client
from adapters._kit.ota.writing import Head
from adapters._kit.soap import Envelope, SoapClient, fault_reader
from adapters._kit.soap_contract import SoapContract, contract_folder
from adapters._kit.verdict import ReadFault, no_fault
from adapters._kit.wiring import Wiring
from adapters._kit.xml import Element
from adapters.siteminder import mapping
from adapters.siteminder.config import SiteMinderConfig, base_url
from adapters.siteminder.mapping import VENDOR
from adapters.siteminder.probing import probe
from core.domain.channels.channel_reservation import ChannelReservation
from core.domain.stock.ari import AriLine, ChannelCatalogue, PushAnswer
from ports.clock import Clock
from ports.errors import NotSupported, Refused, Unavailable, VendorError
from ports.limiter import Rate
from ports.probe import Probe
from ports.reservation_source import PulledReservation

__all__ = ["DEADLINE_S", "VENDOR", "SiteMinder", "open_siteminder"]
log = logging.getLogger("serai.siteminder")
T = TypeVar("T")
DEADLINE_S = 90.0  # they ask for 60 to 120
MAX_BODY = 40 * 1024 * 1024  # all that waits of a hotel comes in one answer
AT_ONCE = 4


class SiteMinder:
    """Requests of one hotel go one after the other: they ask for it."""

    def __init__(
        self, soap: SoapClient, rest: VendorHttp, config: SiteMinderConfig, clock: Clock
    ) -> None:
        self._soap = soap
        self._rest = rest
        self._config = config
        self._clock = clock
        self._headers = mapping.security(config)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def messages(self, lines: Sequence[AriLine]) -> Sequence[Sequence[AriLine]]:
        return mapping.messages(lines)

    async def push(self, property_code: str, message: Sequence[AriLine]) -> PushAnswer:
        if any(line.span.weekdays for line in message):
            raise NotSupported("spans of some weekdays", vendor=VENDOR, operation="push")
        if len({type(line) for line in message}) != 1:
            raise Refused("not sent: lines of one kind", vendor=VENDOR, operation="push")
        spoken = mapping.dialect(self._config)
        left_out = mapping.unsaid(message, spoken)
        if len(left_out) == len(message):
            return PushAnswer(refused=left_out)
        head = self._head()
        made = mapping.message(property_code, message, left_out, head, self._config)
        answer = await self._call(
            made.operation,
            made.make,
            property_code,
            asked="push",
            read=mapping.answer_reader(made.answer, head.echo),
        )
        return mapping.pushed(answer, message, left_out, spoken)

    async def catalogue(self, property_code: str) -> ChannelCatalogue:
        pms, hotel = quote(self._config.requestor_id, safe=""), quote(property_code, safe="")
        answer = await self._rest.call(
            "GET",
            f"/core-api/pmses/{pms}/hotels/{hotel}/room-rates",
            operation="catalogue",
            repeatable=True,
            headers={"X-SM-TRACE-TOKEN": str(uuid.uuid4())},
        )
        read = functools.partial(
            mapping.catalogue, property_code=property_code, config=self._config
        )
        return await understood(answer, read)

    async def pull(self, property_codes: Sequence[str]) -> Sequence[PulledReservation]:
        """Hotel by hotel. What came is told; only when nothing did, why a hotel failed."""
        free = asyncio.Semaphore(AT_ONCE)
        ends = self._clock.monotonic() + DEADLINE_S

        async def one(property_code: str) -> tuple[PulledReservation, ...]:
            async with free:
                return await self._pulled(property_code, ends - self._clock.monotonic())

        hotels = list(dict.fromkeys(property_codes))
        answers = await asyncio.gather(*(one(hotel) for hotel in hotels), return_exceptions=True)
        found: list[PulledReservation] = []
        failed: list[BaseException] = []
        for answer in answers:
            if isinstance(answer, BaseException):
                failed.append(answer)
            else:
                found += answer
        for error in failed:
            if not found or not isinstance(error, VendorError):
                raise error
            log.warning("siteminder.hotel-not-pulled", extra={"error": str(error)})
        return found

    def parse(self, raw: bytes) -> ChannelReservation:
        return mapping.parse(raw)

    async def acknowledge(self, reservation: ChannelReservation, *, ours: str) -> None:
        head = self._head()
        answer = await self._call(
            "NotifReportRQ",
            mapping.report(reservation, ours, head),
            reservation.property_code,
            asked="acknowledge",
            read=mapping.answer_reader("OTA_NotifReportRS", head.echo),
        )
        error = mapping.failure(answer, "acknowledge")
        if error is not None:
            raise error

    async def probe(self) -> Probe:
        return await probe(self._pulled)

    async def _pulled(
        self, property_code: str, deadline_s: float = DEADLINE_S
    ) -> tuple[PulledReservation, ...]:
        head = self._head()
        answer, found = await self._call(
            "ReadRQ",
            mapping.read_request(property_code, head),
            property_code,
            asked="pull",
            read=mapping.pulled_reader(head.echo),
            deadline_s=deadline_s,
        )
        error = mapping.failure(answer, "pull")
        if error is not None:
            raise error
        return found

    async def _call(
        self,
        operation: str,
        message: Mapping[str, Any] | Callable[[], Element],
        property_code: str,
        *,
        asked: str,
        read: Callable[[Envelope], T],
        deadline_s: float = DEADLINE_S,
    ) -> T:
        """All of them are repeatable: lines are absolute, and what was kept is kept."""
        ends = self._clock.monotonic() + deadline_s
        async with self._turns[property_code]:
            left = ends - self._clock.monotonic()
            if left <= 0:
                raise Unavailable("not sent: no time left", vendor=VENDOR, operation=asked)
            return await self._soap.call(
                operation,
                message,
                headers=self._headers,
                asked=asked,
                repeatable=True,
                read=read,
                vendor=VENDOR,
                deadline_s=left,
            )

    def _head(self) -> Head:
        return Head(str(uuid.uuid4()), self._clock.now(), self._config.requestor_id)


@functools.cache
def contract() -> SoapContract:
    """Loaded once for all connections: it is only read."""
    return SoapContract(contract_folder(VENDOR), "siteminder.wsdl", "all.xsd")


@asynccontextmanager
async def open_siteminder(config: SiteMinderConfig, wiring: Wiring) -> AsyncIterator[SiteMinder]:
    loaded = await asyncio.to_thread(contract)
    async with AsyncExitStack() as stack:

        async def http(headers: Mapping[str, str], read_fault: ReadFault) -> VendorHttp:
            opened = open_client(base_url(config), transport=wiring.transport, headers=headers)
            client = await stack.enter_async_context(opened)
            return _http(client, config, wiring, read_fault)

        basic = base64.b64encode(f"{config.username}:{config.password}".encode()).decode()
        soap_http = await http({}, fault_reader(mapping.soap_kinds))
        rest = await http(
            {"Authorization": f"Basic {basic}", "Accept": "application/json"}, no_fault
        )
        path = f"/webservices/{config.requestor_id}"
        soap = SoapClient(soap_http, loaded, wiring.clock, mapping.soap_kinds, path=path)
        yield SiteMinder(soap, rest, config, wiring.clock)


def _http(
    client: httpx.AsyncClient, config: SiteMinderConfig, wiring: Wiring, read_fault: ReadFault
) -> VendorHttp:
    return VendorHttp(
        client,
        vendor=VENDOR,
        clock=wiring.clock,
        deadline_s=DEADLINE_S,
        max_body=MAX_BODY,
        limiter=wiring.limiter,
        budgets=(Budget(f"{wiring.budget}:second", Rate(config.per_second, 1.0)),),
        breaker=Breaker(wiring.clock),
        read_fault=read_fault,
        request_id_header="x-sm-trace-token",
    )
