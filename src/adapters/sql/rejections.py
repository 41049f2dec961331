"""Messages that were not believed: the newest of each connection, and no more."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.kinds import REJECTION
from adapters.sql.rows import owner, within
from adapters.sql.seals import Seals
from adapters.sql.tables import rejection
from core.domain.inbound.rejection import KEPT, Rejection
from core.domain.tenancy import Scope


async def add(conn: AsyncConnection, scope: Scope, seals: Seals, new: Rejection) -> None:
    """Ids sort by time, so the oldest of them go."""
    await conn.execute(sa.insert(rejection).values(**REJECTION.row(new, seals), **owner(scope)))
    of_it = (rejection.c.connection == new.connection, within(rejection, scope))
    newest = sa.select(rejection.c.id).where(*of_it).order_by(rejection.c.id.desc())
    first_too_many = newest.limit(1).offset(KEPT).scalar_subquery()
    await conn.execute(sa.delete(rejection).where(*of_it, rejection.c.id <= first_too_many))
