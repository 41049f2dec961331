"""A database with nobody in it gets an agency, a company and a key, so that it can be used."""

from __future__ import annotations

import msgspec

from core.application.hub import Asking, Hub, by_itself
from core.application.tenants.add_tenant import NewEntity, add_entity
from core.application.tenants.issue_key import NewKey, issue_key
from core.domain.tenancy import Environment, Permission, Principal, Scope, Tenant

TENANT = "My agency"
ENTITY = NewEntity(name="My agency", country="ID", currency="IDR")


class FirstRun(msgspec.Struct, frozen=True):
    """key: the admin key of the test environment, shown this once."""

    tenant: str
    entity: str
    key: str


async def first_run(hub: Hub) -> FirstRun | None:
    """None: there is an agency already. The live environment gets its keys by `serai keys`."""
    tenant = Tenant(id=hub.mint.id("tnt"), name=TENANT, created_at=hub.clock.now())
    if await hub.store.tenants() or not await hub.store.put_first_tenant(tenant):
        return None
    asking = by_itself(Scope(tenant.id, Environment.TEST))
    entity = await add_entity(hub, asking, ENTITY)
    await add_entity(hub, by_itself(Scope(tenant.id, Environment.LIVE)), ENTITY)
    admin = NewKey(name="first run", permissions=frozenset({Permission.ADMIN}))
    _, text = await issue_key(hub, asking, admin)
    return FirstRun(tenant.id, entity.id, text)


def at_the_desk(scope: Scope, reason: str = "") -> Asking:
    """Whoever has a shell on this machine and the hub's own settings."""
    who = Principal(id="cli", scope=scope, permissions=frozenset({Permission.ADMIN}))
    return Asking(who=who, reason=reason)
