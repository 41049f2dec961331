"""Endpoints, where a partner is told: their addresses, event types and signing secrets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.domain.catalogue import CATALOGUE
from core.domain.event import is_pattern, matches
from core.domain.partner import Endpoint, EndpointState, SigningSecret
from core.domain.problem import Fault, Forbidden, Invalid, NotFound
from core.domain.secret import Secret
from core.domain.signature import secret_from
from core.domain.tenancy import Permission
from ports.store import Page, View

ROTATION_OVERLAP = timedelta(hours=24)


class NewEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """partner: left out by a partner's own key. types: event types or patterns."""

    url: str
    types: tuple[str, ...]
    partner: str | None = None
    description: str = ""


async def add_endpoint(hub: Hub, asking: Asking, new: NewEndpoint) -> Endpoint:
    """The endpoint; its signing secret is shown to the caller this once.

    Invalid: an address we would never send to, or a type no event has.
    """
    asking.need(Permission.ENDPOINTS_WRITE)
    partner = _own(asking, new.partner)
    _check(hub, new.url, new.types)
    endpoint = Endpoint(
        id=hub.mint.id("end"),
        partner=partner,
        url=new.url,
        types=new.types,
        created_at=hub.clock.now(),
        secrets=(SigningSecret(Secret(secret_from(hub.mint.entropy(32)))),),
        description=new.description,
    )
    async with hub.store.begin(asking.scope) as tx:
        if await tx.partner(partner) is None:
            raise NotFound("partner", partner)
        await tx.put_endpoint(endpoint)
        await write_audit(hub, tx, asking, "endpoint.added", endpoint.id, after=endpoint)
    return endpoint


def _own(asking: Asking, named: str | None) -> str:
    own = asking.who.partner
    if own is not None and named not in (None, own):
        raise Forbidden("forbidden", "a partner's key adds endpoints of that partner only")
    if own is None and named is None:
        raise Invalid(Fault("/partner", "is required"))
    return own or named or ""


def _check(hub: Hub, url: str | None, types: tuple[str, ...] | None) -> None:
    faults = []
    if url is not None and (why := hub.sender.refusal(url)):
        faults.append(Fault("/url", why))
    if types is not None and not types:
        faults.append(Fault("/types", "name at least one event type or pattern"))
    for place, pattern in enumerate(types or ()):
        if not is_pattern(pattern) or not any(matches((pattern,), t) for t in CATALOGUE):
            faults.append(Fault(f"/types/{place}", "no event has this type"))
    if faults:
        raise Invalid(*faults)


class EndpointChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None leaves a thing as it is."""

    url: str | None = None
    types: tuple[str, ...] | None = None
    description: str | None = None
    state: EndpointState | None = None


async def change_endpoint(hub: Hub, asking: Asking, id: str, change: EndpointChange) -> Endpoint:
    """What waits for a disabled endpoint is kept, and goes out when it is active again."""
    asking.need(Permission.ENDPOINTS_WRITE)
    _check(hub, change.url, change.types)
    async with hub.store.begin(asking.scope) as tx:
        before = await _visible(tx, asking, id)
        wanted = {f: v for f, v in msgspec.structs.asdict(change).items() if v is not None}
        if change.state is EndpointState.DISABLED:
            wanted["disabled_reason"] = asking.reason or "by request"
        elif change.state is EndpointState.ACTIVE:
            wanted["disabled_reason"] = ""
        after = msgspec.structs.replace(before, **wanted)
        await tx.put_endpoint(after)
        await write_audit(hub, tx, asking, "endpoint.changed", id, before=before, after=after)
    return after


async def rotate_endpoint_secret(hub: Hub, asking: Asking, id: str) -> Endpoint:
    """A new signing secret; those before it still sign beside it, each for 24 hours."""
    asking.need(Permission.ENDPOINTS_WRITE)
    fresh = SigningSecret(Secret(secret_from(hub.mint.entropy(32))))
    now = hub.clock.now()
    async with hub.store.begin(asking.scope) as tx:
        before = await _visible(tx, asking, id)
        current, *older = before.secrets
        old = SigningSecret(current.value, expires_at=now + ROTATION_OVERLAP)
        alive = (s for s in older if s.expires_at is not None and now < s.expires_at)
        after = msgspec.structs.replace(before, secrets=(fresh, old, *alive))
        await tx.put_endpoint(after)
        await write_audit(hub, tx, asking, "endpoint.secret_rotated", id)
    return after


async def read_endpoint(hub: Hub, asking: Asking, id: str) -> Endpoint:
    asking.need(Permission.ENDPOINTS_READ)
    async with hub.store.read(asking.scope) as view:
        return await _visible(view, asking, id)


async def list_endpoints(hub: Hub, asking: Asking, page: Page) -> Sequence[Endpoint]:
    """A partner's key sees that partner's; the tenant's sees all."""
    asking.need(Permission.ENDPOINTS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.endpoints(page, partner=asking.who.partner)


async def _visible(view: View, asking: Asking, id: str) -> Endpoint:
    endpoint = await view.endpoint(id)
    if endpoint is None or asking.who.partner not in (None, endpoint.partner):
        raise NotFound("endpoint", id)
    return endpoint
