"""API keys: `serai_<environment>_<30 random>_<6 checksum>`, kept only as a digest."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.domain.problem import Fault, Forbidden, Invalid, NotFound
from core.domain.tenancy import (
    PARTNER_PERMISSIONS,
    ApiKey,
    Environment,
    Permission,
    Principal,
)
from ports.store import Page

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))


def new_key_text(environment: Environment, entropy: bytes) -> str:
    """The key itself, from 32 random bytes. Its end is a CRC-32, so that scanners need not ask."""
    stem = f"serai_{environment}_{_base62(int.from_bytes(entropy, 'big'), 30)}"
    return f"{stem}_{_base62(zlib.crc32(stem.encode()), 6)}"


def looks_like_key(text: str) -> bool:
    """Its checksum holds; says nothing about whether it was ever issued."""
    stem, _, check = text.rpartition("_")
    return stem.startswith("serai_") and check == _base62(zlib.crc32(stem.encode()), 6)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class NewKey(msgspec.Struct, frozen=True):
    name: str
    permissions: frozenset[Permission]
    partner: str | None = None
    expires_at: datetime | None = None


async def issue_key(hub: Hub, asking: Asking, new: NewKey) -> tuple[ApiKey, str]:
    """The key's record and its text, which is never shown again."""
    asking.need(Permission.KEYS_WRITE)
    _check_permissions(asking, new)
    text = new_key_text(asking.scope.environment, hub.mint.entropy(32))
    key = ApiKey(
        id=hub.mint.id("key"),
        name=new.name,
        digest=digest(text),
        hint=text[-4:],
        permissions=new.permissions,
        created_at=hub.clock.now(),
        partner=new.partner,
        expires_at=new.expires_at,
    )
    async with hub.store.begin(asking.scope) as tx:
        if new.partner is not None and await tx.partner(new.partner) is None:
            raise NotFound("partner", new.partner)
        await tx.put_api_key(key)
        await write_audit(hub, tx, asking, "key.issued", key.id, after=_public(key))
    return key, text


def _check_permissions(asking: Asking, new: NewKey) -> None:
    if not new.permissions:
        raise Invalid(Fault("/permissions", "name at least one permission"))
    if new.partner is not None and not new.permissions <= PARTNER_PERMISSIONS:
        extra = ", ".join(sorted(new.permissions - PARTNER_PERMISSIONS))
        raise Invalid(Fault("/permissions", f"a partner's key cannot hold {extra}"))
    beyond = [p for p in new.permissions if not asking.who.may(p)]
    if beyond:
        raise Forbidden("forbidden", f"this key cannot give what it lacks: {', '.join(beyond)}")


async def list_keys(hub: Hub, asking: Asking, page: Page) -> Sequence[ApiKey]:
    asking.need(Permission.KEYS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.api_keys(page)


async def revoke_key(hub: Hub, asking: Asking, id: str) -> ApiKey:
    """It opens nothing from now on. Revoking again changes nothing."""
    asking.need(Permission.KEYS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        key = await tx.api_key(id)
        if key is None:
            raise NotFound("API key", id)
        if key.revoked_at is not None:
            return key
        revoked = msgspec.structs.replace(key, revoked_at=hub.clock.now())
        await tx.put_api_key(revoked)
        await write_audit(
            hub, tx, asking, "key.revoked", id, before=_public(key), after=_public(revoked)
        )
    return revoked


async def authenticate(hub: Hub, text: str) -> Principal | None:
    """Who holds the key *text*; None: nobody, any more."""
    if not looks_like_key(text):
        return None
    found = await hub.store.find_api_key(digest(text))
    if found is None:
        return None
    scope, key = found
    if not key.usable(hub.clock.now()):
        return None
    return Principal(id=key.id, scope=scope, permissions=key.permissions, partner=key.partner)


def _public(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "permissions": sorted(key.permissions),
        "partner": key.partner,
        "revoked_at": key.revoked_at,
    }
