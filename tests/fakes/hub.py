"""A hub on a real SQLite store, with everything outside it played by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec

from adapters.limiter.memory import MemoryLimiter
from adapters.signer import Ed25519Signer
from adapters.siskopatuh.config import SiskopatuhConfig
from adapters.siskopatuh.filing import SiskopatuhFiling
from adapters.sql import SqlStore
from adapters.sql.engine import Database, opened
from adapters.typesetter.typst import TypstTypesetter
from adapters.vault import EnvelopeVault
from core.application.bookings.book_quote import NewBooking, book_quote
from core.application.connections.add_connection import NewConnection, add_connection
from core.application.hub import Asking, Hub
from core.application.tenants.add_tenant import NewEntity, add_entity, add_tenant
from core.application.webhooks.attempt_delivery import attempt_delivery
from core.application.webhooks.settle_deliveries import settle_deliveries
from core.domain.bookings.booking import Booking
from core.domain.bookings.kept_pnr import KeptPnr
from core.domain.bookings.offer import Offer, Quote
from core.domain.bookings.party import GuestName, Holder, Party
from core.domain.connections.connection import Connection
from core.domain.event import Event
from core.domain.tenancy import Environment, LegalEntity, Permission, Principal, Scope
from entrypoints.loops import CHECKS
from ports.jobs import Bell
from ports.manifest import Role
from ports.store import BookingFilter, Page
from tests.fakes.clock import HandClock
from tests.fakes.jobs import ListeningJobs
from tests.fakes.memory_activity_supplier import MemoryActivitySupplier
from tests.fakes.memory_blobs import MemoryBlobs
from tests.fakes.memory_esign import MemoryESign
from tests.fakes.memory_gds import MemoryGds
from tests.fakes.memory_payment_gateway import MemoryPaymentGateway
from tests.fakes.meter import KeepingMeter
from tests.fakes.mint import CountingMint
from tests.fakes.sender import ScriptedSender
from tests.fakes.vendors import FakeVendors, ScriptedSupplier, a_manifest

VAULT = EnvelopeVault([b"k" * 32])
TYPESETTER = TypstTypesetter()
LEASE_S = 120.0
QUEUES = Bell.QUEUES  # are read for ever
HOLDER = Holder("Siti", "Contoh", email="siti@example.test")
GUESTS = ((GuestName("Siti", "Contoh"), GuestName("Budi", "Contoh")),)
PARTY = Party(HOLDER, GUESTS)


COMPANY = NewEntity("PT Contoh", "ID", "IDR")


class World:
    """One tenant with a hotel supplier, a payment gateway and an e-signature vendor, and an administrator's key."""

    def __init__(self, hub: Hub, store: SqlStore, clock: HandClock) -> None:
        self.hub, self.store, self.clock = hub, store, clock
        self.supplier = ScriptedSupplier(clock)
        self.gateway = MemoryPaymentGateway(clock)
        self.esign = MemoryESign(clock)
        self.scope: Scope
        self.asking: Asking
        self.entity: LegalEntity
        self.hotel: Connection
        self.pay: Connection
        self.fly: Connection
        self.tour: Connection
        self.gds: MemoryGds
        self.tours: MemoryActivitySupplier
        self.sign: Connection

    @property
    def vendors(self) -> FakeVendors:
        assert isinstance(self.hub.vendors, FakeVendors)
        return self.hub.vendors

    @property
    def blobs(self) -> MemoryBlobs:
        assert isinstance(self.hub.blobs, MemoryBlobs)
        return self.hub.blobs

    @property
    def sender(self) -> ScriptedSender:
        assert isinstance(self.hub.sender, ScriptedSender)
        return self.hub.sender

    async def furnish(self) -> None:
        self.scope, self.asking = await self.another_tenant()
        self.entity = await add_entity(self.hub, self.asking, COMPANY)
        self.vendors.clients = {
            "hotels": self.supplier,
            "gateway": self.gateway,
            "esign": self.esign,
            "regulator": SiskopatuhFiling(SiskopatuhConfig()),  # it calls nobody
        }
        self.hotel = await self.connect("hotels")
        self.pay = await self.connect("gateway")
        self.sign = await self.connect("esign")

    async def travel(self) -> None:
        """Connect a GDS and a supplier of tours too."""
        self.vendors.known["gds"] = a_manifest("gds", Role.GDS, absence_certain_after_s=None)
        self.vendors.known["tours"] = a_manifest("tours", Role.ACTIVITY_SUPPLIER)
        self.fly, self.tour = await self.connect("gds"), await self.connect("tours")
        self.gds = MemoryGds(self.clock, self.fly.id)
        self.tours = MemoryActivitySupplier(self.clock, self.tour.id)
        self.vendors.clients |= {"gds": self.gds, "tours": self.tours}

    async def another_tenant(
        self, environment: Environment = Environment.TEST
    ) -> tuple[Scope, Asking]:
        tenant = await add_tenant(self.hub, "Agency", COMPANY)
        scope = Scope(tenant.id, environment)
        return scope, an_asking(scope)

    async def connect(self, adapter: str, client: Any = None, **other: Any) -> Connection:
        config = {"endpoint": "https://vendor.test", "api_key": "not-a-real-key"}
        new = NewConnection(adapter, adapter, self.entity.id, config)
        made = await add_connection(self.hub, self.asking, msgspec.structs.replace(new, **other))
        if client is not None:
            self.vendors.clients[made.id] = client
        return made

    def manifest(self, adapter: str, **other: Any) -> None:
        """Change what *adapter* declares of itself."""
        roles = self.vendors.known[adapter].roles
        self.vendors.known[adapter] = a_manifest(adapter, *roles, **other)

    async def a_quote(self, offer: Offer, *, holds: timedelta = timedelta(minutes=20)) -> Quote:
        now = self.clock.now()
        quote = Quote(
            id=self.hub.mint.id("qte"),
            offer=msgspec.structs.replace(offer, connection=self.hotel.id),
            entity=self.entity.id,
            quoted_at=now,
            expires_at=now + holds,
        )
        async with self.store.begin(self.scope) as tx:
            await tx.put_quote(quote)
        return quote

    async def book(self, offer: Offer, **other: Any) -> Booking:
        quote = await self.a_quote(offer)
        return await book_quote(self.hub, self.asking, NewBooking(quote.id, PARTY, **other))

    async def booking(self, id: str) -> Booking:
        async with self.store.read(self.scope) as view:
            found = await view.booking(id)
        assert found is not None
        return found

    async def pnr(self, id: str) -> KeptPnr:
        async with self.store.read(self.scope) as view:
            found = await view.pnr(id)
        assert found is not None
        return found

    async def bookings(self) -> Sequence[Booking]:
        async with self.store.read(self.scope) as view:
            return await view.bookings(Page(limit=200), BookingFilter())

    async def events(self, subject: str | None = None) -> list[Event]:
        async with self.store.read(self.scope) as view:
            told = await view.events(0, 10_000, partner=None)
        return [e for e in told if subject in (None, e.subject)]

    async def told(self, subject: str) -> list[str]:
        return [e.type for e in await self.events(subject)]

    @property
    def meter(self) -> KeepingMeter:
        assert isinstance(self.hub.meter, KeepingMeter)
        return self.hub.meter

    async def dispatch(self, hub: Hub | None = None, *, limit: int = 64) -> int:
        """Claim once, try each, settle them; how many there were."""
        hub = hub or self.hub
        claimed = await hub.store.claim_deliveries(
            hub.mint.id("lse"), lease_s=LEASE_S, limit=limit, retries=limit
        )
        since = hub.clock.monotonic()
        tried = [await attempt_delivery(hub, delivery, since) for delivery in claimed]
        await settle_deliveries(hub, tried)
        return len(claimed)

    async def check_due(self, hub: Hub | None = None) -> int:
        """Every check that is due now, once; how many there were."""
        count = 0
        for bell, check in CHECKS.items():
            if await self.store.next_due(bell) != 0:
                continue
            for scope, id in await self.store.claim_due(bell, lease_s=LEASE_S, limit=200):
                await check(hub or self.hub, scope, id)
                count += 1
        return count

    async def until_quiet(self) -> None:
        """Let time pass and everything be checked, until nothing is due any more."""
        for _ in range(500):
            if await self.check_due():
                continue
            waits = [await self.store.next_due(bell) for bell in CHECKS if bell is not QUEUES]
            left = [w for w in waits if w is not None]
            if not left:
                return
            self.clock.move(max(min(left), 0.001))
        raise AssertionError("it never comes to rest")


