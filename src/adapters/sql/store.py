"""The store on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import channel_pushes, due, sqlite, trail
from adapters.sql.claim import Claims
from adapters.sql.claim_postgresql import PostgresqlClaims
from adapters.sql.claim_sqlite import SqliteClaims
from adapters.sql.engine import Database, opened, translated
from adapters.sql.kinds import API_KEY
from adapters.sql.migrate import migrate, newest, revision
from adapters.sql.receivers import Receivers
from adapters.sql.recent import Recent
from adapters.sql.retention import forget
from adapters.sql.rows import insert
from adapters.sql.seals import Seals, check_key, is_marked, mark
from adapters.sql.session import Snapshot, seal_scope
from adapters.sql.tables import (
    api_key,
    connection,
    head,
    sentinel,
    tenant,
)
from adapters.sql.tx import SqlTx
from adapters.sql.view import SqlView
from core.domain.audit import GENESIS, Broken
from core.domain.tenancy import ApiKey, Environment, Scope, Tenant
from ports.channels import ChannelsWaiting
from ports.clock import Clock
from ports.jobs import Bell
from ports.mint import Mint
from ports.store import ClaimedDelivery, PastDue, Settlement, Waiting
from ports.vault import Vault


class NotMigrated(Exception):
    """The database's schema is not the one this code works with."""


@asynccontextmanager
async def open_store(
    url: str,
    *,
    vault: Vault,
    clock: Clock,
    mint: Mint,
    exclusive: bool = False,
    migrating: bool = False,
    pool_size: int = 10,
) -> AsyncIterator[SqlStore]:
    """The store at *url*, checked and ready, or an error that says what to do.

    url: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`.
    exclusive: for servers; a second one on the same SQLite file is refused (AlreadyServed).
    migrating: bring it to the newest schema first, once nobody else serves it.
    NotMigrated: run `migrate`. WrongKey: the vault does not belong to this database.
    """
    async with AsyncExitStack() as stack:
        if exclusive and url.startswith("sqlite"):
            stack.enter_context(sqlite.served_alone(url))
        if migrating:
            await migrate(url)
        database = await stack.enter_async_context(opened(url, clock, pool_size=pool_size))
        store = SqlStore(database, vault, mint)
        await store.check()
        yield store


