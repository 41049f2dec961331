"""Reads of one tenant in one environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from adapters.sql import (
    feed,
    history,
    outbox,
    paces,
    people,
    recoveries,
    rows,
    tables,
    trail,
)
from adapters.sql.channel_view import SqlChannelView
from adapters.sql.filing_view import SqlFilingView
from adapters.sql.keys import Keys
from adapters.sql.kinds import (
    ACCOUNT,
    AGREEMENT,
    API_KEY,
    BOOKING,
    CONNECTION,
    ENDPOINT,
    ENTITY,
    INBOX,
    PARTNER,
    PAYMENT,
    PAYMENT_PLAN,
    PNR,
    QUOTE,
    RECOVERY,
    REFUND,
    REJECTION,
    SIGNING_KEY,
    TEMPLATE,
    VOUCHER_SHEET,
)
from adapters.sql.recent import Recent
from adapters.sql.seals import Seals
from adapters.sql.session import Session
from adapters.sql.stock_view import SqlStockView
from core.domain.agreements.agreement import Agreement
from core.domain.agreements.akad.template import Template
from core.domain.audit import AuditEntry
from core.domain.bookings.booking import Booking
from core.domain.bookings.kept_pnr import KeptPnr
from core.domain.bookings.offer import Quote
from core.domain.bookings.voucher import VoucherSheet
from core.domain.connections.connection import Connection, ConnectionState, VendorAccount
from core.domain.event import Event
from core.domain.idempotency import KeyRecord
from core.domain.inbound.inbox import InboxMessage
from core.domain.inbound.rejection import Rejection
from core.domain.payments.payment import Payment, Refund
from core.domain.payments.payment_plan import PaymentPlan
from core.domain.person import Person
from core.domain.tenancy import ApiKey, LegalEntity, Scope, Tenant
from core.domain.webhooks.delivery import Attempt, Delivery
from core.domain.webhooks.pace import Pace
from core.domain.webhooks.partner import Endpoint, Partner
from core.domain.webhooks.recovery import Recovery, Tally, Wanted
from core.domain.webhooks.signing_key import SigningKey
from ports.store import (
    AgreementFilter,
    AttemptFilter,
    BookingFilter,
    DeliveryFilter,
    InboxFilter,
    Page,
    PaymentFilter,
    PlanFilter,
    PnrFilter,
    RecoveryFilter,
    RefundFilter,
)


class SqlView(SqlStockView, SqlFilingView, SqlChannelView):
    """Its rows are locked as they are read when *session* is one that writes."""

    def __init__(
        self, session: Session, scope: Scope, seals: Seals, recent: Recent | None = None
    ) -> None:
        super().__init__(session, scope, seals)
        self._recent = recent

    async def tenant(self) -> Tenant:
        conn = await self._session.conn()
        wanted = sa.select(tables.tenant.c.body).where(tables.tenant.c.id == self._scope.tenant)
        if self._session.locks:
            wanted = wanted.with_for_update(key_share=True)
        return msgspec.json.decode((await conn.execute(wanted)).scalar_one(), type=Tenant)

    async def entity(self, id: str) -> LegalEntity | None:
        return await self._get(ENTITY, id)

    async def entities(self, page: Page) -> Sequence[LegalEntity]:
        return await self._page(ENTITY, page)

    async def account(self, id: str) -> VendorAccount | None:
        return await self._get(ACCOUNT, id)

    async def connection(self, id: str) -> Connection | None:
        return await self._get(CONNECTION, id)

    async def connections(self, page: Page) -> Sequence[Connection]:
        return await self._page(CONNECTION, page)

    async def connected(self, id: str) -> tuple[Connection, VendorAccount] | None:
        conn = await self._session.conn()
        row = await rows.get(conn, tables.connection, self._scope, id, lock=False)
        if row is None:
            return None
        found = CONNECTION.value(row, self._seals)
        behind = await rows.get(conn, tables.account, self._scope, found.account, lock=False)
        return None if behind is None else (found, ACCOUNT.value(behind, self._seals))

    async def active_connections(self) -> Sequence[tuple[Connection, VendorAccount]]:
        """Every active connection with its account, oldest first."""
        if self._recent is None:
            return await self._active_connections()
        return await self._recent.get(self._scope, self._active_connections)

    async def _active_connections(self) -> Sequence[tuple[Connection, VendorAccount]]:
        conn = await self._session.conn()
        active = tables.connection.c.state == str(ConnectionState.ACTIVE)
        found = await rows.all_of(conn, tables.connection, self._scope, active)
        connections = [CONNECTION.value(row, self._seals) for row in found]
        theirs = tables.account.c.id.in_({c.account for c in connections})
        behind = await rows.all_of(conn, tables.account, self._scope, theirs)
        accounts = {row["id"]: ACCOUNT.value(row, self._seals) for row in behind}
        return [(c, accounts[c.account]) for c in connections]

    async def partner(self, id: str) -> Partner | None:
        return await self._get(PARTNER, id)

    async def partners(self, page: Page) -> Sequence[Partner]:
        return await self._page(PARTNER, page)

    async def endpoint(self, id: str) -> Endpoint | None:
        return await self._get(ENDPOINT, id)

    async def endpoints(self, page: Page, *, partner: str | None) -> Sequence[Endpoint]:
        return await self._page(ENDPOINT, page, partner=partner)

    async def signing_keys(self) -> Sequence[SigningKey]:
        conn = await self._session.conn()
        if self._session.locks:
            await feed.hold_head(conn, self._scope)  # also where there is no key yet to lock
        found = await rows.all_of(conn, tables.signing_key, self._scope)
        return [SIGNING_KEY.value(row, self._seals) for row in reversed(found)]

    async def api_key(self, id: str) -> ApiKey | None:
        return await self._get(API_KEY, id)

    async def api_keys(self, page: Page) -> Sequence[ApiKey]:
        return await self._page(API_KEY, page)

    async def people(self, ids: Iterable[str]) -> Mapping[str, Person]:
        """Those that are not erased. Unreadable: one is there and does not open."""
        conn, lock = await self._session.conn(), self._session.locks
        return await people.people(conn, self._scope, self._seals, ids, lock=lock)

    async def person_exists(self, id: str) -> bool:
        return await self._row(tables.person, id) is not None

    async def quote(self, id: str) -> Quote | None:
        return await self._get(QUOTE, id)

    async def booking(self, id: str) -> Booking | None:
        return await self._get(BOOKING, id)

    async def bookings(self, page: Page, where: BookingFilter) -> Sequence[Booking]:
        state = None if where.state is None else str(where.state)
        return await self._page(
            BOOKING,
            page,
            state=state,
            reference=where.reference,
            partner=where.partner,
            quote=where.quote,
        )

    async def pnr(self, id: str) -> KeptPnr | None:
        return await self._get(PNR, id)

    async def pnr_of(self, booking: str) -> KeptPnr | None:
        conn, only = await self._session.conn(), tables.pnr.c.booking == booking
        found = await rows.all_of(conn, tables.pnr, self._scope, only)
        return await self._get(PNR, found[0]["id"]) if found else None  # locked by its id

    async def pnrs(self, page: Page, where: PnrFilter) -> Sequence[KeptPnr]:
        asked = msgspec.structs.asdict(where)
        state = None if where.state is None else str(where.state)
        return await self._page(PNR, page, **{**asked, "state": state})

    async def voucher_sheet(self, booking: str) -> VoucherSheet | None:
        return await self._get(VOUCHER_SHEET, booking)

    async def payment(self, id: str) -> Payment | None:
        return await self._get(PAYMENT, id)

    async def payment_of_charge(self, connection: str, charge_reference: str) -> Payment | None:
        only = {"connection": connection, "charge_reference": charge_reference}
        found = await self._page(PAYMENT, Page(limit=1), **only)
        return await self._get(PAYMENT, found[0].id) if found else None  # locked in a transaction

    async def payments(self, page: Page, where: PaymentFilter) -> Sequence[Payment]:
        state = None if where.state is None else str(where.state)
        return await self._page(PAYMENT, page, booking=where.booking, plan=where.plan, state=state)

    async def plan(self, id: str) -> PaymentPlan | None:
        return await self._get(PAYMENT_PLAN, id)

    async def plans(self, page: Page, where: PlanFilter) -> Sequence[PaymentPlan]:
        state = None if where.state is None else str(where.state)
        return await self._page(PAYMENT_PLAN, page, state=state, partner=where.partner)

    async def refund(self, id: str) -> Refund | None:
        return await self._get(REFUND, id)

    async def refunds(self, where: RefundFilter) -> Sequence[Refund]:
        t = tables.refund
        state = None if where.state is None else str(where.state)
        asked = ((t.c.payment, where.payment), (t.c.state, state))
        return await self._all(REFUND, *(c == v for c, v in asked if v is not None))

    async def agreement(self, id: str) -> Agreement | None:
        return await self._get(AGREEMENT, id)

    async def agreements(self, page: Page, where: AgreementFilter) -> Sequence[Agreement]:
        state = None if where.state is None else str(where.state)
        return await self._page(AGREEMENT, page, state=state, partner=where.partner)

    async def templates(self, name: str | None = None) -> Sequence[Template]:
        conn = await self._session.conn()
        only = [] if name is None else [tables.template.c.name == name]
        found = await rows.all_of(conn, tables.template, self._scope, *only)
        return [TEMPLATE.value(row, self._seals) for row in found]

    async def event(self, id: str) -> Event | None:
        row = await self._row(outbox.event, id)
        return None if row is None else feed.event_of(row)

    async def events(self, after: int, limit: int, *, partner: Partner | None) -> Sequence[Event]:
        """Outside a transaction it starts a new snapshot, which has what was sealed for it."""
        await self._session.seal(self._scope)
        conn = await self._session.conn()
        return await feed.after(conn, self._scope, after, limit, partner)

    async def delivery(self, id: str) -> Delivery | None:
        conn, lock = await self._session.conn(), self._session.locks
        return await history.one(conn, self._scope, id, lock=lock)

    async def deliveries(self, page: Page, where: DeliveryFilter) -> Sequence[Delivery]:
        return await history.page(await self._session.conn(), self._scope, page, where)

    async def attempts(self, delivery: str) -> Sequence[Attempt]:
        return await history.attempts(await self._session.conn(), self._scope, delivery)

    async def attempts_by(self, page: Page, where: AttemptFilter) -> Sequence[Attempt]:
        return await history.attempts_page(await self._session.conn(), self._scope, page, where)

    async def pace(self, endpoint: str) -> Pace | None:
        conn, lock = await self._session.conn(), self._session.locks
        return await paces.get(conn, self._scope, endpoint, lock=lock)

    async def paces(self, endpoints: Iterable[str]) -> Mapping[str, Pace]:
        conn = await self._session.conn()
        return await paces.several(conn, self._scope, tuple(endpoints))

    async def unfinished(self, endpoint: str, *, at_most: int) -> int:
        conn = await self._session.conn()
        return await recoveries.unfinished(conn, self._scope, endpoint, at_most)

    async def recovery(self, id: str) -> Recovery | None:
        return await self._get(RECOVERY, id)

    async def recoveries(self, page: Page, where: RecoveryFilter) -> Sequence[Recovery]:
        state = None if where.state is None else str(where.state)
        return await self._page(
            RECOVERY, page, partner=where.partner, endpoint=where.endpoint, state=state
        )

    async def tally(self, wanted: Wanted) -> Tally:
        """Outside a transaction it starts a new snapshot, which has what was sealed for it."""
        await self._session.seal(self._scope)
        return await recoveries.tally(await self._session.conn(), self._scope, wanted)

    async def events_wanted(
        self, wanted: Wanted, *, after: int, up_to: int, limit: int
    ) -> Sequence[Event]:
        conn = await self._session.conn()
        return await recoveries.events(conn, self._scope, wanted, after, up_to, limit)

    async def inbox_message(self, id: str) -> InboxMessage | None:
        return await self._get(INBOX, id)

    async def inbox(self, page: Page, where: InboxFilter) -> Sequence[InboxMessage]:
        state = None if where.state is None else str(where.state)
        return await self._page(INBOX, page, connection=where.connection, state=state)

    async def rejections(self, page: Page, *, connection: str) -> Sequence[Rejection]:
        return await self._page(REJECTION, page, connection=connection)

    async def audit_entries(self, page: Page, *, subject: str | None) -> Sequence[AuditEntry]:
        only = [] if subject is None else [outbox.audit.c.subject == subject]
        conn = await self._session.conn()
        found = await rows.page(conn, outbox.audit, self._scope, page, *only)
        return [trail.entry_of(row) for row in found]

    async def key_record(self, principal: str, key: str) -> KeyRecord | None:
        keys = Keys(await self._session.conn(), self._scope, self._seals, principal)
        return await keys.get(key, lock=self._session.locks)
