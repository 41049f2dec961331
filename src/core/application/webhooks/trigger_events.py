"""Events on demand: a scenario, told to those who asked for such events as if it had happened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.application.webhooks.await_attempts import Seen, await_attempts
from core.application.webhooks.send_test import WAIT_S, need_test, open_endpoint
from core.domain.event import Event, EventDraft
from core.domain.events.catalogue import CATALOGUE
from core.domain.events.scenarios import SCENARIOS, Scenario, alone, play
from core.domain.problem import Fault, Forbidden, Invalid, NotFound
from core.domain.tenancy import Permission
from core.domain.webhooks.partner import EndpointState
from ports.jobs import Bell
from ports.store import Page, View


class Wish(msgspec.Struct, frozen=True):
    """One of scenario and type. endpoint: it alone is told. partner: whose booking it is."""

    scenario: str | None = None
    type: str | None = None
    endpoint: str | None = None
    partner: str | None = None


class Told(msgspec.Struct, frozen=True):
    """deliveries: those the caller may see; none: nobody had asked for such an event."""

    event: Event
    deliveries: Sequence[Seen]


class _Audience(msgspec.Struct, frozen=True):
    """partner: whose booking it is. among: the endpoint or partner that alone is told."""

    partner: str | None
    among: str | None


async def trigger_events(
    hub: Hub, asking: Asking, wish: Wish, *, wait_s: float = WAIT_S
) -> AsyncIterator[Told]:
    """Every event of a scenario, or one by itself, in the test environment, as it was told.

    They go to endpoints that asked for such types, with retries, as real ones do; a partner's
    own key reaches that partner's only. Each is told once the one before it was tried, so that
    a quick receiver gets them in order; when *wait_s* is over the rest follow at once.
    Conflict: this is the live environment, or the endpoint is disabled.
    """
    asking.need(Permission.DELIVERIES_WRITE)
    need_test(asking.scope, "events are made up in the test environment only")
    scenario = _scenario(wish)
    by = hub.clock.monotonic() + wait_s
    async with hub.store.read(asking.scope) as view:
        audience = await _audience(view, asking, wish)
    for draft in play(scenario, hub.mint.id, hub.clock.now(), audience.partner):
        event = await _record(hub, asking, draft, audience)
        yield Told(event, await await_attempts(hub, asking, event.id, by=by))


async def _record(hub: Hub, asking: Asking, draft: EventDraft, audience: _Audience) -> Event:
    async with hub.store.begin(asking.scope) as tx:
        event = await tx.record(draft, hub.clock.now(), among=audience.among)
        facts = {"type": event.type, "event": event.id}
        await write_audit(hub, tx, asking, "event.triggered", event.subject, after=facts)
    await hub.jobs.ring(Bell.DELIVERIES)
    return event


def _scenario(wish: Wish) -> Scenario:
    match wish:
        case Wish(scenario=str(name), type=None) if name in SCENARIOS:
            return SCENARIOS[name]
        case Wish(scenario=None, type=str(name)) if name in CATALOGUE:
            return alone(name)
        case Wish(scenario=str(), type=None):
            raise Invalid(Fault("/scenario", "there is no such scenario"))
        case Wish(scenario=None, type=str()):
            raise Invalid(Fault("/type", "no event has this type"))
    raise Invalid(Fault("", "names either a scenario or a type"))


async def _audience(view: View, asking: Asking, wish: Wish) -> _Audience:
    own = asking.who.partner
    if own is not None and wish.partner not in (None, own):
        raise Forbidden("forbidden", "a partner's key triggers events of that partner only")
    if wish.endpoint is not None:
        endpoint = await open_endpoint(view, asking, wish.endpoint)
        if wish.partner not in (None, endpoint.partner):
            raise Invalid(Fault("/endpoint", "belongs to another partner"))
        return _Audience(endpoint.partner, endpoint.id)
    if wish.partner is not None and await view.partner(wish.partner) is None:
        raise NotFound("partner", wish.partner)
    return _Audience(own or wish.partner or await _only_partner(view), own)


async def _only_partner(view: View) -> str | None:
    """Whose booking it is when nobody said: the only partner's that is told anything, or the
    agency's own."""
    endpoints = await view.endpoints(Page(limit=200), partner=None)
    told = {e.partner for e in endpoints if e.state is EndpointState.ACTIVE}
    return told.pop() if len(told) == 1 else None
