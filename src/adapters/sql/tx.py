"""Reads and writes that commit together or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import deliveries, feed, inbox, people, rows, trail
from adapters.sql.engine import Database
from adapters.sql.keys import Keys
from adapters.sql.kinds import (
    ACCOUNT,
    API_KEY,
    BOOKING,
    CONNECTION,
    ENDPOINT,
    ENTITY,
    PARTNER,
    PAYMENT,
    QUOTE,
    REFUND,
    Kind,
)
from adapters.sql.seals import Seals
from adapters.sql.session import Transaction
from adapters.sql.view import SqlView
from core.domain.audit import AuditEntry
from core.domain.booking import Booking
from core.domain.connection import Connection, VendorAccount
from core.domain.delivery import Delivery
from core.domain.event import Event, EventDraft
from core.domain.hotel import Quote
from core.domain.idempotency import Answer, KeyRecord
from core.domain.inbox import InboxMessage
from core.domain.partner import Endpoint, Partner
from core.domain.payment import Payment, Refund
from core.domain.person import Person
from core.domain.tenancy import ApiKey, LegalEntity, Scope
from ports.mint import Mint

T = TypeVar("T", bound=msgspec.Struct)


class SqlTx(SqlView):
    def __init__(
        self, conn: AsyncConnection, scope: Scope, seals: Seals, database: Database, mint: Mint
    ) -> None:
        super().__init__(Transaction(conn), scope, seals)
        self._conn, self._database, self._mint = conn, database, mint
        self.erased = False
        self.reconfigured = False

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
        await self._put(ENDPOINT, endpoint)

    async def put_api_key(self, key: ApiKey) -> None:
        self.reconfigured = True
        await self._put(API_KEY, key)

    async def put_person(self, person: Person) -> None:
        """Violated: the person was erased."""
        await people.put(self._conn, self._scope, self._seals, person)

    async def erase_person(self, id: str) -> bool:
        gone = await people.erase(self._conn, self._scope, id, self._database.instant())
        self.erased = self.erased or gone
        return gone

    async def put_quote(self, quote: Quote) -> None:
        await self._put(QUOTE, quote)

    async def put_booking(self, booking: Booking) -> None:
        await self._put(BOOKING, booking)

    async def put_payment(self, payment: Payment) -> None:
        await self._put(PAYMENT, payment)

    async def put_refund(self, refund: Refund) -> None:
        await self._put(REFUND, refund)

    async def record(self, draft: EventDraft, now: datetime) -> Event:
        sequence = await feed.next_sequence(self._conn, self._scope, draft.subject)
        event = Event(
            id=self._mint.id("evt"),
            sequence=sequence,
            occurred_at=now,
            **msgspec.structs.asdict(draft),
        )
        await feed.append(self._conn, self._scope, event)
        reached = await deliveries.reached(self._conn, self._scope, event)
        await self._deliver(event, reached, now)
        return event

    async def resend(self, event: Event, endpoint: Endpoint, now: datetime) -> Delivery:
        (id,) = await self._deliver(event, [endpoint], now)
        made = await self.delivery(id)
        if made is None:
            raise LookupError(id)
        return made

    async def audit(self, entry: AuditEntry) -> None:
        await trail.append(self._conn, self._scope, entry)

    async def receive(self, message: InboxMessage) -> bool:
        return await inbox.receive(self._conn, self._scope, self._seals, message)

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

    async def _put(self, kind: Kind[T], value: T) -> None:
        await rows.put(self._conn, kind.table, self._scope, kind.row(value, self._seals))

    async def _deliver(self, event: Event, endpoints: list[Endpoint], now: datetime) -> list[str]:
        return await deliveries.make(
            self._conn,
            self._scope,
            event,
            endpoints,
            mint=self._mint,
            now=now,
            due_at=self._database.now(),
        )
