"""What is put is what is read, on both engines."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from adapters.sql import SqlStore
from core.domain.agreements.agreement import AgreementState
from core.domain.bookings.booking import BookingState
from core.domain.bookings.kept_pnr import PnrState
from core.domain.idempotency import KeyRecord
from core.domain.inbound.inbox import InboxState
from core.domain.payments.payment import PaymentState, RefundState
from core.domain.payments.payment_plan import PlanState
from core.domain.secret import Secret
from ports.store import (
    AgreementFilter,
    BookingFilter,
    DeliveryFilter,
    InboxFilter,
    Page,
    PaymentFilter,
    PlanFilter,
    PnrFilter,
    RefundFilter,
    Violated,
)
from tests.sql.given import NOW, World, an_id
from tests.sql.hand import fill, record

pytestmark = pytest.mark.anyio


async def test_a_pnr_and_the_vouchers_read_as_they_were_put(store: SqlStore, world: World) -> None:
    async with store.begin(world.scope) as tx:
        await tx.put_pnr(world.pnr)
        await tx.put_voucher_sheet(world.sheet)
    async with store.read(world.scope) as view:
        assert await view.pnr(world.pnr.id) == await view.pnr_of(world.booking.id) == world.pnr
        assert await view.pnrs(Page(), PnrFilter(locator="KTBXQL")) == [world.pnr]
        assert await view.pnrs(Page(), PnrFilter(state=PnrState.TICKETED)) == []
        assert await view.voucher_sheet(world.booking.id) == world.sheet
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_pnr(msgspec.structs.replace(world.pnr, id=an_id("pnr")))


async def test_every_aggregate_reads_as_it_was_put(store: SqlStore, world: World) -> None:
    async with store.read(world.scope) as view:
        assert await view.tenant() == world.tenant
        assert await view.entity(world.entity.id) == world.entity
        assert await view.account(world.account.id) == world.account
        assert await view.connection(world.connection.id) == world.connection
        assert await view.active_connections() == [(world.connection, world.account)]
        assert await view.partner(world.partner.id) == world.partner
        assert await view.endpoint(world.endpoint.id) == world.endpoint
        assert await view.api_key(world.api_key.id) == world.api_key
        assert await view.people([world.person.id]) == {world.person.id: world.person}
        assert await view.quote(world.quote.id) == world.quote
        assert await view.booking(world.booking.id) == world.booking
        assert await view.payment(world.payment.id) == world.payment
        assert await view.plan(world.payment_plan.id) == world.payment_plan
        assert await view.refund(world.refund.id) == world.refund
        assert await view.agreement(world.agreement.id) == world.agreement
        assert await view.inbox_message(world.message.id) == world.message
        assert await view.audit_entries(Page(), subject=None) == [world.audit_entry]
    assert await store.tenants() == [world.tenant]
    assert await store.find_api_key(world.api_key.digest) == (world.scope, world.api_key)
    assert await store.find_api_key("0" * 64) is None
    assert await store.connection_scope(world.connection.id) == world.scope
    assert await store.connection_scope(an_id("con")) is None


async def test_lists_ask_by_what_was_put(store: SqlStore, world: World) -> None:
    newest = Page()
    async with store.read(world.scope) as view:
        assert await view.entities(newest) == [world.entity]
        assert await view.connections(newest) == [world.connection]
        assert await view.partners(newest) == [world.partner]
        assert await view.endpoints(newest, partner=None) == [world.endpoint]
        assert await view.endpoints(newest, partner=world.partner.id) == [world.endpoint]
        assert await view.endpoints(newest, partner=an_id("ptn")) == []
        assert await view.api_keys(newest) == [world.api_key]
        by = BookingFilter(BookingState.SUBMITTING, "order-77", world.partner.id)
        assert await view.bookings(newest, by) == [world.booking]
        assert await view.bookings(newest, BookingFilter(BookingState.FAILED)) == []
        assert await view.bookings(newest, BookingFilter(reference="order-78")) == []
        assert await view.bookings(newest, BookingFilter(partner=an_id("ptn"))) == []
        assert await view.payments(newest, PaymentFilter(world.booking.id)) == [world.payment]
        assert await view.payments(newest, PaymentFilter(an_id("bkg"))) == []
        assert await view.payments(newest, PaymentFilter(state=world.payment.state)) == [
            world.payment
        ]
        assert await view.payments(newest, PaymentFilter(state=PaymentState.EXPIRED)) == []
        assert await view.refunds(RefundFilter(world.payment.id)) == [world.refund]
        assert await view.refunds(RefundFilter(state=world.refund.state)) == [world.refund]
        assert await view.refunds(RefundFilter(state=RefundState.NEEDS_OPERATOR)) == []
        assert await view.payments(newest, PaymentFilter(plan=world.payment_plan.id)) == [
            world.payment
        ]
        assert await view.payments(newest, PaymentFilter(plan=an_id("pln"))) == []
        assert await view.plans(newest, PlanFilter(partner=world.partner.id)) == [
            world.payment_plan
        ]
        assert await view.plans(newest, PlanFilter(PlanState.PAID)) == []
        drafts = AgreementFilter(AgreementState.DRAFT, world.partner.id)
        assert await view.agreements(newest, drafts) == [world.agreement]
        assert await view.agreements(newest, AgreementFilter(AgreementState.SENT)) == []
        assert await view.templates() == await view.templates("akad") == [world.template]
        assert await view.templates("lease") == []
        assert await view.inbox(newest, InboxFilter(world.connection.id)) == [world.message]
        waiting = InboxFilter(state=InboxState.RECEIVED)
        assert await view.inbox(newest, waiting) == [world.message]
        assert await view.inbox(newest, InboxFilter(state=InboxState.QUARANTINED)) == []
        assert await view.inbox(newest, InboxFilter(an_id("con"))) == []
        about = await view.audit_entries(newest, subject=world.booking.id)
        assert about == [world.audit_entry]
        assert await view.audit_entries(newest, subject=an_id("bkg")) == []


async def test_pages_walk_from_the_newest_and_miss_nothing(store: SqlStore, world: World) -> None:
    more = [world.a_booking() for _ in range(5)]
    async with store.begin(world.scope) as tx:
        for booking in more:
            await tx.put_booking(booking)
    seen: list[str] = []
    async with store.read(world.scope) as view:
        after: str | None = None
        while found := await view.bookings(Page(after, 4), BookingFilter()):
            seen += [b.id for b in found]
            after = found[-1].id
    assert seen == [b.id for b in reversed([world.booking, *more])]


async def test_a_second_put_replaces_columns_and_body(store: SqlStore, world: World) -> None:
    moved = msgspec.structs.replace(
        world.payment, state=PaymentState.OPEN, gateway_reference="cs_1", expires_at=NOW
    )
    async with store.begin(world.scope) as tx:
        await tx.put_payment(moved)
    async with store.read(world.scope) as view:
        assert await view.payment(moved.id) == moved


async def test_a_block_that_raises_writes_nothing(store: SqlStore, world: World) -> None:
    booking = world.a_booking()

    async def interrupted() -> None:
        async with store.begin(world.scope) as tx:
            await tx.put_booking(booking)
            await tx.record(world.a_draft(), NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await interrupted()
    async with store.read(world.scope) as view:
        assert await view.booking(booking.id) is None
        assert await view.events(0, 10, partner=None) == []
        assert await view.deliveries(Page(), DeliveryFilter()) == []


async def test_a_vendor_reference_is_used_once_a_connection(store: SqlStore, world: World) -> None:
    twin = msgspec.structs.replace(
        world.a_booking(), vendor_reference=world.booking.vendor_reference
    )
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_booking(twin)


async def test_an_inbox_message_is_kept_once_a_connection(store: SqlStore, world: World) -> None:
    again = msgspec.structs.replace(world.a_message(), vendor_id=world.message.vendor_id)
    async with store.begin(world.scope) as tx:
        assert not await tx.receive(again)
        assert await tx.receive(world.a_message())
    done = msgspec.structs.replace(
        world.message,
        state=InboxState.QUARANTINED,
        note="amount differs",
        attempts=2,
        handled_at=NOW,
        reason="mended",
    )
    async with store.begin(world.scope) as tx:
        await tx.put_inbox_message(done)
    async with store.read(world.scope) as view:
        assert await view.inbox_message(world.message.id) == done
        assert await view.inbox_message(again.id) is None


async def test_a_credential_that_is_not_given_stays(store: SqlStore, world: World) -> None:
    renamed = msgspec.structs.replace(world.account, name="renamed", credential=None)
    async with store.begin(world.scope) as tx:
        await tx.put_account(renamed)
    async with store.read(world.scope) as view:
        kept = await view.account(world.account.id)
    assert kept == msgspec.structs.replace(renamed, credential=world.account.credential)
    rotated = msgspec.structs.replace(renamed, credential={"api_key": Secret("another")})
    async with store.begin(world.scope) as tx:
        await tx.put_account(rotated)
        assert await tx.account(rotated.id) == rotated


async def test_old_keys_and_quotes_are_forgotten(store: SqlStore, world: World) -> None:
    unbooked = msgspec.structs.replace(world.quote, id=an_id("qte"))
    async with store.begin(world.scope) as tx:
        await tx.put_quote(unbooked)
        await tx.start_key("p", KeyRecord("old", "f", NOW))
        await tx.start_key("p", KeyRecord("new", "f", NOW + timedelta(days=7)))
    assert await store.forget_old(NOW + timedelta(days=7, seconds=1)) == 2
    async with store.read(world.scope) as view:
        assert await view.quote(unbooked.id) is None
        assert await view.quote(world.quote.id) == world.quote
        assert await view.key_record("p", "old") is None
        assert await view.key_record("p", "new") is not None


async def test_an_event_reads_as_it_was_recorded(store: SqlStore, world: World) -> None:
    event = await record(store, world)
    async with store.read(world.scope) as view:
        assert await view.event(event.id) == event
        (sealed,) = await view.events(0, 10, partner=None)
        assert sealed == msgspec.structs.replace(event, position=1)
        assert list(sealed.payload) == list(event.payload)
        (delivery,) = await view.deliveries(Page(), DeliveryFilter(event=event.id))
        assert await view.delivery(delivery.id) == delivery
        assert delivery.endpoint == world.endpoint.id


async def test_two_scopes_live_side_by_side(store: SqlStore, world: World) -> None:
    other = World()
    await fill(store, other)
    async with store.read(world.scope) as view:
        assert await view.entities(Page()) == [world.entity]
    async with store.read(other.scope) as view:
        assert await view.entities(Page()) == [other.entity]