class SqlStore:
    def __init__(self, database: Database, vault: Vault, mint: Mint) -> None:
        self._database, self._vault, self._mint = database, vault, mint
        receivers = Receivers(vault, database.instant, database.monotonic)
        claims = PostgresqlClaims if database.is_postgresql else SqliteClaims
        self._claims: Claims = claims(database, receivers)
        self._recent = Recent(database.instant)

    async def check(self) -> None:
        """NotMigrated or WrongKey unless the database is ours and can be read."""
        async with self._database.read() as conn:
            at, wanted = await revision(conn), newest()
            if at != wanted:
                raise NotMigrated(
                    f"the database is at version {at}, not {wanted}: run serai migrate"
                )
            marked = await is_marked(conn)
        if not marked:
            async with self._database.write() as conn:
                await mark(conn, self._vault)
        async with self._database.read() as conn:
            await check_key(conn, self._vault)

    @asynccontextmanager
    async def read(self, scope: Scope) -> AsyncIterator[SqlView]:
        snapshot = Snapshot(self._database)
        with translated():
            try:
                yield SqlView(snapshot, scope, Seals(self._vault, scope), self._recent)
            finally:
                await snapshot.close()

    @asynccontextmanager
    async def begin(self, scope: Scope) -> AsyncIterator[SqlTx]:
        """Busy: others were in the way. Violated: a rule of the store forbids it."""
        seals = Seals(self._vault, scope)
        async with self._database.write() as conn:
            tx = SqlTx(conn, scope, seals, self._database, self._mint, self._claims)
            yield tx
        if tx.reconfigured:
            self._recent.forget()
        if tx.erased:
            await self._database.overwrite_erased()

    async def tenants(self) -> Sequence[Tenant]:
        async with self._database.read() as conn:
            found = await conn.execute(sa.select(tenant.c.body).order_by(tenant.c.id))
            return [msgspec.json.decode(body, type=Tenant) for body in found.scalars()]

    async def tenant(self, id: str) -> Tenant | None:
        wanted = sa.select(tenant.c.body).where(tenant.c.id == id)
        async with self._database.read() as conn:
            body = (await conn.execute(wanted)).scalar_one_or_none()
        return None if body is None else msgspec.json.decode(body, type=Tenant)

    async def put_tenant(self, value: Tenant) -> None:
        async with self._database.write() as conn:
            await _put_tenant(conn, value)

    async def put_first_tenant(self, value: Tenant) -> bool:
        async with self._database.write() as conn:
            await conn.execute(sa.select(sentinel.c.name).with_for_update())  # one at a time
            if (await conn.execute(sa.select(tenant.c.id).limit(1))).first() is not None:
                return False
            await _put_tenant(conn, value)
        return True

    async def find_api_key(self, digest: str) -> tuple[Scope, ApiKey] | None:
        return await self._recent.get(digest, lambda: self._api_key(digest))

    async def _api_key(self, digest: str) -> tuple[Scope, ApiKey] | None:
        wanted = sa.select(api_key).where(api_key.c.digest == digest)
        async with self._database.read() as conn:
            row = (await conn.execute(wanted)).mappings().one_or_none()
        if row is None:
            return None
        scope = Scope(row["tenant"], Environment(row["environment"]))
        return scope, API_KEY.value(row, Seals(self._vault, scope))

    async def connection_scope(self, id: str) -> Scope | None:
        wanted = sa.select(connection.c.tenant, connection.c.environment)
        async with self._database.read() as conn:
            row = (await conn.execute(wanted.where(connection.c.id == id))).one_or_none()
        return None if row is None else Scope(row.tenant, Environment(row.environment))

    async def claim_due(
        self, bell: Bell, *, lease_s: float, limit: int
    ) -> Sequence[tuple[Scope, str]]:
        """KeyError: that bell's work is not claimed this way."""
        async with self._database.write() as conn:
            now = self._database.now()
            return await due.claim(conn, due.CHECKED[bell], now, lease_s=lease_s, limit=limit)

    async def notice_changes(self) -> int:
        return await channel_pushes.notice(self._database)

    async def channels_waiting(self) -> ChannelsWaiting:
        return await channel_pushes.waiting(self._database)

    async def hurry_pushes(self, property: str, *, but: str) -> None:
        await channel_pushes.hurry(self._database, property, but)

    async def postpone_due(self, bell: Bell, id: str, *, after_s: float) -> None:
        async with self._database.write() as conn:
            now = self._database.now()
            await due.postpone(conn, due.CHECKED[bell], id, now, after_s=after_s)

    async def claim_deliveries(
        self, lease: str, *, lease_s: float, limit: int, retries: int
    ) -> Sequence[ClaimedDelivery]:
        return await self._claims.claim(lease, lease_s=lease_s, limit=limit, retries=retries)

    async def extend_deliveries(
        self, held: Sequence[tuple[str, str]], *, lease_s: float
    ) -> set[str]:
        return await self._claims.extend(held, lease_s=lease_s) if held else set()

    async def settle_deliveries(self, settlements: Sequence[Settlement]) -> set[str]:
        return await self._claims.settle(settlements) if settlements else set()

    async def release_deliveries(self, held: Sequence[tuple[str, str]]) -> None:
        if held:
            await self._claims.release(held)

    async def waiting(self) -> Waiting:
        return await self._claims.waiting()

    async def next_due(self, bell: Bell) -> float | None:
        if bell is Bell.DELIVERIES:
            return await self._claims.next_due()
        async with self._database.read() as conn:
            return await due.next_check(conn, due.CHECKED[bell], self._database.now())

    async def past_due(self) -> Mapping[Bell, PastDue]:
        async with self._database.read() as conn:
            checks = await due.past_due(conn, self._database.now())
        return {**checks, Bell.DELIVERIES: await self._claims.past_due()}

    async def seal(self) -> int:
        async with self._database.read() as conn:
            waiting = await due.unsealed(conn)
        return sum([await seal_scope(self._database, scope) for scope in waiting])

    async def verify_audit(self, scope: Scope) -> tuple[int, Broken | None]:
        await seal_scope(self._database, scope)
        async with self._database.read() as conn:
            return await trail.verify(conn, scope)

    async def forget_old(self, now: datetime, *, attempts_kept_days: int = 90) -> int:
        return await forget(self._database, now, attempts_kept_days)

    async def ping(self) -> None:
        async with self._database.read() as conn:
            await conn.execute(sa.select(1))


async def _put_tenant(conn: AsyncConnection, value: Tenant) -> None:
    row = {
        "id": value.id,
        "created_at": value.created_at,
        "body": msgspec.json.encode(value).decode(),
    }
    heads = [
        {
            "tenant": value.id,
            "environment": str(environment),
            "feed_position": 0,
            "audit_position": 0,
            "audit_digest": GENESIS,
        }
        for environment in Environment
    ]
    put = insert(conn.dialect.name, tenant).values(row)
    put = put.on_conflict_do_update(index_elements=["id"], set_={"body": row["body"]})
    await conn.execute(put)
    await conn.execute(insert(conn.dialect.name, head).values(heads).on_conflict_do_nothing())
