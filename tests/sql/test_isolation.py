"""Another tenant's rows, and the other environment's, are not there: on any method."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from adapters.sql import SqlStore
from core.domain.channels.parity import BreachState
from core.domain.connections.connection import QueueWatch
from core.domain.event import Event
from core.domain.idempotency import Answer, KeyRecord
from core.domain.stock.cell import InventoryCell
from core.domain.stock.moves import Move
from core.domain.tenancy import Environment
from core.domain.webhooks.delivery import SUCCEEDED
from core.domain.webhooks.pace import Pace
from ports.channels import BreachFilter, ChannelFilter, ReservationFilter
from ports.filings import FilingFilter
from ports.stock import AllotmentFilter, HoldFilter
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
    Tx,
    View,
    Violated,
)
from tests.sql.claiming import claim, settle, settled
from tests.sql.given import NOW, STAY, World, an_id
from tests.sql.hand import fill, open_nights, record

pytestmark = pytest.mark.anyio
NIGHT = date(2027, 1, 1)
Call = Callable[[Any, World, Event], Awaitable[Any]]

# How to ask each method for what belongs to another scope.
READS: dict[str, Call] = {
    "entity": lambda v, w, e: v.entity(w.entity.id),
    "entities": lambda v, w, e: v.entities(Page()),
    "account": lambda v, w, e: v.account(w.account.id),
    "connection": lambda v, w, e: v.connection(w.connection.id),
    "connections": lambda v, w, e: v.connections(Page()),
    "connected": lambda v, w, e: v.connected(w.connection.id),
    "active_connections": lambda v, w, e: v.active_connections(),
    "partner": lambda v, w, e: v.partner(w.partner.id),
    "partners": lambda v, w, e: v.partners(Page()),
    "endpoint": lambda v, w, e: v.endpoint(w.endpoint.id),
    "endpoints": lambda v, w, e: v.endpoints(Page(), partner=w.partner.id),
    "api_key": lambda v, w, e: v.api_key(w.api_key.id),
    "api_keys": lambda v, w, e: v.api_keys(Page()),
    "people": lambda v, w, e: v.people([w.person.id]),
    "person_exists": lambda v, w, e: v.person_exists(w.person.id),
    "quote": lambda v, w, e: v.quote(w.quote.id),
    "booking": lambda v, w, e: v.booking(w.booking.id),
    "bookings": lambda v, w, e: v.bookings(Page(), BookingFilter(partner=w.partner.id)),
    "pnr": lambda v, w, e: v.pnr(w.pnr.id),
    "pnr_of": lambda v, w, e: v.pnr_of(w.booking.id),
    "pnrs": lambda v, w, e: v.pnrs(Page(), PnrFilter(booking=w.booking.id)),
    "voucher_sheet": lambda v, w, e: v.voucher_sheet(w.booking.id),
    "payment": lambda v, w, e: v.payment(w.payment.id),
    "payment_of_charge": lambda v, w, e: v.payment_of_charge(w.connection.id, "pi_1"),
    "payments": lambda v, w, e: v.payments(Page(), PaymentFilter(w.booking.id)),
    "plan": lambda v, w, e: v.plan(w.payment_plan.id),
    "plans": lambda v, w, e: v.plans(Page(), PlanFilter(partner=w.partner.id)),
    "refund": lambda v, w, e: v.refund(w.refund.id),
    "refunds": lambda v, w, e: v.refunds(RefundFilter(w.payment.id)),
    "agreement": lambda v, w, e: v.agreement(w.agreement.id),
    "agreements": lambda v, w, e: v.agreements(Page(), AgreementFilter()),
    "templates": lambda v, w, e: v.templates(),
    "event": lambda v, w, e: v.event(e.id),
    "events": lambda v, w, e: v.events(0, 10, partner=None),
    "delivery": lambda v, w, e: v.delivery(e.id),
    "deliveries": lambda v, w, e: v.deliveries(Page(), DeliveryFilter(event=e.id)),
    "attempts": lambda v, w, e: v.attempts(e.id),
    "attempts_by": lambda v, w, e: v.attempts_by(Page(), AttemptFilter()),
    "pace": lambda v, w, e: v.pace(w.endpoint.id),
    "paces": lambda v, w, e: v.paces([w.endpoint.id]),
    "signing_keys": lambda v, w, e: v.signing_keys(),
    "unfinished": lambda v, w, e: v.unfinished(w.endpoint.id, at_most=9),
    "recovery": lambda v, w, e: v.recovery(w.recovery.id),
    "recoveries": lambda v, w, e: v.recoveries(Page(), RecoveryFilter()),
    "tally": lambda v, w, e: _tallied(v, w),
    "events_wanted": lambda v, w, e: v.events_wanted(w.wanted, after=0, up_to=9, limit=9),
    "departure": lambda v, w, e: v.departure(w.departure.id),
    "departures": lambda v, w, e: v.departures(Page(), entity=w.entity.id),
    "pilgrim": lambda v, w, e: v.pilgrim(w.pilgrim.id),
    "pilgrims": lambda v, w, e: v.pilgrims(Page(), departure=w.departure.id),
    "group": lambda v, w, e: v.group(w.departure.id),
    "dossiers": lambda v, w, e: v.dossiers([w.person.id]),
    "filing": lambda v, w, e: v.filing(w.filing.id),
    "filings": lambda v, w, e: v.filings(Page(), FilingFilter(w.departure.id)),
    "pilgrim_import": lambda v, w, e: v.pilgrim_import(w.pilgrim_import.id),
    "pilgrim_imports": lambda v, w, e: v.pilgrim_imports(Page(), departure=w.departure.id),
    "inbox_message": lambda v, w, e: v.inbox_message(w.message.id),
    "inbox": lambda v, w, e: v.inbox(Page(), InboxFilter(w.connection.id)),
    "rejections": lambda v, w, e: v.rejections(Page(), connection=w.connection.id),
    "audit_entries": lambda v, w, e: v.audit_entries(Page(), subject=w.booking.id),
    "key_record": lambda v, w, e: v.key_record("key_1", "k-1"),
    "property": lambda v, w, e: v.property(w.house.id),
    "properties": lambda v, w, e: v.properties(Page()),
    "property_by_code": lambda v, w, e: v.property_by_code(w.house.code),
    "active_properties": lambda v, w, e: v.active_properties(),
    "room_type": lambda v, w, e: v.room_type(w.room_type.id),
    "room_types": lambda v, w, e: v.room_types(w.house.id),
    "room_types_of": lambda v, w, e: v.room_types_of(w.house.id, [w.room_type.id]),
    "rate_plan": lambda v, w, e: v.rate_plan(w.plan.id),
    "rate_plans": lambda v, w, e: v.rate_plans(w.house.id),
    "cells": lambda v, w, e: v.cells(w.house.id, STAY.check_in, STAY.check_out),
    "rates": lambda v, w, e: v.rates(w.house.id, STAY.check_in, STAY.check_out),
    "stock_changes": lambda v, w, e: _changed(v, w),
    "allotment": lambda v, w, e: v.allotment(w.allotment.id),
    "allotments": lambda v, w, e: v.allotments(Page(), AllotmentFilter()),
    "hold": lambda v, w, e: v.hold(w.hold.id),
    "holds": lambda v, w, e: v.holds(Page(), HoldFilter(reference=w.hold.reference)),
    "sale": lambda v, w, e: v.sale(w.connection.id, w.sale.reference),
    "sale_by_id": lambda v, w, e: v.sale_by_id(w.sale.id),
    "channel": lambda v, w, e: v.channel(w.channel.id),
    "channels": lambda v, w, e: v.channels(Page(), ChannelFilter()),
    "channels_of": lambda v, w, e: v.channels_of(property=w.house.id),
    "push": lambda v, w, e: v.push(w.push.id),
    "pushes": lambda v, w, e: v.pushes([w.push.id]),
    "lanes": lambda v, w, e: v.lanes(w.channel.id),
    "pull": lambda v, w, e: v.pull(w.pull.id),
    "watch": lambda v, w, e: v.watch(w.watch.id),
    "reservation": lambda v, w, e: v.reservation(w.reservation.id),
    "reservation_of": lambda v, w, e: v.reservation_of(w.connection.id, "BDC-1"),
    "reservations": lambda v, w, e: v.reservations(Page(), ReservationFilter(unmapped=False)),
    "acknowledgement": lambda v, w, e: v.acknowledgement(w.acknowledgement.id),
    "acknowledgement_of": lambda v, w, e: v.acknowledgement_of(w.connection.id, "M1"),
    "acknowledgements": lambda v, w, e: v.acknowledgements([w.reservation.id]),
    "acknowledgements_owed": lambda v, w, e: v.acknowledgements_owed(),
    "breach": lambda v, w, e: v.breach(w.breach.id),
    "breaches": lambda v, w, e: v.breaches(Page(), BreachFilter(state=BreachState.REPUSHED)),
    "breaches_of": lambda v, w, e: v.breaches_of(w.channel.id),
    "readings": lambda v, w, e: v.readings(w.channel.id),
}

# What there is none of here, or asked by another id; read below.
UNSEEN = ("delivery", "attempts", "attempts_by")

# Writes that would change or point at another scope's row: refused, or without effect there.
WRITES: dict[str, Call] = {
    "put_entity": lambda t, w, e: t.put_entity(w.entity),
    "put_account": lambda t, w, e: t.put_account(w.account),
    "put_connection": lambda t, w, e: t.put_connection(
        msgspec.structs.replace(w.connection, id=an_id("con"))
    ),
    "put_partner": lambda t, w, e: t.put_partner(w.partner),
    "put_endpoint": lambda t, w, e: t.put_endpoint(w.an_endpoint()),
    "put_api_key": lambda t, w, e: t.put_api_key(w.api_key),
    "put_person": lambda t, w, e: t.put_person(w.person),
    "put_quote": lambda t, w, e: t.put_quote(w.quote),
    "put_booking": lambda t, w, e: t.put_booking(w.a_booking()),
    "put_pnr": lambda t, w, e: t.put_pnr(msgspec.structs.replace(w.pnr, id=an_id("pnr"))),
    "put_voucher_sheet": lambda t, w, e: t.put_voucher_sheet(w.sheet),
    "put_queue_watch": lambda t, w, e: t.put_queue_watch(QueueWatch(w.connection.id, NOW)),
    "put_payment": lambda t, w, e: t.put_payment(
        msgspec.structs.replace(w.payment, id=an_id("pay"))
    ),
    "put_refund": lambda t, w, e: t.put_refund(msgspec.structs.replace(w.refund, id=an_id("rfd"))),
    "put_plan": lambda t, w, e: t.put_plan(
        msgspec.structs.replace(w.payment_plan, id=an_id("pln"))
    ),
    "put_agreement": lambda t, w, e: t.put_agreement(w.an_agreement()),
    "put_template": lambda t, w, e: t.put_template(w.template),
    "record": lambda t, w, e: t.record(w.a_draft(), NOW),
    "resend": lambda t, w, e: t.resend(e, w.endpoint, NOW),
    "put_pace": lambda t, w, e: t.put_pace(Pace(w.endpoint.id, 1.0)),
    "put_signing_key": lambda t, w, e: t.put_signing_key(w.signing_key),
    "put_recovery": lambda t, w, e: t.put_recovery(w.recovery),
    "put_departure": lambda t, w, e: t.put_departure(w.departure),
    "put_pilgrim": lambda t, w, e: t.put_pilgrim(w.a_pilgrim("A-9")),
    "put_dossier": lambda t, w, e: t.put_dossier(w.person.id, w.dossier),
    "put_filing": lambda t, w, e: t.put_filing(w.filing),
    "put_pilgrim_import": lambda t, w, e: t.put_pilgrim_import(w.pilgrim_import),
    "receive": lambda t, w, e: t.receive(w.a_message()),
    "add_rejection": lambda t, w, e: t.add_rejection(w.a_rejection()),
    "put_inbox_message": lambda t, w, e: t.put_inbox_message(w.message),
    "put_property": lambda t, w, e: t.put_property(w.house),
    "put_room_type": lambda t, w, e: t.put_room_type(w.room_type),
    "put_rate_plan": lambda t, w, e: t.put_rate_plan(w.plan),
    "put_allotment": lambda t, w, e: t.put_allotment(w.allotment),
    "put_hold": lambda t, w, e: t.put_hold(w.hold),
    "put_sale": lambda t, w, e: t.put_sale(w.sale),
    "put_channel": lambda t, w, e: t.put_channel(w.channel),
    "put_push": lambda t, w, e: t.put_push(w.push),
    "put_lanes": lambda t, w, e: t.put_lanes(w.channel.id, [w.lane]),
    "put_pull": lambda t, w, e: t.put_pull(w.pull),
    "put_watch": lambda t, w, e: t.put_watch(w.watch),
    "put_reservation": lambda t, w, e: t.put_reservation(w.reservation),
    "put_acknowledgement": lambda t, w, e: t.put_acknowledgement(w.acknowledgement),
    "put_breach": lambda t, w, e: t.put_breach(w.breach),
    "put_readings": lambda t, w, e: t.put_readings(
        w.channel.id, [msgspec.structs.replace(w.reading, id=an_id("rdg"))]
    ),
    "put_rates": lambda t, w, e: t.put_rates(w.house.id, [w.rate]),
    "lock_cells": lambda t, w, e: t.lock_cells(w.house.id, [(w.room_type.id, NIGHT)]),
    "force_stock": lambda t, w, e: t.force_stock(
        w.house.id, [Move(w.room_type.id, NIGHT, sold=1)], now=NOW, tell=lambda _: w.a_draft()
    ),
}
HARMLESS: dict[str, Call] = {
    "drop_lanes": lambda t, w, e: t.drop_lanes(w.channel.id),
    "erase_person": lambda t, w, e: t.erase_person(w.person.id),
    "audit": lambda t, w, e: t.audit(w.an_entry()),
    "start_key": lambda t, w, e: t.start_key("key_1", KeyRecord("k-1", "other", NOW)),
    "restart_key": lambda t, w, e: t.restart_key("key_1", "k-1", datetime.now(UTC)),
    "link_key": lambda t, w, e: t.link_key("key_1", "k-1", "bkg_x"),
    "answer_key": lambda t, w, e: t.answer_key("key_1", "k-1", Answer(500, b"")),
    "release_key": lambda t, w, e: t.release_key("key_1", "k-1"),
    "move_stock": lambda t, w, e: t.move_stock(
        w.house.id, [Move(w.room_type.id, STAY.check_in, sold=1)]
    ),
    "property_to_change": lambda t, w, e: t.property_to_change(w.house.id),
    "touch_stock": lambda t, w, e: t.touch_stock(w.house.id),
    "put_cells": lambda t, w, e: t.put_cells(
        w.house.id, [InventoryCell(w.room_type.id, STAY.check_in, capacity=99)]
    ),
}


async def _tallied(view: View, world: World) -> int:
    return (await view.tally(world.wanted)).total


async def _changed(view: View, world: World) -> list[object]:
    changes = await view.stock_changes(world.house.id, 0)
    return [*changes.cells, *changes.rates]


def _methods(protocol: type) -> set[str]:
    return {n for n, _ in inspect.getmembers(protocol, inspect.isfunction) if n[0] != "_"}


def test_the_walk_leaves_no_method_out() -> None:
    assert set(READS) | {"tenant"} == _methods(View)
    assert set(WRITES) | set(HARMLESS) | {"settle", "put_tenant"} == _methods(Tx) - _methods(View)


@pytest.fixture(params=["another tenant", "the other environment"])
async def stranger(request: pytest.FixtureRequest, store: SqlStore, world: World) -> World:
    """A scope with nothing in it but its tenant."""
    same = request.param == "the other environment"
    other = World(Environment.LIVE, world.tenant.id if same else "")
    if not same:
        await store.put_tenant(other.tenant)
    return other


async def _known(store: SqlStore, world: World) -> Event:
    async with store.begin(world.scope) as tx:
        await tx.start_key("key_1", KeyRecord("k-1", "f", NOW))
        await tx.put_signing_key(world.signing_key)
        await tx.put_recovery(world.recovery)
        await tx.put_rates(world.house.id, [world.rate])
        await tx.put_pnr(world.pnr)
        await tx.put_voucher_sheet(world.sheet)
        await tx.add_rejection(world.a_rejection())
    await open_nights(store, world, STAY.check_in, 1, capacity=1)
    return await record(store, world)


async def test_a_stranger_reads_nothing(store: SqlStore, world: World, stranger: World) -> None:
    event = await _known(store, world)
    for name, ask in READS.items():
        async with store.read(stranger.scope) as view:
            assert not await ask(view, world, event), name
        async with store.begin(stranger.scope) as tx:
            assert not await ask(tx, world, event), name
        if name not in UNSEEN:
            async with store.read(world.scope) as view:
                assert await ask(view, world, event), f"the owner does read {name}"
    (claimed,) = await claim(store)
    async with store.read(stranger.scope) as view:
        assert await view.delivery(claimed.delivery) is None


async def test_a_stranger_reads_no_attempts(store: SqlStore, world: World, stranger: World) -> None:
    await record(store, world)
    (claimed,) = await claim(store)
    await settle(store, [claimed])
    async with store.read(world.scope) as view:
        assert len(await view.attempts(claimed.delivery)) == 1
        assert len(await view.attempts_by(Page(), AttemptFilter())) == 1
    async with store.read(stranger.scope) as view:
        assert await view.attempts(claimed.delivery) == []
        assert await view.attempts_by(Page(), AttemptFilter()) == []


async def test_a_stranger_settles_nothing(store: SqlStore, world: World, stranger: World) -> None:
    await record(store, world)
    (claimed,) = await claim(store)
    with pytest.raises(Violated):
        async with store.begin(stranger.scope) as tx:
            await tx.settle([settled(claimed, SUCCEEDED)])
    assert await settle(store, [claimed]) == {claimed.delivery}


async def test_only_a_tenant_writes_itself(store: SqlStore, world: World) -> None:
    other = World()
    await store.put_tenant(other.tenant)
    with pytest.raises(Violated):
        async with store.begin(other.scope) as tx:
            await tx.put_tenant(world.tenant)


async def test_a_stranger_cannot_write_across(
    store: SqlStore, world: World, stranger: World
) -> None:
    event = await _known(store, world)

    async def cross(write: Call) -> None:
        async with store.begin(stranger.scope) as tx:
            await write(tx, world, event)

    for write in WRITES.values():
        with pytest.raises(Violated):
            await cross(write)


async def test_a_strangers_write_touches_nothing_of_ours(
    store: SqlStore, world: World, stranger: World
) -> None:
    event = await _known(store, world)
    for write in HARMLESS.values():
        async with store.begin(stranger.scope) as tx:
            await write(tx, world, event)
    async with store.read(world.scope) as view:
        assert await view.people([world.person.id]) == {world.person.id: world.person}
        assert await view.key_record("key_1", "k-1") == KeyRecord("k-1", "f", NOW)
        assert await view.audit_entries(Page(), subject=None) == [world.audit_entry]


async def test_the_two_environments_of_a_tenant_are_two(store: SqlStore, world: World) -> None:
    live = World(Environment.LIVE, world.tenant.id)
    await fill(store, live)
    async with store.read(live.scope) as view:
        assert await view.bookings(Page(), BookingFilter()) == [live.booking]
