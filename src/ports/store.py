"""The truth: everything that must outlive the process, in one SQL database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from core.domain.agreements.agreement import Agreement, AgreementState
from core.domain.agreements.akad.template import Template
from core.domain.audit import AuditEntry, Broken
from core.domain.bookings.booking import Booking, BookingState
from core.domain.bookings.kept_pnr import KeptPnr, PnrState
from core.domain.bookings.offer import Quote
from core.domain.bookings.voucher import VoucherSheet
from core.domain.connections.connection import Connection, QueueWatch, VendorAccount
from core.domain.event import Event, EventDraft
from core.domain.idempotency import Answer, KeyRecord
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.inbound.rejection import Rejection
from core.domain.payments.payment import Payment, PaymentState, Refund, RefundState
from core.domain.payments.payment_plan import PaymentPlan, PlanState
from core.domain.person import Person
from core.domain.secret import Secret
from core.domain.tenancy import ApiKey, LegalEntity, Scope, Tenant
from core.domain.webhooks.delivery import Attempt, Delivery, DeliveryState, Fault, Outcome, Sent
from core.domain.webhooks.pace import Pace
from core.domain.webhooks.partner import Endpoint, Partner
from core.domain.webhooks.recovery import Recovery, RecoveryState, Tally, Wanted
from core.domain.webhooks.retry import RetrySchedule
from core.domain.webhooks.signing_key import SigningKey
from ports.channels import ChannelsWaiting, ChannelTx, ChannelView
from ports.filings import FilingTx, FilingView
from ports.jobs import Bell
from ports.paging import Page as Page
from ports.stock import StockTx, StockView


class Busy(Exception):
    """Others were in the way and nothing was written; the same may be tried again at once."""


class Away(Exception):
    """The database cannot be reached. Whether the last commit came through is not known."""


class Violated(Exception):
    """A rule of the store forbids it (a reference used twice, a row of another scope) and
    nothing was written. Holds no values."""


class DeliveryFilter(msgspec.Struct, frozen=True):
    """since, until: when it was made. subject: whom its event is about. types: of its event, ()
    is any."""

    partner: str | None = None
    endpoint: str | None = None
    event: str | None = None
    state: DeliveryState | None = None
    types: tuple[str, ...] = ()
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AttemptFilter(msgspec.Struct, frozen=True):
    """status: of the answer. since, until: when it was made. types: of the event, () is any."""

    partner: str | None = None
    endpoint: str | None = None
    types: tuple[str, ...] = ()
    subject: str | None = None
    status: int | None = None
    fault: Fault | None = None
    since: datetime | None = None
    until: datetime | None = None


class RecoveryFilter(msgspec.Struct, frozen=True):
    partner: str | None = None
    endpoint: str | None = None
    state: RecoveryState | None = None


class BookingFilter(msgspec.Struct, frozen=True):
    state: BookingState | None = None
    reference: str | None = None
    partner: str | None = None
    quote: str | None = None


class PaymentFilter(msgspec.Struct, frozen=True):
    booking: str | None = None
    plan: str | None = None
    state: PaymentState | None = None


class RefundFilter(msgspec.Struct, frozen=True):
    payment: str | None = None
    state: RefundState | None = None


class InboxFilter(msgspec.Struct, frozen=True):
    connection: str | None = None
    state: InboxState | None = None


class AgreementFilter(msgspec.Struct, frozen=True):
    state: AgreementState | None = None
    partner: str | None = None


class PlanFilter(msgspec.Struct, frozen=True):
    state: PlanState | None = None
    partner: str | None = None


class PnrFilter(msgspec.Struct, frozen=True):
    state: PnrState | None = None
    locator: str | None = None
    booking: str | None = None
    connection: str | None = None
    partner: str | None = None


class View(StockView, FilingView, ChannelView, Protocol):
    """Reads of one tenant in one environment. None: there is no such row here."""

    async def tenant(self) -> Tenant: ...
    async def entity(self, id: str) -> LegalEntity | None: ...
    async def entities(self, page: Page) -> Sequence[LegalEntity]: ...
    async def account(self, id: str) -> VendorAccount | None: ...
    async def connection(self, id: str) -> Connection | None: ...
    async def connections(self, page: Page) -> Sequence[Connection]: ...
    async def connected(self, id: str) -> tuple[Connection, VendorAccount] | None:
        """A connection with its account, to be used and not changed: never locked."""
        ...

    async def active_connections(self) -> Sequence[tuple[Connection, VendorAccount]]:
        """Every active connection with its account, for a fan-out."""
        ...

    async def partner(self, id: str) -> Partner | None: ...
    async def partners(self, page: Page) -> Sequence[Partner]: ...
    async def endpoint(self, id: str) -> Endpoint | None: ...
    async def endpoints(self, page: Page, *, partner: str | None) -> Sequence[Endpoint]:
        """partner None: every partner's."""
        ...

    async def signing_keys(self) -> Sequence[SigningKey]:
        """Newest first, those that have ended too. In a Tx nobody else adds one until its end."""
        ...

    async def api_key(self, id: str) -> ApiKey | None: ...
    async def api_keys(self, page: Page) -> Sequence[ApiKey]: ...
    async def person_exists(self, id: str) -> bool:
        """True also for an erased person."""
        ...

    async def quote(self, id: str) -> Quote | None: ...
    async def booking(self, id: str) -> Booking | None: ...
    async def bookings(self, page: Page, where: BookingFilter) -> Sequence[Booking]: ...
    async def pnr(self, id: str) -> KeptPnr | None: ...
    async def pnr_of(self, booking: str) -> KeptPnr | None:
        """The one that a booking made."""
        ...

    async def pnrs(self, page: Page, where: PnrFilter) -> Sequence[KeptPnr]: ...
    async def voucher_sheet(self, booking: str) -> VoucherSheet | None: ...
    async def payment(self, id: str) -> Payment | None: ...
    async def payment_of_charge(self, connection: str, charge_reference: str) -> Payment | None:
        """By what its gateway calls the charge."""
        ...

    async def payments(self, page: Page, where: PaymentFilter) -> Sequence[Payment]: ...
    async def plan(self, id: str) -> PaymentPlan | None: ...
    async def plans(self, page: Page, where: PlanFilter) -> Sequence[PaymentPlan]: ...
    async def refund(self, id: str) -> Refund | None: ...
    async def refunds(self, where: RefundFilter) -> Sequence[Refund]:
        """All of them, oldest first; never locked."""
        ...

    async def agreement(self, id: str) -> Agreement | None: ...
    async def agreements(self, page: Page, where: AgreementFilter) -> Sequence[Agreement]: ...
    async def templates(self, name: str | None = None) -> Sequence[Template]:
        """The tenant's own, every version, oldest first. name None: of every name."""
        ...

    async def event(self, id: str) -> Event | None: ...
    async def events(self, after: int, limit: int, *, partner: Partner | None) -> Sequence[Event]:
        """Sealed events in feed order after position *after*; with *partner*, only what
        that partner may see. Seals what is committed first, so that nothing is missed."""
        ...

    async def delivery(self, id: str) -> Delivery | None: ...
    async def deliveries(self, page: Page, where: DeliveryFilter) -> Sequence[Delivery]: ...
    async def attempts(self, delivery: str) -> Sequence[Attempt]: ...
    async def attempts_by(self, page: Page, where: AttemptFilter) -> Sequence[Attempt]: ...
    async def pace(self, endpoint: str) -> Pace | None: ...
    async def paces(self, endpoints: Iterable[str]) -> Mapping[str, Pace]:
        """Those of *endpoints* that are here; never locked."""
        ...

    async def unfinished(self, endpoint: str, *, at_most: int) -> int:
        """How many deliveries to it are not settled, counted up to *at_most*."""
        ...

    async def recovery(self, id: str) -> Recovery | None: ...
    async def recoveries(self, page: Page, where: RecoveryFilter) -> Sequence[Recovery]: ...
    async def tally(self, wanted: Wanted) -> Tally:
        """Count the sealed events that are wanted. Seals what is committed first."""
        ...

    async def events_wanted(
        self, wanted: Wanted, *, after: int, up_to: int, limit: int
    ) -> Sequence[Event]:
        """Those at positions beyond *after* and not beyond *up_to*, in the feed's order.

        Not wanted are: what is about the endpoint itself or a delivery to it, what was made up
        to try other endpoints, and pings. Undelivered also leaves out what a delivery to the
        endpoint took, found superseded or expired, or may still take, and what has expired.
        """
        ...

    async def inbox_message(self, id: str) -> InboxMessage | None: ...
    async def inbox(self, page: Page, where: InboxFilter) -> Sequence[InboxMessage]: ...
    async def rejections(self, page: Page, *, connection: str) -> Sequence[Rejection]: ...
    async def audit_entries(self, page: Page, *, subject: str | None) -> Sequence[AuditEntry]: ...
    async def key_record(self, principal: str, key: str) -> KeyRecord | None: ...


