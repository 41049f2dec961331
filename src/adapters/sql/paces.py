"""The pace of an endpoint, one row beside it from its first put on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.outbox import pace as t
from adapters.sql.rows import Row, insert, owner, within
from core.domain.tenancy import Scope
from core.domain.webhooks.pace import Breaker, Pace, Pacing, fresh
from core.domain.webhooks.partner import Endpoint
from ports.store import Violated

_FIELDS = Pace.__struct_fields__


async def get(conn: AsyncConnection, scope: Scope, endpoint: str, *, lock: bool) -> Pace | None:
    wanted = _by_endpoint(lock)
    found = await conn.execute(wanted, {"of": endpoint, **_place(scope)})
    row = found.mappings().one_or_none()
    return None if row is None else _pace_of(row)


async def several(conn: AsyncConnection, scope: Scope, endpoints: Sequence[str]) -> dict[str, Pace]:
    wanted = sa.select(*(t.c[name] for name in _FIELDS)).where(
        within(t, scope), t.c.endpoint.in_(endpoints)
    )
    found = (await conn.execute(wanted)).mappings()
    return {row["endpoint"]: _pace_of(row) for row in found}


def _pace_of(row: Row) -> Pace:
    return Pace(**{**row, "breaker": Breaker(row["breaker"])})


@cache
def _by_endpoint(lock: bool) -> sa.Select[Any]:
    asked = (t.c[name] == sa.bindparam(f"in_{name}") for name in ("tenant", "environment"))
    mine = t.c.endpoint == sa.bindparam("of")
    wanted = sa.select(*(t.c[name] for name in _FIELDS)).where(mine, *asked)
    return wanted.with_for_update() if lock else wanted


async def put(conn: AsyncConnection, scope: Scope, pace: Pace) -> None:
    """Violated: the endpoint is not in this scope."""
    new = {f"new_{name}": value for name, value in _row(pace).items()}
    done = await conn.execute(_PUT, {"of": pace.endpoint, **_place(scope), **new})
    if done.rowcount == 0:
        raise Violated("this pace is not in this scope")


_PUT = (
    sa.update(t)
    .where(
        t.c.endpoint == sa.bindparam("of"),
        t.c.tenant == sa.bindparam("in_tenant"),
        t.c.environment == sa.bindparam("in_environment"),
    )
    .values({name: sa.bindparam(f"new_{name}") for name in _FIELDS if name != "endpoint"})
)


async def begin(conn: AsyncConnection, scope: Scope, endpoint: Endpoint) -> None:
    """One for *endpoint* if it has none; never more in flight than it allows from now on."""
    first = _row(fresh(endpoint.id, Pacing(), endpoint.in_flight_max))
    row = {"endpoint": endpoint.id, **owner(scope), **first}
    await conn.execute(insert(conn.dialect.name, t).values(row).on_conflict_do_nothing())
    most = float(endpoint.in_flight_max)
    over = sa.update(t).where(within(t, scope), t.c.endpoint == endpoint.id, t.c.cap > most)
    await conn.execute(over.values(cap=most))


def _place(scope: Scope) -> dict[str, str]:
    return {f"in_{name}": value for name, value in owner(scope).items()}


def _row(pace: Pace) -> dict[str, Any]:
    fields = msgspec.structs.asdict(pace)
    del fields["endpoint"]
    return {**fields, "breaker": str(pace.breaker)}
