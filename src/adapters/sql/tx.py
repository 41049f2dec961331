"""Reads and writes that commit together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import (
    deliveries,
    dossiers,
    feed,
    inbox,
    paces,
    people,
    rejections,
    stock_writes,
    tables,
    trail,
)
from adapters.sql.channel_tx import SqlChannelTx
from adapters.sql.claim import Claims
from adapters.sql.deliveries import Way
from adapters.sql.engine import Database
from adapters.sql.keys import Keys
from adapters.sql.kinds import (
    ACCOUNT,
    AGREEMENT,
    API_KEY,
    BOOKING,
    CONNECTION,
    ENDPOINT,
    ENTITY,
    PARTNER,
    PAYMENT,
    PAYMENT_PLAN,
    PNR,
    QUEUE_WATCH,
    QUOTE,
    RECOVERY,
    REFUND,
    SIGNING_KEY,
    TEMPLATE,
    VOUCHER_SHEET,
)
from adapters.sql.seals import Seals
from core.domain.agreements.agreement import Agreement
from core.domain.agreements.akad.template import Template
from core.domain.audit import AuditEntry
from core.domain.bookings.booking import Booking
from core.domain.bookings.kept_pnr import KeptPnr
from core.domain.bookings.offer import Quote
from core.domain.bookings.voucher import VoucherSheet
from core.domain.connections.connection import Connection, QueueWatch, VendorAccount
from core.domain.event import Event, EventDraft
from core.domain.idempotency import Answer, KeyRecord
from core.domain.inbound.inbox import InboxMessage
from core.domain.inbound.rejection import Rejection
from core.domain.payments.payment import Payment, Refund
from core.domain.payments.payment_plan import PaymentPlan
from core.domain.person import Person
from core.domain.stock.moves import Move, Moved, Shortage
from core.domain.tenancy import ApiKey, LegalEntity, Scope, Tenant
from core.domain.webhooks.delivery import Delivery
from core.domain.webhooks.pace import Pace
from core.domain.webhooks.partner import Endpoint, Partner
from core.domain.webhooks.recovery import Recovery
from core.domain.webhooks.signing_key import SigningKey
from ports.mint import Mint
from ports.store import Settlement, Violated


class SqlTx(SqlChannelTx):
    def __init__(
        self,
        conn: AsyncConnection,
        scope: Scope,
        seals: Seals,
        database: Database,
        mint: Mint,
        claims: Claims,
    ) -> None:
        super().__init__(conn, scope, seals, database)
        self._mint, self._claims = mint, claims
        self.erased = False
        self.reconfigured = False

    async def put_tenant(self, tenant: Tenant) -> None:
        if tenant.id != self._scope.tenant:
            raise Violated("this tenant is not that of the scope")
        body = msgspec.json.encode(tenant).decode()
        put = sa.update(tables.tenant).where(tables.tenant.c.id == tenant.id).values(body=body)
        await self._conn.execute(put)

    async def put_entity(self, entity: LegalEntity) -> None:
        await self._put(ENTITY, entity)

    async def put_account(self, account: VendorAccount) -> None:
        """A credential of None leaves the stored one as it is."""
        self.reconfigured = True
        await self._put(ACCOUNT, account)

    async def put_connection(self, connection: Connection) -> None:
        self.reconfigured = True
        await self._put(CONNECTION, connection)

    async def put_partner(self, partner: Partner) -> None:
        await self._put(PARTNER, partner)

    async def put_endpoint(self, endpoint: Endpoint) -> None:
        """What waited for its order goes at once where none is wanted any more."""
        await self._put(ENDPOINT, endpoint)
        await paces.begin(self._conn, self._scope, endpoint)
        if not endpoint.ordered:
            await self._claims.release_held(self._conn, endpoint.id)

    async def put_signing_key(self, key: SigningKey) -> None:
        await self._put(SIGNING_KEY, key)

    async def put_api_key(self, key: ApiKey) -> None:
        self.reconfigured = True
        await self._put(API_KEY, key)

    async def put_person(self, person: Person) -> None:
        """Violated: the person was erased."""
        await people.put(self._conn, self._scope, self._seals, person)

    async def erase_person(self, id: str) -> bool:
        gone = await people.erase(self._conn, self._scope, id, self._database.instant())
        await dossiers.forget(self._conn, self._scope, id)
        self.erased = self.erased or gone
        return gone

    async def put_quote(self, quote: Quote) -> None:
        await self._put(QUOTE, quote)

    async def put_booking(self, booking: Booking) -> None:
        await self._put(BOOKING, booking)

    async def put_pnr(self, pnr: KeptPnr) -> None:
        await self._put(PNR, pnr)

    async def put_voucher_sheet(self, sheet: VoucherSheet) -> None:
        await self._put(VOUCHER_SHEET, sheet)

    async def put_queue_watch(self, watch: QueueWatch) -> None:
        await self._put(QUEUE_WATCH, watch)

    async def put_payment(self, payment: Payment) -> None:
        await self._put(PAYMENT, payment)

    async def put_refund(self, refund: Refund) -> None:
        await self._put(REFUND, refund)

    async def put_plan(self, plan: PaymentPlan) -> None:
        await self._put(PAYMENT_PLAN, plan)

    async def put_agreement(self, agreement: Agreement) -> None:
        await self._put(AGREEMENT, agreement)

    async def put_template(self, template: Template) -> None:
        await self._put(TEMPLATE, template)

    async def record(
        self,
        draft: EventDraft,
        now: datetime,
        *,
        only: Endpoint | None = None,
        among: str | None = None,
    ) -> Event:
        sequence = await feed.next_sequence(self._conn, self._scope, draft.subject)
        told = msgspec.structs.asdict(draft)
        not_to = told.pop("not_to")
        event = Event(id=self._mint.id("evt"), sequence=sequence, occurred_at=now, **told)
        await feed.append(self._conn, self._scope, event)
        if only is not None:
            test = Way(asked=True, once=True, ordered=False)
            await self._deliver(event, [only], now, test)
            return event
        reached = await deliveries.reached(self._conn, self._scope, event, not_to=not_to)
        told_to = [e for e in reached if among in (None, e.id, e.partner)]
        await self._deliver(event, told_to, now, Way())
        return event

    async def force_stock(
        self,
        property: str,
        moves: Sequence[Move],
        *,
        now: datetime,
        tell: Callable[[Sequence[Shortage]], EventDraft],
    ) -> Moved:
        async def told(forced: Sequence[Shortage]) -> Event:
            return await self.record(tell(forced), now)

        return await stock_writes.force(self._conn, self._scope, property, moves, told)

    async def resend(
        self, event: Event, endpoint: Endpoint, now: datetime, *, asked: bool = True
    ) -> Delivery:
        way = Way(tier=1, asked=asked, ordered=not asked)
        (id,) = await self._deliver(event, [endpoint], now, way)
        made = await self.delivery(id)
        if made is None:
            raise LookupError(id)
        return made

    async def settle(self, settlements: Sequence[Settlement]) -> set[str]:
        """Violated: one is of another scope."""
        if any(s.claimed.to.scope != self._scope for s in settlements):
            raise Violated("a delivery of another scope")
        return await self._claims.settle_in(self._conn, settlements) if settlements else set()

    async def put_pace(self, pace: Pace) -> None:
        """Violated: its endpoint is not in this scope."""
        await paces.put(self._conn, self._scope, pace)

    async def put_recovery(self, recovery: Recovery) -> None:
        await self._put(RECOVERY, recovery)

    async def audit(self, entry: AuditEntry) -> None:
        await trail.append(self._conn, self._scope, entry)

    async def receive(self, message: InboxMessage) -> bool:
        return await inbox.receive(self._conn, self._scope, self._seals, message)

    async def add_rejection(self, rejection: Rejection) -> None:
        await rejections.add(self._conn, self._scope, self._seals, rejection)

    async def put_inbox_message(self, message: InboxMessage) -> None:
        """One that is still RECEIVED falls due again after a wait that grows with its attempts."""
        await inbox.update(self._conn, self._scope, self._seals, message, self._database.now())

    async def start_key(self, principal: str, record: KeyRecord) -> KeyRecord | None:
        return await self._keys(principal).start(record)

    async def restart_key(self, principal: str, key: str, now: datetime) -> None:
        await self._keys(principal).restart(key, now)

    async def link_key(self, principal: str, key: str, resource: str) -> None:
        await self._keys(principal).link(key, resource)

    async def answer_key(self, principal: str, key: str, answer: Answer) -> None:
        await self._keys(principal).answer(key, answer)

    async def release_key(self, principal: str, key: str) -> None:
        await self._keys(principal).release(key)

    def _keys(self, principal: str) -> Keys:
        return Keys(self._conn, self._scope, self._seals, principal)

    async def _deliver(
        self, event: Event, endpoints: list[Endpoint], now: datetime, way: Way
    ) -> list[str]:
        return await deliveries.make(
            self._conn,
            self._scope,
            event,
            endpoints,
            mint=self._mint,
            now=now,
            due_at=self._database.now(),
            way=way,
        )