class Tx(View, StockTx, FilingTx, ChannelTx, Protocol):
    """Reads and writes that commit together or not at all.

    A row read here by its id is locked until the end, so that read-decide-write is safe.
    `put_` inserts or replaces by id. Secrets and personal data are encrypted inside.
    """

    async def put_tenant(self, tenant: Tenant) -> None:
        """Violated: it is not the tenant of this scope."""
        ...

    async def put_entity(self, entity: LegalEntity) -> None: ...
    async def put_account(self, account: VendorAccount) -> None: ...
    async def put_connection(self, connection: Connection) -> None: ...
    async def put_partner(self, partner: Partner) -> None: ...
    async def put_endpoint(self, endpoint: Endpoint) -> None: ...
    async def put_signing_key(self, key: SigningKey) -> None:
        """A private half of None leaves the stored one as it is. Violated: a second one of the
        scope that signs without an end."""
        ...

    async def put_api_key(self, key: ApiKey) -> None: ...
    async def put_person(self, person: Person) -> None:
        """Encrypts under a key of the person's own, made at the first put."""
        ...

    async def erase_person(self, id: str) -> bool:
        """Destroy the person's key, data and dossier for good. False: no such person, or erased."""
        ...

    async def put_quote(self, quote: Quote) -> None: ...
    async def put_booking(self, booking: Booking) -> None: ...
    async def put_pnr(self, pnr: KeptPnr) -> None:
        """Violated: its booking has another one."""
        ...

    async def put_voucher_sheet(self, sheet: VoucherSheet) -> None: ...
    async def put_queue_watch(self, watch: QueueWatch) -> None: ...
    async def put_payment(self, payment: Payment) -> None: ...
    async def put_refund(self, refund: Refund) -> None: ...
    async def put_plan(self, plan: PaymentPlan) -> None: ...
    async def put_agreement(self, agreement: Agreement) -> None: ...
    async def put_template(self, template: Template) -> None:
        """Violated: another one has this name and version."""
        ...

    async def record(
        self,
        draft: EventDraft,
        now: datetime,
        *,
        only: Endpoint | None = None,
        among: str | None = None,
    ) -> Event:
        """Append an event with its subject's next sequence, and one delivery for each endpoint
        it reaches. only: a test, for this endpoint whatever types it wants, at once and once.
        among: of those it reaches, the one endpoint or the one partner's alone.
        The caller rings Bell.DELIVERIES after commit."""
        ...

    async def resend(
        self, event: Event, endpoint: Endpoint, now: datetime, *, asked: bool = True
    ) -> Delivery:
        """One more delivery of *event* to *endpoint*, due now, under the same webhook-id.

        asked: a person did, who waits for it: it passes pace and breaker, and order.
        """
        ...

    async def settle(self, settlements: Sequence[Settlement]) -> set[str]:
        """As Store.settle_deliveries, in this transaction; all are of this scope."""
        ...

    async def put_pace(self, pace: Pace) -> None: ...
    async def put_recovery(self, recovery: Recovery) -> None:
        """Violated: another one of its endpoint is running."""
        ...

    async def audit(self, entry: AuditEntry) -> None: ...

    async def receive(self, message: InboxMessage) -> bool:
        """Keep it. False: the connection has a message of that vendor id already."""
        ...

    async def add_rejection(self, rejection: Rejection) -> None:
        """Of one connection the newest are kept, as many as `core.domain.inbound.rejection` says."""
        ...

    async def put_inbox_message(self, message: InboxMessage) -> None:
        """Its state, note and attempts, and what a person made of it. raw is forgotten once it
        was processed, ignored or dismissed, and stays as received while it waits or is
        quarantined."""
        ...

    async def start_key(self, principal: str, record: KeyRecord) -> KeyRecord | None:
        """Take *record*'s key. None: it is ours now. Else: what is stored under it."""
        ...

    async def restart_key(self, principal: str, key: str, now: datetime) -> None:
        """Take over a key whose first request died: its time starts again."""
        ...

    async def link_key(self, principal: str, key: str, resource: str) -> None:
        """What the request under *key* is making; committed with the intent itself."""
        ...

    async def answer_key(self, principal: str, key: str, answer: Answer) -> None: ...

    async def release_key(self, principal: str, key: str) -> None:
        """Forget the key: nothing was done under it."""
        ...


