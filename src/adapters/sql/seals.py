"""Sealing for one scope: each sealed field is bound to its tenant, environment, table and row."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.rows import insert
from adapters.sql.tables import sentinel
from core.domain.tenancy import Scope
from ports.vault import Unreadable, Vault

_WORD = b"serai"


class WrongKey(Exception):
    """The vault does not hold the key this database was sealed with."""


class Seals:
    def __init__(self, vault: Vault, scope: Scope) -> None:
        self._vault = vault
        self._place = f"{scope.tenant}|{scope.environment}"

    def seal(self, table: str, id: str, field: str, plain: bytes) -> bytes:
        return self._vault.seal(plain, self._context(table, id, field))

    def open(self, table: str, id: str, field: str, sealed: bytes) -> bytes:
        """Unreadable: another key, another place, or changed bytes."""
        return self._vault.open(sealed, self._context(table, id, field))

    def _context(self, table: str, id: str, field: str) -> str:
        return f"{self._place}|{table}|{id}|{field}"


async def is_marked(conn: AsyncConnection) -> bool:
    return (await conn.execute(sa.select(sentinel.c.name))).first() is not None


async def mark(conn: AsyncConnection, vault: Vault) -> None:
    """Seal the word every later start must be able to open. The first one counts."""
    word = insert(conn.dialect.name, sentinel).values(
        name="vault", sealed=vault.seal(_WORD, "sentinel")
    )
    await conn.execute(word.on_conflict_do_nothing())


async def check_key(conn: AsyncConnection, vault: Vault) -> None:
    """WrongKey unless *vault* opens what the first start sealed."""
    sealed = (await conn.execute(sa.select(sentinel.c.sealed))).scalar_one()
    try:
        vault.open(sealed, "sentinel")
    except Unreadable as e:
        raise WrongKey(
            "the encryption key does not belong to this database: "
            f"{e}. Give the hub the key it was first started with."
        ) from None
