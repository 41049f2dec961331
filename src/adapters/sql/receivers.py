"""Where deliveries go, as claims hand it out: read once, remembered for a moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters._kit.kept import Kept
from adapters.sql.keyring import KeyRing
from adapters.sql.rows import Row
from adapters.sql.tables import endpoint, tenant
from core.domain.tenancy import Environment, Scope, Tenant
from core.domain.webhooks.partner import Endpoint
from core.domain.webhooks.signing_key import SigningKey, signing
from ports.store import ClaimedEndpoint
from ports.vault import Vault

log = logging.getLogger(__name__)

KEPT_S = 2.0
MOST = 10_000

_endpoint = msgspec.json.Decoder(Endpoint)
_tenant = msgspec.json.Decoder(Tenant)

_WANTED = (
    sa.select(
        *(
            endpoint.c[n]
            for n in ("id", "tenant", "environment", "partner", "url", "secrets", "body")
        ),
        tenant.c.body.label("owner"),
    )
    .join(tenant, tenant.c.id == endpoint.c.tenant)
    .where(endpoint.c.id.in_(sa.bindparam("ids", expanding=True)))
)


class Receivers:
    """By endpoint and fingerprint: one that was changed is read again at once."""

    def __init__(
        self, vault: Vault, now: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._ring = KeyRing(vault, monotonic)
        self._now, self._monotonic = now, monotonic
        self._kept = Kept[tuple[str, str], ClaimedEndpoint](monotonic, age_s=KEPT_S, most=MOST)

    async def of(
        self, conn: AsyncConnection, wanted: Collection[tuple[str, str]]
    ) -> Mapping[str, ClaimedEndpoint]:
        """By id. wanted: ids, each with its fingerprint."""
        self.drop_old()
        found, missing = {}, {}
        for id, fingerprint in wanted:
            kept = self._kept.find((id, fingerprint))
            if kept is None:
                missing[id] = fingerprint
            else:
                found[id] = kept
        if missing:
            since = self._monotonic()
            for made in await self._read(conn, list(missing)):
                found[made.id] = made
                self._kept.keep((made.id, missing[made.id]), made, since)
        return found

    def drop_old(self) -> None:
        """Forget what is past its time: it holds secrets in the clear."""
        self._ring.drop_old()
        self._kept.drop_old()

    async def _read(self, conn: AsyncConnection, ids: list[str]) -> list[ClaimedEndpoint]:
        rows = (await conn.execute(_WANTED, {"ids": ids})).mappings().all()
        read, unread = _decoded(rows)
        now = self._now()
        scopes = {scope for scope, _, found in read if found.takes_v1a}
        keys = await self._ring.signing_keys(conn, scopes, now)
        return [
            *(
                self._made(scope, row, found, keys.get(scope, ()), now)
                for scope, row, found in read
            ),
            *(_unsignable(row) for row in unread),
        ]

    def _made(
        self,
        scope: Scope,
        row: Row,
        found: Endpoint,
        keys: Collection[SigningKey],
        now: datetime,
    ) -> ClaimedEndpoint:
        secrets = self._ring.secrets(scope, found.id, row["secrets"])
        own = msgspec.structs.replace(found, secrets=secrets).signing(now)
        schedules = _tenant.decode(row["owner"]).schedules
        return ClaimedEndpoint(
            id=found.id,
            scope=scope,
            partner=found.partner,
            url=found.url,
            keys=(*own, *(signing(tuple(keys), now) if found.takes_v1a else ())),
            in_flight_max=found.in_flight_max,
            schedule=found.schedule or schedules.get(scope.environment),
        )


def _decoded(rows: Iterable[Row]) -> tuple[list[tuple[Scope, Row, Endpoint]], list[Row]]:
    """With those that this version cannot read apart: one of a newer version, while both run,
    must not hold up everybody's claims."""
    read, unread = [], []
    for row in rows:
        try:
            read.append((_scope(row), row, _endpoint.decode(row["body"])))
        except msgspec.MsgspecError:
            log.exception("endpoint.unreadable", extra={"endpoint": row["id"]})
            unread.append(row)
    return read, unread


def _unsignable(row: Row) -> ClaimedEndpoint:
    """Nothing goes there for now, and no retry is used up."""
    return ClaimedEndpoint(row["id"], _scope(row), row["partner"], row["url"], (), 1)


def _scope(row: Row) -> Scope:
    return Scope(row["tenant"], Environment(row["environment"]))