class ClaimedEndpoint(msgspec.Struct, frozen=True):
    """What all deliveries to one endpoint have in common, as it was up to two seconds ago.

    keys: what signs now, newest first, `whsec_…` and `whsk_…` as the endpoint wants; none where
    they do not open: such a delivery cannot be signed.
    schedule: the endpoint's own, else its tenant's; None: the hub's.
    """

    id: str
    scope: Scope
    partner: str
    url: str
    keys: tuple[Secret, ...]
    in_flight_max: int
    schedule: RetrySchedule | None = None


class ClaimedDelivery(msgspec.Struct, frozen=True):
    """All that sending needs. attempts: this one included. failures: those charged before.

    lease: fences everything that is said of it later. claimed_at: by the store's clock.
    superseded: a newer event of the same coalesce key is there. once: a test, not tried again.
    """

    delivery: str
    to: ClaimedEndpoint
    pace: Pace
    lease: str
    event: str
    event_type: str
    raw: bytes
    attempts: int
    failures: int
    created_at: datetime
    claimed_at: datetime
    valid_until: datetime | None = None
    superseded: bool = False
    once: bool = False


class Settlement(msgspec.Struct, frozen=True):
    """attempt: the id under which *sent* is recorded. sent None: it was not sent at all, and
    no attempt is recorded or counted."""

    claimed: ClaimedDelivery
    outcome: Outcome
    attempt: str = ""
    sent: Sent | None = None


