"""A test of one endpoint: an event for it alone, sent as every other, and what came of it."""

from __future__ import annotations

from core.application.hub import Asking, Hub, write_audit
from core.application.webhooks.await_attempts import Seen, await_attempts
from core.domain.event import EventDraft
from core.domain.events.catalogue import CATALOGUE
from core.domain.events.catalogue.endpoints import PING
from core.domain.events.scenarios import alone, ping, play
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.tenancy import Environment, Permission, Scope
from core.domain.webhooks.partner import Endpoint, EndpointState
from ports.jobs import Bell
from ports.store import View

WAIT_S = 10.0
WAIT_MAX_S = 20.0


async def send_test(
    hub: Hub, asking: Asking, id: str, type: str = PING, *, wait_s: float = WAIT_S
) -> Seen:
    """One delivery to the endpoint, whatever types it asked for, due now and tried once.

    Waits up to *wait_s* for the attempt. A repeat is another test. Conflict: the endpoint is
    disabled, or the type is not for the live environment. Invalid: no event has that type.
    """
    asking.need(Permission.DELIVERIES_WRITE)
    if type not in CATALOGUE:
        raise Invalid(Fault("/type", "no event has this type"))
    if type != PING:
        need_test(asking.scope, f"only {PING} may be sent as a test in the live environment")
    by = hub.clock.monotonic() + wait_s
    async with hub.store.begin(asking.scope) as tx:
        endpoint = await open_endpoint(tx, asking, id)
        event = await tx.record(_asked(hub, type, endpoint), hub.clock.now(), only=endpoint)
        await write_audit(hub, tx, asking, "endpoint.tested", id, after={"event": event.id})
    await hub.jobs.ring(Bell.DELIVERIES)
    (seen,) = await await_attempts(hub, asking, event.id, by=by)
    return seen


def _asked(hub: Hub, type: str, endpoint: Endpoint) -> EventDraft:
    if type == PING:
        return ping(endpoint.id, endpoint.partner)
    (event,) = play(alone(type), hub.mint.id, hub.clock.now(), endpoint.partner)
    return event


def need_test(scope: Scope, why: str) -> None:
    """Conflict unless it is the test environment. why: what is not done in the other one."""
    if scope.environment is not Environment.TEST:
        raise Conflict("test_only", why)


async def open_endpoint(view: View, asking: Asking, id: str) -> Endpoint:
    """NotFound: there is none, or it is another partner's. Conflict: it is sent nothing."""
    endpoint = await view.endpoint(id)
    if endpoint is None or asking.who.partner not in (None, endpoint.partner):
        raise NotFound("endpoint", id)
    if endpoint.state is EndpointState.DISABLED:
        why = endpoint.disabled_reason or "by request"
        said = f"the endpoint is disabled ({why}) and is sent nothing, tests included; enable it"
        raise Conflict("endpoint_disabled", said)
    return endpoint
