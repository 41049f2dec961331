from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.domain.connections.connection import Connection, VendorAccount
from core.domain.tenancy import Scope
from ports.activity_supplier import ActivitySupplier
from ports.ari_channel import AriChannel, ShownRates
from ports.esign import ESign
from ports.gds import Gds
from ports.hotel_supplier import HotelSupplier
from ports.inbound_webhook import InboundWebhook
from ports.manifest import Manifest
from ports.payment_gateway import PaymentGateway
from ports.probe import Testable
from ports.regulator_filing import RegulatorFiling
from ports.reservation_source import ReservationSource


class Vendors(Protocol):
    """The adapters there are, and open clients for the connections that use them.

    A client is opened at first use, shared by all callers, and replaced when the
    connection's or the account's version has risen. Misconfigured: the stored config no
    longer fits the adapter, or its credential cannot be read.
    """

    def manifests(self) -> Sequence[Manifest]: ...

    def manifest(self, adapter: str) -> Manifest | None: ...

    async def hotel_supplier(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> HotelSupplier: ...

    async def activity_supplier(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> ActivitySupplier: ...

    async def gds(self, scope: Scope, connection: Connection, account: VendorAccount) -> Gds: ...

    async def ari_channel(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> AriChannel: ...

    async def reservation_source(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> ReservationSource: ...

    async def shown_rates(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> ShownRates:
        """NotSupported: the vendor cannot be read back."""
        ...

    async def payment_gateway(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> PaymentGateway: ...

    async def esign(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> ESign: ...

    async def regulator_filing(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> RegulatorFiling: ...

    async def testable(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> Testable: ...

    def inbound(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> InboundWebhook | None: ...
