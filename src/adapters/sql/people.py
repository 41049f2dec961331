"""Persons: each under a key of its own, so that destroying the key erases the person.

The person's key lies wrapped by the vault beside the data. Erasing empties both columns; on
SQLite secure_delete overwrites them at once, on PostgreSQL vacuum takes the old row version.
A backup made before keeps what it copied.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import rows
from adapters.sql.rows import Row, within
from adapters.sql.seals import Seals
from adapters.sql.tables import person
from core.domain.person import Person
from core.domain.tenancy import Scope
from ports.store import Violated
from ports.vault import Unreadable

_NONCE = 12
_decoder = msgspec.json.Decoder(Person)


async def people(
    conn: AsyncConnection, scope: Scope, seals: Seals, ids: Iterable[str], *, lock: bool
) -> dict[str, Person]:
    wanted = (
        sa.select(person)
        .where(person.c.id.in_(set(ids)), person.c.erased_at.is_(None), within(person, scope))
        .order_by(person.c.id)
    )
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    found = (await conn.execute(wanted)).mappings()
    return {row["id"]: _opened(row, seals) for row in found}


async def put(conn: AsyncConnection, scope: Scope, seals: Seals, value: Person) -> None:
    """Violated: the person was erased; who comes back comes as somebody new."""
    row = await rows.get(conn, person, scope, value.id, lock=True)
    if row is not None and row["erased_at"] is not None:
        raise Violated("an erased person cannot be written again")
    if row is None:
        key = AESGCM.generate_key(256)
        wrapped = seals.seal("person", value.id, "key", key)
    else:
        wrapped = row["wrapped_key"]
        key = seals.open("person", value.id, "key", wrapped)
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, msgspec.json.encode(value), value.id.encode())
    made: dict[str, Any] = {"id": value.id, "wrapped_key": wrapped, "sealed": sealed}
    await rows.put(conn, person, scope, made)


async def erase(conn: AsyncConnection, scope: Scope, id: str, now: datetime) -> bool:
    done = await conn.execute(
        sa.update(person)
        .where(person.c.id == id, person.c.erased_at.is_(None), within(person, scope))
        .values(wrapped_key=None, sealed=None, erased_at=now)
    )
    return done.rowcount == 1


def _opened(row: Row, seals: Seals) -> Person:
    key = seals.open("person", row["id"], "key", row["wrapped_key"])
    sealed: bytes = row["sealed"]
    try:
        plain = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], row["id"].encode())
    except InvalidTag:
        raise Unreadable("a person's data is broken, or belongs to another row") from None
    return _decoder.decode(plain)
