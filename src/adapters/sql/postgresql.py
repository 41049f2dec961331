"""PostgreSQL as the store sees it: one pool for all work, a small one for the dispatcher."""

from __future__ import annotations

import socket
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

DISPATCHERS = 4
CONNECTS_WITHIN_S = 10.0
STATEMENT_S = 20.0
SILENCE_S = 10
PLANNED_S, _PLANNED_AT = 5.0, "planned_at"

# The dispatcher's statements are few, run all the time, and have an index for all they ask: they
# are planned once and for all sizes.
_PLANNED = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}
_SETTINGS = {
    "application_name": "serai",
    "timezone": "UTC",
    "lock_timeout": "15s",
    "idle_in_transaction_session_timeout": "60s",
}


def engines(url: str, *, pool_size: int) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """Writer, reader and dispatcher. The reader sees a snapshot and shares the writer's pool."""
    writer = _engine(url, _SETTINGS, pool_size=pool_size, pool_pre_ping=True)
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    dispatcher = _engine(
        url, _SETTINGS | _PLANNED, pool_size=DISPATCHERS, pool_pre_ping=False, within_s=STATEMENT_S
    )
    return writer, reader, dispatcher


def _engine(
    url: str,
    settings: dict[str, str],
    *,
    pool_size: int,
    pool_pre_ping: bool,
    within_s: float | None = None,
) -> AsyncEngine:
    """within_s: the longest that one statement may take."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=pool_pre_ping,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        json_deserializer=str,  # a body stays the text it is until its kind decodes it
        connect_args={
            "timeout": CONNECTS_WITHIN_S,
            "command_timeout": within_s,
            "server_settings": settings,
        },
    )
    sa.event.listen(engine.sync_engine, "connect", _watched)
    return engine


def _watched(connection: Any, _: object) -> None:
    """A connection whose other side is gone without a word is noticed, and not waited for."""
    sock = connection.driver_connection._transport.get_extra_info("socket")
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", SILENCE_S // 2),
        ("TCP_KEEPINTVL", 2),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", SILENCE_S * 1000),
    ):
        if hasattr(socket, name):  # not everywhere
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def plan_anew(conn: AsyncConnection, now: float) -> None:
    """Every few seconds: a plan that was made for an empty table must not last.

    now: in seconds, by a clock that never goes back.
    """
    info = conn.sync_connection.info  # type: ignore[union-attr]
    if now >= info.setdefault(_PLANNED_AT, now) + PLANNED_S:
        info[_PLANNED_AT] = now
        await conn.exec_driver_sql("DISCARD PLANS")
