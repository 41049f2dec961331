"""What attempts say of their endpoints: their pace, whether they want more, and who is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from core.application.hub import Hub, by_itself, write_audit
from core.application.webhooks.attempt_delivery import Tried
from core.domain.event import EventDraft
from core.domain.events.catalogue.endpoints import DELIVERY_EXHAUSTED, DeliveryPayload
from core.domain.events.endpoint_events import delivery_exhausted, endpoint_event
from core.domain.tenancy import Scope
from core.domain.webhooks import pace as pacing
from core.domain.webhooks.delivery import GONE, DeliveryState, Fault, Outcome, Sent
from core.domain.webhooks.pace import Pace, Result, Signal
from core.domain.webhooks.partner import GONE_REASON, EndpointState
from ports.jobs import Bell
from ports.store import ClaimedEndpoint, Settlement, Tx

Pair = tuple[Settlement, Tried]
_SET_ASIDE = Sent(None, Fault.OURS, elapsed_ms=0)  # says nothing of the endpoint


async def settle_endpoints(
    hub: Hub, scope: Scope, group: Sequence[Pair], unwell: set[str]
) -> set[str]:
    """Write *group*, all of *scope*, with what it makes of its endpoints: the deliveries that
    were still ours. To repeat it does no harm: each is fenced by its lease.

    unwell: endpoints that are at rest again are taken out. Away, Busy: try again.
    """
    drafts: list[EventDraft] = []
    group = await _less_moved(hub, scope, group)
    async with hub.store.begin(scope) as tx:
        held = await tx.settle([s for s, _ in group])
        by_endpoint: dict[str, list[Pair]] = defaultdict(list)
        for settlement, tried in group:
            if settlement.claimed.delivery in held:
                by_endpoint[settlement.claimed.to.id].append((settlement, tried))
        for _, its in sorted(by_endpoint.items()):  # in one order, so that nobody locks up
            drafts += await _keep_pace(hub, tx, its, unwell)
            drafts += _exhausted(s for s, _ in its)
        for draft in drafts:
            await tx.record(draft, hub.clock.now())
    if drafts:
        await hub.jobs.ring(Bell.DELIVERIES)
    return held


async def _less_moved(hub: Hub, scope: Scope, group: Sequence[Pair]) -> Sequence[Pair]:
    """Where an endpoint has moved meanwhile, 410 is the word of the place that it left: what
    went there was not sent at all, and goes to the new one."""
    gone = {s.claimed.to.id for s, t in group if _is_gone(t)}
    if not gone:
        return group
    async with hub.store.read(scope) as view:
        found = [await view.endpoint(id) for id in gone]
    at = {endpoint.id: endpoint.url for endpoint in found if endpoint is not None}
    again = Outcome(DeliveryState.DUE, 0.0, charged=False)
    return [
        (msgspec.structs.replace(s, outcome=again), msgspec.structs.replace(t, sent=_SET_ASIDE))
        if _is_gone(t) and at.get(s.claimed.to.id, s.claimed.to.url) != s.claimed.to.url
        else (s, t)
        for s, t in group
    ]


def _is_gone(tried: Tried) -> bool:
    return tried.sent is not None and tried.sent.status == GONE


async def _keep_pace(
    hub: Hub, tx: Tx, its: Sequence[Pair], unwell: set[str]
) -> Iterable[EventDraft]:
    to = its[0][0].claimed.to
    after, signals = await _paced(hub, tx, to, [t for _, t in its])
    if after.at_rest(to.in_flight_max):
        unwell.discard(to.id)
    why = [s.sent.error for s, _ in its if s.sent is not None and s.sent.is_charged]
    drafts = [await _tell(hub, tx, to, signal, after, why[-1:]) for signal in signals]
    if gone := [s for s, t in its if _is_gone(t)]:
        drafts += await _switch_off(hub, tx, gone[-1])
    return drafts


async def _paced(
    hub: Hub, tx: Tx, to: ClaimedEndpoint, its: Sequence[Tried]
) -> tuple[Pace, Sequence[Signal]]:
    before = await tx.pace(to.id) or pacing.fresh(to.id, hub.pacing, to.in_flight_max)
    its = await _of_this_place(tx, to, its)
    after, signals = pacing.after(
        before,
        [Result(t.sent, t.claimed.claimed_at) for t in its if t.sent is not None],
        now=max((t.at for t in its), default=hub.clock.now()),
        pacing=hub.pacing,
        in_flight_max=to.in_flight_max,
        chance=hub.mint.chance(),
    )
    if after != before:
        await tx.put_pace(after)
    return after, signals


async def _of_this_place(tx: Tx, to: ClaimedEndpoint, its: Sequence[Tried]) -> Sequence[Tried]:
    """Where there are failures, those of the address that it has now: what the place that it
    left answered says nothing of the new one."""
    if not any(t.sent is not None and t.sent.is_charged for t in its):
        return its
    endpoint = await tx.endpoint(to.id)
    if endpoint is None:
        return its
    return [t for t in its if t.claimed.to.url == endpoint.url]


async def _tell(
    hub: Hub, tx: Tx, to: ClaimedEndpoint, signal: Signal, pace: Pace, why: Sequence[str]
) -> EventDraft:
    reason = "" if signal is Signal.RECOVERED else "".join(why)
    draft = endpoint_event(f"endpoint.{signal}", to.id, to.partner, reason, pace)
    if signal is not Signal.FAILING:
        await write_audit(hub, tx, by_itself(to.scope), draft.type, to.id, after=draft.payload)
    return draft


async def _switch_off(hub: Hub, tx: Tx, s: Settlement) -> list[EventDraft]:
    """410 Gone: the receiver wants no more. What waits for it is kept."""
    endpoint = await tx.endpoint(s.claimed.to.id)
    if endpoint is None or endpoint.state is EndpointState.DISABLED:
        return []
    if endpoint.url != s.claimed.to.url:
        return []  # moved just now
    off = msgspec.structs.replace(
        endpoint, state=EndpointState.DISABLED, disabled_reason=GONE_REASON
    )
    await tx.put_endpoint(off)
    draft = endpoint_event("endpoint.disabled", off.id, off.partner, off.disabled_reason)
    asking = by_itself(s.claimed.to.scope)
    await write_audit(hub, tx, asking, draft.type, off.id, before=endpoint, after=off)
    return [draft]


def _exhausted(settlements: Iterable[Settlement]) -> Iterable[EventDraft]:
    """That such a message itself was not delivered is told to nobody: it would never end."""
    for s in settlements:
        over = s.outcome.state is DeliveryState.EXHAUSTED and not s.claimed.once
        if over and s.sent is not None and s.claimed.event_type != DELIVERY_EXHAUSTED:
            c = s.claimed
            payload = DeliveryPayload(
                c.delivery, c.event, c.event_type, c.to.id, c.attempts, s.sent.error
            )
            yield delivery_exhausted(payload, c.to.partner)
