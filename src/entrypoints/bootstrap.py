"""The composition root: everything is built here, once, or fails before the first request."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from adapters import registry
from adapters._kit.redis_link import unusable
from adapters._kit.transport import AioTransport
from adapters.blobs.folder import FolderBlobs
from adapters.blobs.s3 import open_s3
from adapters.blobs.sigv4 import Keys
from adapters.jobs.memory import MemoryJobs
from adapters.jobs.postgresql import PostgresqlJobs
from adapters.jobs.redis import RedisJobs
from adapters.jobs.timers import run_timers
from adapters.limiter.memory import MemoryLimiter
from adapters.limiter.redis import RedisLimiter
from adapters.own_stock import OwnStock
from adapters.signer import Ed25519Signer
from adapters.sql.backup import BackupFault, backup, restore
from adapters.sql.engine import opened
from adapters.sql.migrate import migrate, newest, revision
from adapters.sql.seals import WrongKey
from adapters.sql.sqlite import AlreadyServed
from adapters.sql.store import NotMigrated, open_store
from adapters.system import SystemClock, SystemMint
from adapters.typesetter.typst import TypstTypesetter
from adapters.vault import EnvelopeVault, key_from, new_key
from adapters.vendors import VendorPool
from adapters.webhook_sender.egress import allow_list, socket_to
from adapters.webhook_sender.proxy import Proxy, proxy_of
from adapters.webhook_sender.proxy_trial import why_unusable
from adapters.webhook_sender.sender import HttpWebhookSender
from core.application.hub import Hub
from entrypoints.metrics import Metrics
from entrypoints.settings import Settings
from ports.blobs import Blobs
from ports.clock import Clock
from ports.jobs import Jobs
from ports.limiter import Limiter
from ports.manifest import Manifest
from ports.meter import Meter


class BadSetting(Exception):
    """A setting that cannot work, and how to mend it."""


@asynccontextmanager
async def open_hub(
    settings: Settings, *, exclusive: bool = True, meter: Meter | None = None
) -> AsyncIterator[Hub]:
    """Build everything, or fail before the first request; closes in reverse order.

    exclusive: this process serves: the database is brought to the newest schema, and a
    second server on the same SQLite file is refused.
    """
    clock, mint = SystemClock(), SystemMint()
    async with AsyncExitStack() as stack:
        vault = open_vault(settings)
        opening = open_store(
            settings.database,
            vault=vault,
            clock=clock,
            mint=mint,
            exclusive=exclusive,
            migrating=exclusive,
        )
        store = await stack.enter_async_context(opening)
        limiter = _limiter(settings, clock, stack)
        allow = allow_list(settings.egress)
        transport = partial(AioTransport, socket_factory=lambda to: socket_to(to[4][0], allow))
        stock = partial(OwnStock, store, mint)
        vendors = VendorPool(
            registry, limiter=limiter, clock=clock, transport=transport, stock=stock
        )
        stack.push_async_callback(vendors.aclose)
        sender = HttpWebhookSender(clock, allow=allow, proxy=_proxy(settings))
        stack.push_async_callback(sender.aclose)
        yield Hub(
            store=store,
            vendors=vendors,
            vault=vault,
            sender=sender,
            signer=Ed25519Signer(clock),
            jobs=_jobs(settings, clock, stack),
            limiter=limiter,
            clock=clock,
            mint=mint,
            meter=meter or Metrics().deliveries,
            blobs=await _blobs(settings, clock, stack),
            typesetter=TypstTypesetter(),
            public_url=settings.public_url,
            delivery_deadline_s=settings.delivery_deadline_s,
            queues_every_s=settings.queues_every_s,
        )


def manifests() -> list[Manifest]:
    """What each adapter there is says of itself."""
    return [registry.load(name) for name in registry.names()]


def timers(settings: Settings) -> Callable[[], Coroutine[Any, Any, None]] | None:
    """What rings the timed bells of Redis; without it each process keeps time itself."""
    if settings.redis_url is None:
        return None
    return partial(run_timers, settings.redis_url, SystemClock())


def _proxy(settings: Settings) -> Proxy | None:
    if settings.webhook_proxy is None or not settings.webhook_proxy.get_secret_value():
        return None
    try:
        return proxy_of(settings.webhook_proxy.get_secret_value())
    except ValueError as e:
        raise BadSetting(f"SERAI_WEBHOOK_PROXY: {e}") from None


async def _blobs(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Blobs:
    """The operator named the bucket, so it may be anywhere: no address is vetted."""
    if settings.s3_endpoint is None:
        return FolderBlobs(settings.data_dir / "blobs")
    secret = settings.s3_secret_key
    if not (settings.s3_bucket and settings.s3_access_key and secret):
        raise BadSetting(
            "SERAI_S3_ENDPOINT needs SERAI_S3_BUCKET, SERAI_S3_ACCESS_KEY and SERAI_S3_SECRET_KEY"
        )
    keys = Keys(settings.s3_access_key, secret.get_secret_value(), settings.s3_region)
    transport = AioTransport()
    stack.push_async_callback(transport.aclose)
    opening = open_s3(
        settings.s3_endpoint, settings.s3_bucket, keys, transport=transport, clock=clock
    )
    return await stack.enter_async_context(opening)


def _limiter(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Limiter:
    if settings.redis_url is None:
        return MemoryLimiter(clock)
    limiter = RedisLimiter(settings.redis_url, clock)
    stack.push_async_callback(limiter.aclose)
    return limiter


def _jobs(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Jobs:
    jobs: RedisJobs | PostgresqlJobs | MemoryJobs
    if settings.redis_url is not None:
        jobs = RedisJobs(settings.redis_url, clock)
    elif settings.embedded:
        jobs = MemoryJobs(clock)
    else:
        jobs = PostgresqlJobs(settings.database, clock)
    stack.push_async_callback(jobs.aclose)
    return jobs


def open_vault(settings: Settings) -> EnvelopeVault:
    """BadSetting: production without keys, or a key that is not one."""
    if settings.embedded:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    if settings.encryption_keys is not None:
        texts = settings.encryption_keys.get_secret_value().split(",")
    elif settings.embedded:
        texts = _key_file(settings.data_dir / "serai.key").split()
    else:
        raise BadSetting(
            "SERAI_ENCRYPTION_KEYS is required with PostgreSQL: "
            "32 random bytes in base64, the same in every process"
        )
    try:
        return EnvelopeVault([key_from(text) for text in texts])
    except ValueError as e:
        raise BadSetting(f"SERAI_ENCRYPTION_KEYS: {e}") from None


def _key_file(path: Path) -> str:
    """The embedded hub's own key, made at the first run and readable only by its owner."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "w") as file:
        file.write(new_key() + "\n")
    return path.read_text()


