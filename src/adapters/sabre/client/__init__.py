"""The calls, one module for each part. What they say and what comes back is `mapping`'s."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx

from adapters._kit.breaker import Breaker
from adapters._kit.http import Budget, VendorHttp, open_client
from adapters._kit.soap import SoapClient, fault_reader
from adapters._kit.soap_contract import SoapContract, contract_folder
from adapters._kit.verdict import ReadFault
from adapters._kit.wiring import Wiring
from adapters.sabre.client.bookings import DEADLINE_S, Bookings
from adapters.sabre.client.host import VENDOR, Host
from adapters.sabre.client.queues import Queues
from adapters.sabre.client.rest import Rest
from adapters.sabre.client.sessions import Sessions
from adapters.sabre.client.shopping import Shopping
from adapters.sabre.client.tokens import Tokens
from adapters.sabre.config import SabreConfig, rest_url, soap_url
from adapters.sabre.mapping import faults
from adapters.sabre.probing import probe
from core.domain.bookings.flight import FlightOffer, FlightSearch
from core.domain.bookings.pnr import Pnr, Ticket
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.fare_rules import FareRules
from ports.errors import NotSupported, Unavailable
from ports.gds import PnrOrder, Queued, RefundQuote
from ports.limiter import Rate
from ports.probe import Probe

__all__ = ["DEADLINE_S", "VENDOR", "SabreGds", "open_sabre"]
MAX_SHOP = 20 * 1024 * 1024


class SabreGds:
    def __init__(
        self, shopping: Shopping, bookings: Bookings, queues: Queues, rest: Rest, host: Host
    ) -> None:
        self._shopping = shopping
        self._bookings = bookings
        self._queues = queues
        self._rest = rest
        self._host = host

    async def shop(self, request: FlightSearch, *, deadline_s: float) -> Sequence[FlightOffer]:
        if deadline_s <= 0:
            raise Unavailable("not sent: no time left", vendor=VENDOR, operation="shop")
        return await self._shopping.shop(request, deadline_s=deadline_s)

    async def check(self, offer: FlightOffer) -> FlightOffer | SoldOut | OfferExpired:
        return await self._shopping.check(offer)

    async def fare_rules(self, offer: FlightOffer) -> Sequence[FareRules]:
        async with _in_time("fare_rules"):
            return await self._shopping.fare_rules(offer)

    async def create_pnr(
        self, order: PnrOrder, *, key: str
    ) -> Pnr | SoldOut | PriceChanged | OfferExpired:
        return await self._bookings.create(order, key)

    async def find(self, key: str) -> Pnr | None:
        async with _in_time("find"):
            return await self._bookings.find(key)

    async def retrieve(self, locator: str) -> Pnr:
        return await self._bookings.retrieve(locator)

    async def ticket(self, locator: str, *, key: str) -> Sequence[Ticket]:
        """They take no key: a PNR that is ticketed is not ticketed again."""
        return await self._bookings.ticket(locator)

    async def void(self, locator: str) -> Pnr:
        return await self._bookings.void(locator)

    async def refund_quote(self, locator: str) -> RefundQuote:
        quote = await self._bookings.quote(locator)
        if quote is None:
            raise NotSupported(
                "the carrier has to be asked", vendor=VENDOR, operation="refund_quote"
            )
        return quote

    async def refund(self, locator: str) -> Pnr:
        return await self._bookings.refund(locator)

    async def cancel(self, locator: str) -> Pnr:
        return await self._bookings.cancel(locator)

    async def queued(self) -> Sequence[Queued]:
        async with _in_time("queued"):
            return await self._queues.queued()

    async def enqueue(self, locator: str) -> None:
        await self._queues.enqueue(locator)

    async def dequeue(self, waiting: Queued) -> None:
        await self._queues.dequeue(waiting)

    async def probe(self) -> Probe:
        return await probe(self._host.create_token, self._rest.post)


@asynccontextmanager
async def _in_time(operation: str) -> AsyncIterator[None]:
    """For questions made of many: nothing is at stake when they are cut short."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield
    except TimeoutError:
        error = Unavailable("no time left", vendor=VENDOR, operation=operation)
    else:
        return
    raise error


@functools.cache
def contract() -> SoapContract:
    """Loaded once for all connections: it is only read."""
    return SoapContract(contract_folder(VENDOR), "sabre.wsdl", "all.xsd")


@asynccontextmanager
async def open_sabre(config: SabreConfig, wiring: Wiring) -> AsyncIterator[SabreGds]:
    loaded = await asyncio.to_thread(contract)
    async with AsyncExitStack() as stack:

        async def client(url: str, accept: str) -> httpx.AsyncClient:
            opened = open_client(url, transport=wiring.transport, headers={"Accept": accept})
            return await stack.enter_async_context(opened)

        soap_http = _http(
            await client(soap_url(config, wiring.environment), "text/xml"),
            config,
            wiring,
            read_fault=fault_reader(faults.soap_kinds),
        )
        rest_http = _http(
            await client(rest_url(config, wiring.environment), "application/json"),
            config,
            wiring,
            read_fault=faults.read_fault,
        )
        host = Host(
            SoapClient(soap_http, loaded, wiring.clock, faults.soap_kinds), config, wiring.clock
        )
        sessions = Sessions(host, wiring.clock, most=config.sessions)
        stack.push_async_callback(sessions.aclose)
        await stack.enter_async_context(_kept(sessions))
        rest = Rest(rest_http, Tokens(host, wiring.clock), wiring.clock)
        queues = Queues(host, sessions, config)
        shopping = Shopping(rest, host, sessions, config, wiring.connection, wiring.clock)
        yield SabreGds(shopping, Bookings(rest, queues, config), queues, rest, host)


def _http(
    client: httpx.AsyncClient, config: SabreConfig, wiring: Wiring, *, read_fault: ReadFault
) -> VendorHttp:
    return VendorHttp(
        client,
        vendor=VENDOR,
        clock=wiring.clock,
        deadline_s=DEADLINE_S,
        max_body=MAX_SHOP,
        limiter=wiring.limiter,
        budgets=(Budget(f"{wiring.budget}:second", Rate(config.per_second, 1.0)),),
        breaker=Breaker(wiring.clock),
        read_fault=read_fault,
        request_id_header="x-request-id",
    )


@asynccontextmanager
async def _kept(sessions: Sessions) -> AsyncIterator[None]:
    """The keeper runs while the connection is open, and ends before the sessions close."""
    keeper = asyncio.create_task(sessions.keep())
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