class Waiting(msgspec.Struct, frozen=True):
    """What waits, over all tenants, for an operator's gauges.

    oldest_s: how long the oldest that is due has been so, for first attempts and for retries,
    of endpoints that may be sent to; 0 if there is none. breakers: endpoints by breaker.
    states: unfinished deliveries by state, counted up to 100,000 each.
    """

    oldest_s: Mapping[str, float]
    breakers: Mapping[str, int]
    states: Mapping[str, int]


class PastDue(msgspec.Struct, frozen=True):
    """Work of one kind that anybody could take up, over all tenants.

    oldest_s: for how long the oldest could have been taken up, by the store's clock; 0: there is
    none. in_hand: how much of this kind is under a lease: 0 where nobody works on it.
    """

    oldest_s: float
    in_hand: int


class Store(Protocol):
    def read(self, scope: Scope) -> AbstractAsyncContextManager[View]:
        """One consistent set of reads."""
        ...

    def begin(self, scope: Scope) -> AbstractAsyncContextManager[Tx]:
        """Commits at the end of the block; rolls back when it raises."""
        ...

    async def tenants(self) -> Sequence[Tenant]: ...
    async def tenant(self, id: str) -> Tenant | None:
        """For whoever asks without an API key; None: there is no such tenant."""
        ...

    async def put_tenant(self, tenant: Tenant) -> None: ...
    async def put_first_tenant(self, tenant: Tenant) -> bool:
        """False: there is a tenant already, also when another process was quicker."""
        ...

    async def find_api_key(self, digest: str) -> tuple[Scope, ApiKey] | None: ...
    async def connection_scope(self, connection: str) -> Scope | None:
        """Whose connection it is: /in/{connection} carries no API key."""
        ...

    async def claim_due(
        self, bell: Bell, *, lease_s: float, limit: int
    ) -> Sequence[tuple[Scope, str]]:
        """Ids of what is due of a bell's kind (bookings, payments, holds, pushes …), each given to
        one caller until *lease_s* has passed."""
        ...

    async def notice_changes(self) -> int:
        """Make the push of every active channel due, a quiet time from now, whose property's
        stock or rates have changed since it was looked at; how many there were. Whoever changes
        stock is never held up by it."""
        ...

    async def channels_waiting(self) -> ChannelsWaiting: ...
    async def hurry_pushes(self, property: str, *, but: str) -> None:
        """Make the pushes of the property's other active channels due now: one channel, *but*,
        has sold, and the others must not sell the same room."""
        ...

    async def postpone_due(self, bell: Bell, id: str, *, after_s: float) -> None:
        """Give a claimed check back, to be due again after *after_s*."""
        ...

    async def claim_deliveries(
        self, lease: str, *, lease_s: float, limit: int, retries: int
    ) -> Sequence[ClaimedDelivery]:
        """Due deliveries and those whose lease ran out, under *lease*, by the store's clock.

        Fair across endpoints: the least recently served first, each up to what its pace lets
        be in flight; none while its breaker pauses. What a person asked for goes first, past
        pace and breaker. limit: in all. retries: at most so many of what was tried before.
        """
        ...

    async def extend_deliveries(
        self, held: Sequence[tuple[str, str]], *, lease_s: float
    ) -> set[str]:
        """Of (delivery, lease) pairs, the deliveries still held, now for *lease_s* more."""
        ...

    async def settle_deliveries(self, settlements: Sequence[Settlement]) -> set[str]:
        """Record attempts and what became of the deliveries; those that were still held, each
        under its own lease (the others were claimed by somebody else and stay as they are)."""
        ...

    async def release_deliveries(self, held: Sequence[tuple[str, str]]) -> None:
        """Give back what is still held of (delivery, lease) pairs: due now, not counted."""
        ...

    async def waiting(self) -> Waiting: ...

    async def next_due(self, bell: Bell) -> float | None:
        """Seconds until the next work of this kind is due, 0 if now; None: none is waiting."""
        ...

    async def past_due(self) -> Mapping[Bell, PastDue]:
        """How long work of every kind has waited for a worker. What is under a lease or was put
        off does not wait for one, nor what goes to an endpoint that is left alone."""
        ...

    async def seal(self) -> int:
        """Give every committed event and audit entry its place; how many were placed.
        Safe to call from anywhere, as often as one likes."""
        ...

    async def verify_audit(self, scope: Scope) -> tuple[int, Broken | None]:
        """Seal, then walk the whole chain."""
        ...

    async def forget_old(self, now: datetime, *, attempts_kept_days: int = 90) -> int:
        """Drop idempotency keys past their keeping, expired quotes nobody booked, inbox
        messages that were settled 90 days ago, rejections of 30 days ago, signing keys shown no more, and attempts older than *attempts_kept_days*;
        a bounded share of them at a time. How many; 0: nothing is left to drop."""
        ...

    async def ping(self) -> None:
        """Raises if the database cannot be used."""
        ...