class DatabaseFacts(msgspec.Struct, frozen=True):
    """revision: what the database is at, None: never migrated. newest: what this code works
    with. ahead_s: this machine's clock less the database's."""

    revision: str | None
    newest: str
    ahead_s: float


async def look_at_database(settings: Settings) -> DatabaseFacts:
    """Read-only; raises what the driver raises when it cannot be reached."""
    clock = SystemClock()
    async with opened(settings.database, clock) as database, database.read() as conn:
        at = await revision(conn)
        theirs = await conn.scalar(sa.select(sa.func.now())) if database.is_postgresql else None
        ahead_s = (clock.now() - theirs).total_seconds() if theirs else 0.0
    return DatabaseFacts(at, newest(), ahead_s)


async def look_at_redis(url: str) -> str | None:
    """Why it cannot be used now; None: it answers."""
    return await unusable(url)


async def look_at_proxy(settings: Settings) -> str | None:
    """Why webhooks cannot go through the egress proxy now; None: it answers, or there is none."""
    proxy = _proxy(settings)
    return None if proxy is None else await why_unusable(proxy)


async def bring_up_to_date(settings: Settings) -> str:
    """Migrate; the revision the database is at."""
    return await migrate(settings.database)


async def back_up(settings: Settings, target: Path) -> int:
    """Copy everything into one file while others work on; how many rows."""
    manifest = await backup(settings.database, target, clock=SystemClock())
    return sum(table.rows for table in manifest.tables.values())


async def restore_from(settings: Settings, source: Path) -> tuple[int, list[str]]:
    """Fill the empty database from a backup; how many rows, and where an audit chain breaks."""
    restored = await restore(source, settings.database)
    broken = [f"{s.tenant} {s.environment} at {b.position}: {b.why}" for s, b in restored.broken]
    return sum(table.rows for table in restored.manifest.tables.values()), broken


# The store's own clear words for why it cannot be used as asked.
UNFIT = (AlreadyServed, BackupFault, NotMigrated, WrongKey)
