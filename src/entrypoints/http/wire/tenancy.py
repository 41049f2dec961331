"""Legal entities, API keys, the audit trail."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from core.application.tenants import add_tenant, issue_key
from core.domain import audit, tenancy
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Id, Name


class NewEntity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """country: ISO 3166. currency: ISO 4217, the one its books are kept in.

    licence: of travel or umrah, "" if it has none.
    """

    name: Name
    country: Annotated[str, Meta(max_length=10)]
    currency: Annotated[str, Meta(max_length=10)]
    tax_id: Annotated[str, Meta(max_length=100)] = ""
    licence: Annotated[str, Meta(max_length=100)] = ""

    def wish(self) -> add_tenant.NewEntity:
        return add_tenant.NewEntity(
            self.name, self.country, self.currency, self.tax_id, self.licence
        )


class Entity(msgspec.Struct, frozen=True):
    """One company of the tenant."""

    id: str
    name: str
    country: str
    currency: str
    tax_id: str
    licence: str
    created_at: datetime.datetime


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """partner: the key is that partner's own, and confined to it."""

    name: Name
    permissions: Annotated[frozenset[tenancy.Permission], Meta(min_length=1)]
    partner: Id | None = None
    expires_at: Annotated[datetime.datetime, Meta(tz=True)] | None = None

    def wish(self) -> issue_key.NewKey:
        return issue_key.NewKey(self.name, self.permissions, self.partner, self.expires_at)


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """hint: its last four characters."""

    id: str
    name: str
    hint: str
    permissions: tuple[tenancy.Permission, ...]
    partner: str | None
    expires_at: datetime.datetime | None
    revoked_at: datetime.datetime | None
    created_at: datetime.datetime


class IssuedKey(msgspec.Struct, frozen=True):
    """secret: the key's text, shown this once and kept nowhere."""

    key: Key
    secret: str


class AuditQuery(Paging, frozen=True, forbid_unknown_fields=True):
    """subject: the id of the thing that was changed."""

    subject: Id | None = None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """before, after: the thing without secrets and without personal data.

    position, digest: its place in the chain; null until it is sealed.
    """

    id: str
    at: datetime.datetime
    actor: str
    action: str
    subject: str
    reason: str
    request: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    position: int | None
    digest: str | None


class BrokenAt(msgspec.Struct, frozen=True):
    position: int
    entry: str
    why: str


class Verification(msgspec.Struct, frozen=True):
    """held: entries whose chain holds. broken: the first that does not."""

    whole: bool
    held: int
    broken: BrokenAt | None


def entity(of: tenancy.LegalEntity) -> Entity:
    return Entity(of.id, of.name, of.country, of.currency, of.tax_id, of.licence, of.created_at)


def key(of: tenancy.ApiKey) -> Key:
    return Key(
        id=of.id,
        name=of.name,
        hint=of.hint,
        permissions=tuple(sorted(of.permissions)),
        partner=of.partner,
        expires_at=of.expires_at,
        revoked_at=of.revoked_at,
        created_at=of.created_at,
    )


# What prices:net is needed for; a supplier's rate keys spell the net price out.
_NET = frozenset({"net", "commission", "minimum_sell", "source"})


def _shown(value: Any, net: bool) -> Any:
    if isinstance(value, dict):
        return {n: _shown(v, net) for n, v in value.items() if net or n not in _NET}
    if isinstance(value, list):
        return [_shown(v, net) for v in value]
    return value


def entry(of: audit.AuditEntry, *, net: bool) -> AuditEntry:
    return AuditEntry(
        id=of.id,
        at=of.at,
        actor=of.actor,
        action=of.action,
        subject=of.subject,
        reason=of.reason,
        request=of.request,
        before=_shown(of.before, net),
        after=_shown(of.after, net),
        position=of.position,
        digest=of.digest,
    )


def verification(held: int, broken: audit.Broken | None) -> Verification:
    if broken is None:
        return Verification(True, held, None)
    return Verification(False, held, BrokenAt(broken.position, broken.entry, broken.why))
