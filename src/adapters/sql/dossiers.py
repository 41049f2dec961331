"""Pilgrims' dossiers: each field sealed by itself under the person's own key, so that erasing
the person erases them, and a field can be read without opening the others."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import rows
from adapters.sql.filing_tables import dossier
from adapters.sql.rows import insert, owner, within
from adapters.sql.seals import Seals
from adapters.sql.tables import person
from core.domain.filings.dossier import FIELDS, Dossier
from core.domain.tenancy import Scope
from ports.store import Violated
from ports.vault import Unreadable

_NONCE = 12


async def dossiers(
    conn: AsyncConnection, scope: Scope, seals: Seals, people: Iterable[str]
) -> dict[str, Dossier]:
    """By person; of those who are here and not erased, also where nothing is known yet."""
    wanted = set(people)
    keys = (
        await conn.execute(
            sa.select(person.c.id, person.c.wrapped_key).where(
                person.c.id.in_(wanted), person.c.erased_at.is_(None), within(person, scope)
            )
        )
    ).all()
    found = await conn.execute(
        sa.select(dossier.c.person, dossier.c.field, dossier.c.sealed).where(
            dossier.c.person.in_(wanted), within(dossier, scope)
        )
    )
    fields = defaultdict[str, dict[str, bytes]](dict)
    for row in found:
        fields[row.person][row.field] = row.sealed
    return {id: _opened(id, seals.open("person", id, "key", key), fields[id]) for id, key in keys}


async def put(
    conn: AsyncConnection, scope: Scope, seals: Seals, person_id: str, value: Dossier
) -> None:
    """All of it: what is None is forgotten. Violated: there is no such person, or no more."""
    row = await rows.get(conn, person, scope, person_id, lock=True)
    if row is None or row["erased_at"] is not None:
        raise Violated("a dossier belongs to a person who is here")
    key = AESGCM(seals.open("person", person_id, "key", row["wrapped_key"]))
    words = msgspec.to_builtins(value)
    known = {name: words[name] for name in FIELDS if words[name] is not None}
    await conn.execute(_of(person_id, scope).where(dossier.c.field.not_in(known)))
    if not known:
        return
    made = insert(conn.dialect.name, dossier).values(
        [
            {
                "person": person_id,
                "field": name,
                "sealed": _sealed(key, person_id, name, word),
                **owner(scope),
            }
            for name, word in known.items()
        ]
    )
    await conn.execute(
        made.on_conflict_do_update(
            index_elements=["person", "field"], set_={"sealed": made.excluded.sealed}
        )
    )


async def forget(conn: AsyncConnection, scope: Scope, person_id: str) -> None:
    await conn.execute(_of(person_id, scope))


def _of(person_id: str, scope: Scope) -> sa.Delete:
    return sa.delete(dossier).where(dossier.c.person == person_id, within(dossier, scope))


def _sealed(key: AESGCM, person_id: str, field: str, word: object) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + key.encrypt(nonce, msgspec.json.encode(word), _place(person_id, field))


def _opened(person_id: str, key: bytes, fields: dict[str, bytes]) -> Dossier:
    opener = AESGCM(key)
    try:
        words = {
            name: msgspec.json.decode(
                opener.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(person_id, name))
            )
            for name, sealed in fields.items()
        }
    except InvalidTag:
        raise Unreadable("a dossier is broken, or belongs to another person") from None
    return msgspec.convert(words, Dossier)


def _place(person_id: str, field: str) -> bytes:
    return f"{person_id}|{field}".encode()
