"""A database of the first version, with rows in it, goes on where it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine

import adapters.sql
from adapters.sql import migrate, open_store, sqlite
from adapters.sql.kinds import ACCOUNT, CONNECTION, ENDPOINT, ENTITY, INBOX, PAYMENT, RESERVATION
from adapters.sql.seals import Seals
from adapters.sql.types import Instant, JsonText
from adapters.system import SystemMint
from core.domain.channels.reservation import ForcedNight
from core.domain.event import body
from core.domain.inbound.inbox_moves import quarantined, retried
from core.domain.payments.payment import Dispute, PaymentState
from core.domain.webhooks.delivery import DeliveryState
from ports.jobs import Bell
from ports.store import AttemptFilter, DeliveryFilter, Page
from tests.sql.claiming import claim, settle
from tests.sql.conftest import VAULT
from tests.sql.given import World
from tests.sql.hand import HandClock

pytestmark = pytest.mark.anyio
NOW = datetime.now(UTC)
D = DeliveryState


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path}/old.db"
        sqlite.create(url)
        return url
    value: str = request.getfixturevalue("postgres_url")
    return value


async def _first_version(
    url: str, rows: list[tuple[str, dict[str, Any]]], version: str = "0001"
) -> None:
    """The schema of 0001 or another *version*, and *rows* by their table."""

    def upgrade(connection: sa.Connection) -> None:
        config = Config(attributes={"connection": connection})
        folder = Path(adapters.sql.__file__).parent / "migrations"
        config.set_main_option("script_location", str(folder))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, version)

    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.run_sync(upgrade)
        for table, row in rows:
            columns = [sa.column(name, _type(name, value)) for name, value in row.items()]
            await conn.execute(sa.insert(sa.table(table, *columns)), row)
    await engine.dispose()


def _type(name: str, value: object) -> sa.types.TypeEngine[Any]:
    if name in ("body", "payload"):
        return JsonText()
    return Instant() if isinstance(value, datetime) else sa.literal(value).type


def _rows(world: World) -> list[tuple[str, dict[str, Any]]]:
    """One endpoint, one event and a delivery in each state of then; two attempts."""
    mine = {"tenant": world.scope.tenant, "environment": str(world.scope.environment)}
    endpoint = ENDPOINT.row(world.endpoint, Seals(VAULT, world.scope))
    old_body = msgspec.json.decode(endpoint["body"])
    for name in ("schedule", "ordered", "skip_after_s", "in_flight_max", "signatures"):
        old_body.pop(name)
    endpoint["body"] = msgspec.json.encode(old_body).decode()
    endpoint.pop("fingerprint")
    tenant = {"id": world.tenant.id, "created_at": NOW, "body": _text(world.tenant)}
    partner = {"id": world.partner.id, **mine, "body": _text(world.partner)}
    event = {
        "id": "evt_1",
        **mine,
        "aggregatetype": "booking",
        "aggregateid": "bkg_1",
        "type": "booking.confirmed",
        "schema": "v1",
        "sequence": 1,
        "payload": '{"a":1}',
        "partner": world.partner.id,
        "occurred_at": NOW,
    }
    found: list[tuple[str, dict[str, Any]]] = [("tenant", tenant), ("partner", partner)]
    found += [("endpoint", {**endpoint, **mine}), ("event", event)]
    for n, state in enumerate(("due", "leased", "succeeded", "due")):
        over = {"settled_at": NOW} if state == "succeeded" else {}
        lease = {"lease": "lse_1", "lease_until": NOW + timedelta(hours=1)}
        delivery = {
            "id": f"dlv_{n}",
            **mine,
            "event": "evt_1",
            "event_type": "booking.confirmed",
            "endpoint": world.endpoint.id,
            "partner": world.partner.id,
            "state": state,
            "due_at": NOW - timedelta(minutes=1),
            "attempts": n,
            "created_at": NOW,
            **over,
            **(lease if state == "leased" else {}),
        }
        found.append(("delivery", delivery))
    for n, days in ((2, 0), (3, 200)):
        attempt = {
            "id": f"att_{n}",
            **mine,
            "delivery": f"dlv_{n}",
            "number": 1,
            "at": NOW - timedelta(days=days),
            "fault": "none",
            "status": 204,
            "elapsed_ms": 7,
            "error": "",
            "excerpt": "ok",
            "retry_after_s": 1.5,
        }
        found.append(("attempt", attempt))
    return found


def _paid(
    world: World, state: PaymentState = PaymentState.SUCCEEDED
) -> list[tuple[str, dict[str, Any]]]:
    """One payment, as it was kept before its charge had a column and it had disputes."""
    mine = {"tenant": world.scope.tenant, "environment": str(world.scope.environment)}
    seals = Seals(VAULT, world.scope)
    one = msgspec.structs.replace(world.payment, booking=None, plan=None, state=state)
    row = PAYMENT.row(one, seals)
    body = msgspec.json.decode(row["body"])
    body.pop("disputes", None)
    row["body"] = _text(body)
    del row["charge_reference"]
    rows = [
        ("entity", ENTITY.row(world.entity, seals)),
        ("account", ACCOUNT.row(world.account, seals)),
        ("connection", CONNECTION.row(world.connection, seals)),
        ("payment", row),
    ]
    return [
        (table, {k: v for k, v in {**row, **mine}.items() if v is not None}) for table, row in rows
    ]


async def test_a_quarantined_message_of_before_can_be_handled_after(
    new_url: str, clock: HandClock
) -> None:
    world = World()
    kept = quarantined(world.message, "amount differs")
    row = INBOX.row(kept, Seals(VAULT, world.scope))
    del row["handled_at"], row["reason"], row["check_at"], row["checked_until"]
    mine = {"tenant": world.scope.tenant, "environment": str(world.scope.environment)}
    message = ("inbox", {**row, **mine})
    await _first_version(new_url, [*_rows(world)[:2], *_paid(world)[:3], message])
    await migrate(new_url)
    async with open_store(new_url, vault=VAULT, clock=clock, mint=SystemMint()) as store:
        async with store.begin(world.scope) as tx:
            found = await tx.inbox_message(kept.id)
            assert found == kept
            await tx.put_inbox_message(retried(found, "mended", NOW))
        assert await store.next_due(Bell.INBOX) == pytest.approx(0, abs=0.1)


async def test_a_payment_is_found_by_its_charge_afterwards(new_url: str, clock: HandClock) -> None:
    world = World()
    await _first_version(new_url, [*_rows(world)[:2], *_paid(world)])
    await migrate(new_url)
    async with (
        open_store(new_url, vault=VAULT, clock=clock, mint=SystemMint()) as store,
        store.read(world.scope) as view,
    ):
        found = await view.payment_of_charge(world.connection.id, "pi_1")
    assert found is not None
    assert found.id == world.payment.id


async def test_what_was_overbooked_before_is_so_since_it_came(
    new_url: str, clock: HandClock
) -> None:
    world = World()
    night = ForcedNight("rmt_1", NOW.date(), 2, world.reservation.created_at)
    kept = msgspec.structs.replace(world.reservation, channel=None, property=None, forced=(night,))
    row = RESERVATION.row(kept, Seals(VAULT, world.scope))
    old = msgspec.json.decode(row["body"])
    old["forced"] = [old["forced"][0][:3]]
    mine = {"tenant": world.scope.tenant, "environment": str(world.scope.environment)}
    row |= {"body": _text(old), **mine}
    reservation = ("reservation", {k: v for k, v in row.items() if v is not None})
    rows = [*_rows(world)[:2], *_paid(world)[:3], reservation]
    await _first_version(new_url, rows, "0012")
    await migrate(new_url)
    async with (
        open_store(new_url, vault=VAULT, clock=clock, mint=SystemMint()) as store,
        store.read(world.scope) as view,
    ):
        assert await view.reservation(kept.id) == kept


async def test_what_was_charged_back_before_was_taken_whole(new_url: str, clock: HandClock) -> None:
    world = World()
    rows = [*_rows(world)[:2], *_paid(world, PaymentState.CHARGED_BACK)]
    await _first_version(new_url, rows)
    await migrate(new_url)
    async with (
        open_store(new_url, vault=VAULT, clock=clock, mint=SystemMint()) as store,
        store.read(world.scope) as view,
    ):
        found = await view.payment(world.payment.id)
    assert found is not None
    assert found.disputes == (Dispute("", world.payment.amount),)
    assert (found.charged_back, found.claim.minor) == (world.payment.amount, 0)
    assert not found.is_refundable


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def test_what_was_waits_and_what_is_over_stays(new_url: str, clock: HandClock) -> None:
    world = World()
    await _first_version(new_url, _rows(world))
    await migrate(new_url)
    async with open_store(new_url, vault=VAULT, clock=clock, mint=SystemMint()) as store:
        async with store.read(world.scope) as view:
            assert await view.endpoint(world.endpoint.id) == world.endpoint
            pace = await view.pace(world.endpoint.id)
            found = await view.deliveries(Page(), DeliveryFilter())
            attempts = await view.attempts_by(Page(), AttemptFilter())
            event = await view.event("evt_1")
        assert pace is not None
        assert pace.cap == 8.0
        states = {d.id: (d.state, d.attempts) for d in found}
        assert states == {
            "dlv_0": (D.DUE, 0),
            "dlv_1": (D.DUE, 1),
            "dlv_2": (D.SUCCEEDED, 2),
            "dlv_3": (D.DUE, 3),
        }
        assert [(a.id, a.endpoint, a.sent.excerpt) for a in attempts] == [
            ("att_3", world.endpoint.id, "ok"),
            ("att_2", world.endpoint.id, "ok"),
        ]
        claims = await claim(store)
        assert {c.delivery: (c.attempts, c.failures) for c in claims} == {
            "dlv_0": (1, 0),
            "dlv_3": (4, 3),
        }, "the lease of before is still running"
        assert event is not None
        assert {c.raw for c in claims} == {body(event)}
        assert await settle(store, claims) == {"dlv_0", "dlv_3"}
