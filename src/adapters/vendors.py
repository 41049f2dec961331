"""Open clients for connections: each opened once, shared, and replaced when it is stale."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Protocol, cast

import httpx
import msgspec

from adapters._kit.wiring import Wiring
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.tenancy import Scope
from ports.activity_supplier import ActivitySupplier
from ports.ari_channel import AriChannel, ShownRates
from ports.clock import Clock
from ports.errors import Misconfigured, NotSupported
from ports.esign import ESign
from ports.gds import Gds
from ports.hotel_supplier import HotelSupplier
from ports.inbound_webhook import InboundWebhook
from ports.limiter import Limiter
from ports.manifest import Manifest, Role
from ports.payment_gateway import PaymentGateway
from ports.probe import Testable
from ports.regulator_filing import RegulatorFiling
from ports.reservation_source import ReservationSource
from ports.stock import Stock

log = logging.getLogger("serai.vendors")

# A use case may hold a client over several calls (find, then book), each up to deadline_s.
GRACE_DEADLINES = 4
_FIELD = re.compile(r"field `([^`]*)`")
_PATH = re.compile(r"at `(\$[^`]*)`")


class Registry(Protocol):
    def names(self) -> Sequence[str]: ...

    def load(self, name: str) -> Manifest: ...


class _Open:
    """stamp: the versions it was opened with; they rise, so the greater is the newer."""

    def __init__(self, stamp: tuple[int, int], client: Any, stack: AsyncExitStack) -> None:
        self.stamp = stamp
        self.client = client
        self.stack = stack


class VendorPool:
    """transport: makes the HTTP transport of one connection; closed here. stock: a tenant's own,
    for whatever sells it."""

    def __init__(
        self,
        registry: Registry,
        *,
        transport: Callable[[], httpx.AsyncBaseTransport],
        limiter: Limiter,
        clock: Clock,
        stock: Callable[[Scope], Stock] | None = None,
    ) -> None:
        self._registry = registry
        self._stock = stock
        self._transport = transport
        self._limiter = limiter
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._retired: dict[_Open, asyncio.Task[None]] = {}

    def manifests(self) -> Sequence[Manifest]:
        return [self._registry.load(name) for name in self._registry.names()]

    def manifest(self, adapter: str) -> Manifest | None:
        return self._registry.load(adapter) if adapter in self._registry.names() else None

    async def hotel_supplier(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> HotelSupplier:
        client = await self._client(scope, connection, account, Role.HOTEL_SUPPLIER)
        return cast(HotelSupplier, client)

    async def activity_supplier(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> ActivitySupplier:
        client = await self._client(scope, connection, account, Role.ACTIVITY_SUPPLIER)
        return cast(ActivitySupplier, client)

    async def gds(self, scope: Scope, connection: Connection, account: VendorAccount) -> Gds:
        client = await self._client(scope, connection, account, Role.GDS)
        return cast(Gds, client)

    async def ari_channel(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> AriChannel:
        client = await self._client(scope, connection, account, Role.ARI_CHANNEL)
        return cast(AriChannel, client)

    async def reservation_source(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> ReservationSource:
        client = await self._client(scope, connection, account, Role.RESERVATION_SOURCE)
        return cast(ReservationSource, client)

    async def shown_rates(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> ShownRates:
        client = await self._client(scope, connection, account, Role.SHOWN_RATES)
        return cast(ShownRates, client)

    async def payment_gateway(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> PaymentGateway:
        client = await self._client(scope, connection, account, Role.PAYMENT_GATEWAY)
        return cast(PaymentGateway, client)

    async def esign(self, scope: Scope, connection: Connection, account: VendorAccount) -> ESign:
        return cast(ESign, await self._client(scope, connection, account, Role.ESIGN))

    async def regulator_filing(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> RegulatorFiling:
        client = await self._client(scope, connection, account, Role.REGULATOR_FILING)
        return cast(RegulatorFiling, client)

    async def testable(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> Testable:
        return cast(Testable, await self._client(scope, connection, account, None))

    def inbound(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> InboundWebhook | None:
        manifest = self._manifest(connection)
        if manifest.inbound is None:
            return None
        return manifest.inbound(_config(manifest, scope, connection, account))

    async def aclose(self) -> None:
        """Close every client, also those still in their grace."""
        timers = list(self._retired.values())
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)
        left = [*self._retired, *self._open.values()]
        self._retired.clear()
        self._open.clear()
        for client in left:
            await _close(client)

    async def _client(
        self, scope: Scope, connection: Connection, account: VendorAccount, role: Role | None
    ) -> Any:
        manifest = self._manifest(connection)
        if role is not None and role not in manifest.roles:
            raise NotSupported(f"is no {role.value}", vendor=manifest.name)
        stamp = (connection.version, account.version)
        async with self._opening[connection.id]:
            held = self._open.get(connection.id)
            # A caller that read its rows before the last change gets the newer client too.
            if held is None or held.stamp < stamp:
                self._open[connection.id] = opened = await self._new(scope, connection, account)
                if held is not None:
                    self._retire(held, GRACE_DEADLINES * manifest.deadline_s)
                held = opened
            return held.client

    async def _new(self, scope: Scope, connection: Connection, account: VendorAccount) -> _Open:
        manifest = self._manifest(connection)
        config = _config(manifest, scope, connection, account)
        async with AsyncExitStack() as stack:
            transport = self._transport()
            stack.push_async_callback(transport.aclose)
            wiring = Wiring(
                connection=connection.id,
                budget=account.id,
                environment=scope.environment,
                transport=transport,
                limiter=self._limiter,
                clock=self._clock,
                stock=self._stock(scope) if self._stock else None,
            )
            client = await stack.enter_async_context(manifest.open(config, wiring))
            return _Open((connection.version, account.version), client, stack.pop_all())

    def _manifest(self, connection: Connection) -> Manifest:
        manifest = self.manifest(connection.adapter)
        if manifest is None:
            raise Misconfigured("there is no such adapter", vendor=connection.adapter)
        return manifest

    def _retire(self, stale: _Open, grace_s: float) -> None:
        self._retired[stale] = asyncio.create_task(self._close_after(stale, grace_s))

    async def _close_after(self, stale: _Open, grace_s: float) -> None:
        await self._clock.sleep(grace_s)
        await _close(stale)
        del self._retired[stale]  # not before: aclose finishes what it cuts short here


async def _close(client: _Open) -> None:
    try:
        await client.stack.aclose()
    except Exception:  # the boundary: one client that closes badly must not keep the others
        log.exception("a vendor's client did not close cleanly")


def _config(
    manifest: Manifest, scope: Scope, connection: Connection, account: VendorAccount
) -> msgspec.Struct:
    """Misconfigured names the field and never what stands in it: it may be a secret."""
    if account.credential is None:
        raise Misconfigured("its credential cannot be read: re-enter it", vendor=manifest.name)
    secrets = {name: secret.reveal() for name, secret in account.credential.items()}
    where = None
    try:
        config = msgspec.convert({**connection.config, **secrets}, manifest.config, strict=False)
    except msgspec.ValidationError as e:
        where = _where(str(e))
    if where is not None:  # outside the except: the cause would quote the value
        raise Misconfigured(f"its stored config does not fit: {where}", vendor=manifest.name)
    faults = manifest.check(config, scope.environment)
    if faults:
        pointers = ", ".join(fault.pointer for fault in faults)
        raise Misconfigured(f"its stored config does not fit: {pointers}", vendor=manifest.name)
    return config


def _where(message: str) -> str:
    """msgspec's word for the field; the rest of its message may hold the value."""
    path, field = _PATH.search(message), _FIELD.search(message)
    return " ".join(found[1] for found in (field, path) if found) or "all of it"
