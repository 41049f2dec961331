"""What endpoints' messages are signed with, opened: a claim must not unseal it every time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters._kit.kept import Kept
from adapters.sql.kinds import SIGNING_KEY, signing_secrets
from adapters.sql.seals import Seals
from adapters.sql.tables import signing_key
from core.domain.tenancy import Environment, Scope
from core.domain.webhooks.partner import SigningSecret
from core.domain.webhooks.signing_key import SigningKey
from ports.vault import Unreadable, Vault

KEPT_S = 60.0  # no secret stays in the clear for longer
MOST = 4096


class KeyRing:
    """Holds by what is sealed: a secret that is rotated is another one, at once."""

    def __init__(self, vault: Vault, monotonic: Callable[[], float]) -> None:
        self._vault = vault
        self._secrets = Kept[tuple[str, bytes], tuple[SigningSecret, ...]](
            monotonic, age_s=KEPT_S, most=MOST
        )
        self._keys = Kept[tuple[Any, ...], SigningKey](monotonic, age_s=KEPT_S, most=MOST)

    def secrets(self, scope: Scope, endpoint: str, sealed: bytes) -> tuple[SigningSecret, ...]:
        """An endpoint's own, newest first; none where they do not open."""

        def opened() -> tuple[SigningSecret, ...]:
            return signing_secrets(endpoint, sealed, Seals(self._vault, scope))

        try:
            return self._secrets.get((endpoint, sealed), opened)
        except Unreadable:
            return ()

    async def signing_keys(
        self, conn: AsyncConnection, scopes: Collection[Scope], now: datetime
    ) -> Mapping[Scope, Sequence[SigningKey]]:
        """The agencies' that sign at *now*, newest first; of no scope but these."""
        found: dict[Scope, list[SigningKey]] = {scope: [] for scope in scopes}
        self.drop_old()
        if not scopes:
            return found
        t = signing_key
        named = sa.tuple_(t.c.tenant, t.c.environment).in_(
            [(s.tenant, str(s.environment)) for s in scopes]
        )
        signs = sa.or_(t.c.signs_until.is_(None), t.c.signs_until > now)
        wanted = sa.select(t).where(named, signs).order_by(t.c.id.desc())
        for row in (await conn.execute(wanted)).mappings():
            scope = Scope(row["tenant"], Environment(row["environment"]))
            found[scope].append(self._key(scope, row))
        return found

    def drop_old(self) -> None:
        self._secrets.drop_old()
        self._keys.drop_old()

    def _key(self, scope: Scope, row: sa.RowMapping) -> SigningKey:
        same = (row["id"], row["private"], row["signs_until"])
        return self._keys.get(same, lambda: SIGNING_KEY.value(row, Seals(self._vault, scope)))
