"""A backup of either engine restores into either, whole, or is refused."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from adapters.sql import BackupFault, SqlStore, WrongKey, backup, open_store, restore
from adapters.system import SystemMint
from adapters.vault import EnvelopeVault
from core.domain.idempotency import Answer, KeyRecord
from core.domain.webhooks.delivery import DeliveryState, Fault, Outcome, Sent
from ports.store import DeliveryFilter, Page
from tests.sql.claiming import claim, settled
from tests.sql.conftest import VAULT
from tests.sql.given import NOW, World
from tests.sql.hand import HandClock, record

pytestmark = pytest.mark.anyio


async def _live_a_little(store: SqlStore, world: World) -> None:
    await record(store, world)
    (claimed,) = await claim(store)
    sent = Sent(500, Fault.PARTNER_DOWN, 9, excerpt="حجز \x00".strip("\x00"))
    outcome = Outcome(DeliveryState.DUE, wait_s=60.0)
    await store.settle_deliveries([settled(claimed, outcome, sent)])
    await record(store, world)
    async with store.begin(world.scope) as tx:
        await tx.start_key("key_1", KeyRecord("k-1", "f", NOW))
        await tx.answer_key("key_1", "k-1", Answer(201, b"{}"))
    await store.seal()


async def _portrait(store: SqlStore, world: World) -> list[object]:
    async with store.read(world.scope) as view:
        deliveries = await view.deliveries(Page(), DeliveryFilter())
        return [
            await view.booking(world.booking.id),
            await view.account(world.account.id),
            await view.endpoint(world.endpoint.id),
            await view.pace(world.endpoint.id),
            await view.people([world.person.id]),
            await view.inbox_message(world.message.id),
            await view.events(0, 10, partner=None),
            deliveries,
            [await view.attempts(d.id) for d in deliveries],
            await view.audit_entries(Page(), subject=None),
            await view.key_record("key_1", "k-1"),
            await store.verify_audit(world.scope),
        ]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that does not even have the schema."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/restored.db"
    value: str = request.getfixturevalue("postgres_url")
    return value


async def test_what_comes_back_is_what_was(
    store: SqlStore, world: World, url: str, empty_url: str, clock: HandClock, tmp_path: Path
) -> None:
    await _live_a_little(store, world)
    before, file = await _portrait(store, world), tmp_path / "serai.backup"
    manifest = await backup(url, file, clock=clock)
    assert (manifest.tables["booking"].rows, manifest.tables["event"].rows) == (1, 2)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (await restore(file, empty_url)).broken == ()
    async with open_store(empty_url, vault=VAULT, clock=clock, mint=SystemMint()) as again:
        assert await _portrait(again, world) == before
        assert (await record(again, world)).sequence == 3
        clock.advance(30)  # SQLite goes by it, and what PostgreSQL wrote is later
        assert len(await claim(again)) == 2, "one waits for its second try"


async def test_a_database_with_rows_is_not_restored_into(
    store: SqlStore, world: World, url: str, clock: HandClock, tmp_path: Path
) -> None:
    file = tmp_path / "serai.backup"
    await backup(url, file, clock=clock)
    with pytest.raises(BackupFault, match="not empty"):
        await restore(file, url)


async def test_a_damaged_backup_is_refused(
    store: SqlStore, world: World, url: str, empty_url: str, clock: HandClock, tmp_path: Path
) -> None:
    file, spoilt = tmp_path / "serai.backup", tmp_path / "spoilt.backup"
    await backup(url, file, clock=clock)
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(spoilt, "w") as bad:
        for name in good.namelist():
            raw = good.read(name)
            bad.writestr(name, raw.replace(b"order-77", b"order-78"))
    with pytest.raises(BackupFault, match="booking"):
        await restore(spoilt, empty_url)
    spoilt.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(BackupFault):
        await restore(spoilt, empty_url)
    await restore(file, empty_url)


async def test_the_key_is_not_in_the_backup(
    store: SqlStore, world: World, url: str, clock: HandClock, tmp_path: Path
) -> None:
    file = tmp_path / "serai.backup"
    await backup(url, file, clock=clock)
    with zipfile.ZipFile(file) as archive:
        stored = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Aisyah" not in stored
    assert b"not-a-real" not in stored
    empty = f"sqlite+aiosqlite:///{tmp_path}/elsewhere.db"
    await restore(file, empty)
    with pytest.raises(WrongKey):
        async with open_store(
            empty, vault=EnvelopeVault([b"z" * 32]), clock=clock, mint=SystemMint()
        ):
            pass
