"""The agency's own signing keys (v1a): made at the first wish, rotated, and shown to anybody."""

from __future__ import annotations

from collections.abc import Sequence

from core.application.hub import Asking, Hub, write_audit, write_intent
from core.domain.problem import Conflict, Forbidden, NotFound
from core.domain.secret import Secret
from core.domain.tenancy import Environment, Permission, Scope
from core.domain.webhooks.signature import TooManySign, private_from, public_from
from core.domain.webhooks.signing_key import SigningKey, rotated
from ports.store import Tx


async def rotate_signing_key(hub: Hub, asking: Asking, made: str | None = None) -> SigningKey:
    """A new key; the one before signs beside it for 24 hours, and is shown for 24 more.

    made: what the same request made before it died; that key is given, and no other is made.
    Conflict: as many keys sign as a header may hold.
    """
    _need_own(asking, Permission.ENDPOINTS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        keys = await tx.signing_keys()
        again = next((k for k in keys if k.id == made), None)
        if again is not None:
            return again
        fresh = _fresh(hub)
        changed = rotated(keys, fresh, hub.clock.now())
        if isinstance(changed, TooManySign):
            raise too_many(changed)
        for key in changed:
            await tx.put_signing_key(key)
        action = "signing_key.rotated" if keys else "signing_key.added"
        await write_intent(hub, tx, asking, action, fresh.id, after=fresh)
    return fresh


def too_many(they: TooManySign) -> Conflict:
    until = f"{they.until:%Y-%m-%dT%H:%MZ}"
    return Conflict("rotated_too_often", f"too many sign already; the first of them ends {until}")


async def need_signing_key(hub: Hub, tx: Tx, asking: Asking) -> None:
    """Make the scope's first key in *tx*, unless there is one."""
    if await tx.signing_keys():
        return
    fresh = _fresh(hub)
    await tx.put_signing_key(fresh)
    await write_audit(hub, tx, asking, "signing_key.added", fresh.id, after=fresh)


def _fresh(hub: Hub) -> SigningKey:
    private, public = hub.signer.new_key()
    return SigningKey(
        id=hub.mint.id("sgk"),
        public=public_from(public),
        private=Secret(private_from(private)),
        created_at=hub.clock.now(),
    )


async def list_signing_keys(hub: Hub, asking: Asking) -> Sequence[SigningKey]:
    """Those in the key set, newest first. Forbidden: a partner's key; it reads the key set."""
    _need_own(asking, Permission.ENDPOINTS_READ)
    async with hub.store.read(asking.scope) as view:
        return _shown(hub, await view.signing_keys())


async def key_set(hub: Hub, tenant: str, environment: str) -> Sequence[SigningKey]:
    """What anybody may know: the keys that sign or did a short while ago, newest first.

    NotFound: there is no such tenant or environment. An agency without any key has an empty set.
    """
    known = environment in list(Environment) and await hub.store.tenant(tenant) is not None
    if not known:
        raise NotFound("key set", f"{tenant}/{environment}")
    async with hub.store.read(Scope(tenant, Environment(environment))) as view:
        return _shown(hub, await view.signing_keys())


def _shown(hub: Hub, keys: Sequence[SigningKey]) -> Sequence[SigningKey]:
    now = hub.clock.now()
    return [key for key in keys if key.shown(now)]


def _need_own(asking: Asking, permission: Permission) -> None:
    asking.need(permission)
    if asking.who.partner is not None:
        raise Forbidden("forbidden", "the signing keys are the agency's own; read its key set")
