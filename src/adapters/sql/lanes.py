"""Lanes as rows: one for each room, and room and plan, packed day by day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.channel_tables import lane
from adapters.sql.rows import insert, owner, within
from core.domain.channels.lane import Lane, LaneKey, LaneKind, Packed, Refusal, pack, unpack
from core.domain.stock.ari import Prices, Restrictions
from core.domain.tenancy import Scope

_DECODERS: dict[LaneKind, msgspec.json.Decoder[Any]] = {
    LaneKind.AVAILABILITY: msgspec.json.Decoder(Packed[int]),
    LaneKind.RATE: msgspec.json.Decoder(Packed[Prices]),
    LaneKind.RESTRICTION: msgspec.json.Decoder(Packed[Restrictions]),
    LaneKind.REFUSAL: msgspec.json.Decoder(Packed[Refusal]),
}
_KEY = ("channel", "kind", "room", "plan")


async def read(
    conn: AsyncConnection, scope: Scope, channel: str, keys: Iterable[LaneKey] | None
) -> dict[LaneKey, Lane]:
    wanted = sa.select(lane).where(within(lane, scope), lane.c.channel == channel)
    asked = None if keys is None else set(keys)
    if asked is not None:
        rooms = sorted({key.room for key in asked})
        kinds = sorted({str(key.kind) for key in asked})
        wanted = wanted.where(lane.c.room.in_(rooms), lane.c.kind.in_(kinds))
    found = {}
    for row in (await conn.execute(wanted)).mappings():
        key = LaneKey(LaneKind(row["kind"]), row["room"], row["plan"])
        if asked is None or key in asked:
            found[key] = unpack(key, _DECODERS[key.kind].decode(row["body"]))
    return found


async def write(conn: AsyncConnection, scope: Scope, channel: str, lanes: Iterable[Lane]) -> None:
    kept, gone = [], []
    for one in sorted(lanes, key=lambda of: of.key):
        key = {
            "channel": channel,
            "kind": str(one.key.kind),
            "room": one.key.room,
            "plan": one.key.plan,
        }
        packed = pack(one)
        if packed is None:
            gone.append({f"of_{name}": value for name, value in key.items()})
        else:
            body = msgspec.json.encode(packed).decode()
            kept.append({**key, **owner(scope), "body": body})
    if kept:
        fresh = insert(conn.dialect.name, lane)
        names = ("tenant", "environment", "body")  # another scope's: refused
        put = fresh.on_conflict_do_update(
            index_elements=list(_KEY), set_={name: fresh.excluded[name] for name in names}
        )
        await conn.execute(put, kept)
    if gone:
        mine = (lane.c[name] == sa.bindparam(f"of_{name}") for name in _KEY)
        await conn.execute(sa.delete(lane).where(within(lane, scope), *mine), gone)


async def drop(conn: AsyncConnection, scope: Scope, channel: str) -> None:
    await conn.execute(sa.delete(lane).where(within(lane, scope), lane.c.channel == channel))
