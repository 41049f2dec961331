"""Endpoints, where a partner is told: their addresses, event types and signing secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from core.application.hub import Asking, Hub, write_audit, write_intent
from core.application.webhooks.rotate_signing_key import need_signing_key, too_many
from core.domain.event import is_pattern, matches
from core.domain.events.catalogue import CATALOGUE
from core.domain.problem import Fault, Forbidden, Invalid, NotFound
from core.domain.secret import Secret
from core.domain.tenancy import Permission
from core.domain.webhooks.pace import Pace, fresh
from core.domain.webhooks.partner import (
    IN_FLIGHT_MAX,
    SKIP_AFTER_S,
    Endpoint,
    EndpointState,
    Signatures,
    SigningSecret,
)
from core.domain.webhooks.retry import RetrySchedule
from core.domain.webhooks.signature import TooManySign, secret_from
from ports.jobs import Bell
from ports.store import Page, View


class NewEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """partner: left out by a partner's own key. The rest is as in Endpoint."""

    url: str
    types: tuple[str, ...]
    partner: str | None = None
    description: str = ""
    signatures: Signatures = Signatures.V1
    schedule: RetrySchedule | None = None
    ordered: bool = False
    skip_after_s: int = SKIP_AFTER_S
    in_flight_max: int = IN_FLIGHT_MAX


async def add_endpoint(hub: Hub, asking: Asking, new: NewEndpoint) -> Endpoint:
    """The endpoint; its signing secret is shown to the caller this once. A repeat adds another.

    Invalid: an address we would never send to, or a type no event has. NotFound: the partner.
    """
    asking.need(Permission.ENDPOINTS_WRITE)
    partner = _own(asking, new.partner)
    _check(hub, new.url, new.types)
    endpoint = _made(hub, new, partner)
    async with hub.store.begin(asking.scope) as tx:
        if await tx.partner(partner) is None:
            raise NotFound("partner", partner)
        if endpoint.takes_v1a:
            await need_signing_key(hub, tx, asking)
        await tx.put_endpoint(endpoint)
        await write_audit(hub, tx, asking, "endpoint.added", endpoint.id, after=endpoint)
    return endpoint


def _made(hub: Hub, new: NewEndpoint, partner: str) -> Endpoint:
    return Endpoint(
        id=hub.mint.id("end"),
        partner=partner,
        url=new.url,
        types=new.types,
        created_at=hub.clock.now(),
        secrets=(SigningSecret(Secret(secret_from(hub.mint.entropy(32)))),),
        description=new.description,
        signatures=new.signatures,
        schedule=new.schedule,
        ordered=new.ordered,
        skip_after_s=new.skip_after_s,
        in_flight_max=new.in_flight_max,
    )


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
    """UNSET leaves a thing as it is. schedule None: as its tenant's."""

    url: str | UnsetType = UNSET
    types: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    state: EndpointState | UnsetType = UNSET
    signatures: Signatures | UnsetType = UNSET
    schedule: RetrySchedule | UnsetType | None = UNSET
    ordered: bool | UnsetType = UNSET
    skip_after_s: int | UnsetType = UNSET
    in_flight_max: int | UnsetType = UNSET


async def change_endpoint(hub: Hub, asking: Asking, id: str, change: EndpointChange) -> Endpoint:
    """What waits for a disabled endpoint is kept, and goes out when it is active again.

    One that is switched on, or moved, is served as a new one: its failures are forgotten.
    """
    asking.need(Permission.ENDPOINTS_WRITE)
    url = None if change.url is UNSET else change.url
    _check(hub, url, None if change.types is UNSET else change.types)
    async with hub.store.begin(asking.scope) as tx:
        before = await _visible(tx, asking, id)
        after = _changed(before, change, asking.reason)
        if after.takes_v1a and not before.takes_v1a:
            await need_signing_key(hub, tx, asking)
        await tx.put_endpoint(after)
        switched_on = before.state is not after.state is EndpointState.ACTIVE
        if switched_on or before.url != after.url:
            await tx.put_pace(fresh(id, hub.pacing, after.in_flight_max))
        await write_audit(hub, tx, asking, "endpoint.changed", id, before=before, after=after)
    await hub.jobs.ring(Bell.DELIVERIES)
    return after


def _changed(before: Endpoint, change: EndpointChange, reason: str) -> Endpoint:
    wanted = {f: v for f, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    if change.state is EndpointState.DISABLED:
        wanted["disabled_reason"] = reason or "by request"
    elif change.state is EndpointState.ACTIVE:
        wanted["disabled_reason"] = ""
    return msgspec.structs.replace(before, **wanted)


async def rotate_endpoint_secret(
    hub: Hub, asking: Asking, id: str, *, done: bool = False
) -> Endpoint:
    """A new signing secret; those before it still sign beside it, each for 24 hours.

    done: the same request did it before it died; the endpoint is given as it is.
    Conflict: as many secrets sign as a header may hold.
    """
    asking.need(Permission.ENDPOINTS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before = await _visible(tx, asking, id)
        if done:
            return before
        after = before.rotated(Secret(secret_from(hub.mint.entropy(32))), hub.clock.now())
        if isinstance(after, TooManySign):
            raise too_many(after)
        await tx.put_endpoint(after)
        await write_intent(hub, tx, asking, "endpoint.secret_rotated", id, after=None)
    return after


async def read_endpoint(hub: Hub, asking: Asking, id: str) -> Endpoint:
    asking.need(Permission.ENDPOINTS_READ)
    async with hub.store.read(asking.scope) as view:
        return await _visible(view, asking, id)


async def paces_of(hub: Hub, asking: Asking, endpoints: Sequence[Endpoint]) -> Mapping[str, Pace]:
    """How each of *endpoints*, which may be seen, is served just now, by its id."""
    async with hub.store.read(asking.scope) as view:
        return await view.paces(e.id for e in endpoints)


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