def an_asking(scope: Scope, *permissions: Permission, partner: str | None = None) -> Asking:
    held = frozenset(permissions or (Permission.ADMIN,))
    return Asking(Principal("key_test", scope, held, partner), request="req_1", reason="asked to")


@asynccontextmanager
async def open_world(url: str) -> AsyncIterator[World]:
    """url: a migrated SQLite database."""
    clock = HandClock()
    async with opened(url, clock, pool_size=2) as database:
        yield await world_on(database, clock)


async def world_on(database: Database, clock: HandClock) -> World:
    """database: migrated, and of *clock*'s time."""
    mint = CountingMint()
    store = SqlStore(database, VAULT, mint)
    hub = Hub(
        store=store,
        vendors=FakeVendors(
            a_manifest("hotels", Role.HOTEL_SUPPLIER),
            a_manifest("gateway", Role.PAYMENT_GATEWAY, Role.INBOUND_WEBHOOK),
            a_manifest("esign", Role.ESIGN, Role.INBOUND_WEBHOOK),
            a_manifest("regulator", Role.REGULATOR_FILING),
        ),
        vault=VAULT,
        sender=ScriptedSender(),
        signer=Ed25519Signer(clock),
        jobs=ListeningJobs(),
        limiter=MemoryLimiter(clock),
        clock=clock,
        mint=mint,
        meter=KeepingMeter(),
        blobs=MemoryBlobs(),
        typesetter=TYPESETTER,
        public_url="https://hub.test",
    )
    world = World(hub, store, clock)
    await world.furnish()
    return world
