"""What attempts make of their deliveries, and of the pace of their endpoints, in one write."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from core.application.attempt_delivery import Tried
from core.application.hub import Hub, by_itself, write_audit
from core.domain import pace as pacing
from core.domain.catalogue import (
    DELIVERY_EXHAUSTED,
    DeliveryPayload,
    delivery_exhausted,
    endpoint_event,
)
from core.domain.delivery import GONE, DeliveryState, Fault, Outcome, Sent, judge
from core.domain.event import EventDraft
from core.domain.pace import Pace, Result, Signal
from core.domain.partner import EndpointState
from core.domain.retry import RetrySchedule
from core.domain.tenancy import Scope
from ports.jobs import Bell
from ports.store import Away, Busy, ClaimedEndpoint, Settlement, Tx

log = logging.getLogger(__name__)
ONCE = RetrySchedule(delays_s=())


async def settle_deliveries(
    hub: Hub, tried: Sequence[Tried], unwell: set[str] | None = None
) -> None:
    """Write what became of *tried*. To repeat it does no harm: each is fenced by its lease.

    What cannot be written holds up nothing else. unwell: the endpoints that the caller last saw
    fail, kept here. Away, Busy: the same may be tried again.
    """
    unwell = set() if unwell is None else unwell
    try:
        await _settle(hub, tried, unwell)
    except (Away, Busy):
        raise
    except Exception:  # the boundary: one bad delivery must not hold up the rest
        log.exception("deliveries.settling-failed")
        for one in tried:
            await _settle_alone(hub, one, unwell)


async def _settle_alone(hub: Hub, tried: Tried, unwell: set[str]) -> None:
    """As it is, or else without a word of the answer, and with nobody told; where even that
    fails its lease ends by itself."""
    try:
        await _settle(hub, [tried], unwell)
    except (Away, Busy):
        raise
    except Exception:
        log.exception("delivery.settling-failed", extra={"delivery": tried.claimed.delivery})
    else:
        return
    try:
        await hub.store.settle_deliveries([_bare(_settlement(hub, tried))])
    except (Away, Busy):
        raise
    except Exception:
        log.exception("delivery.not-settled", extra={"delivery": tried.claimed.delivery})


def _bare(s: Settlement) -> Settlement:
    if s.sent is None:
        return s
    bare = Sent(s.sent.status, s.sent.fault, s.sent.elapsed_ms, error="not recorded")
    return msgspec.structs.replace(s, sent=bare)


async def _settle(hub: Hub, tried: Sequence[Tried], unwell: set[str]) -> None:
    """Most change nothing but themselves and go in one statement, whoever's they are. Those that
    change their endpoint's pace, or are told of, take a transaction of their tenant's.
    """
    made = [(_settlement(hub, t), t) for t in tried]
    unwell |= {s.claimed.to.id for s, _ in made if _is_charged(s)}
    plain = [s for s, _ in made if _is_plain(s, unwell)]
    held = await hub.store.settle_deliveries(plain) if plain else set()
    rest: dict[Scope, list[tuple[Settlement, Tried]]] = defaultdict(list)
    for settlement, of in made:
        if not _is_plain(settlement, unwell):
            rest[settlement.claimed.to.scope].append((settlement, of))
    for scope, group in rest.items():
        held |= await _settle_telling(hub, scope, group, unwell)
    hub.meter.lost(len(made) - len(held))
    for settlement, _ in made:
        if settlement.claimed.delivery in held:
            hub.meter.settled(settlement.outcome.state)


def _settlement(hub: Hub, tried: Tried) -> Settlement:
    if tried.sent is None:
        assert tried.spared is not None
        return Settlement(tried.claimed, Outcome(tried.spared, charged=False))
    return Settlement(tried.claimed, _outcome(hub, tried), hub.mint.id("att"), tried.sent)


def _outcome(hub: Hub, tried: Tried) -> Outcome:
    claimed, sent = tried.claimed, tried.sent
    assert sent is not None
    valid = claimed.valid_until
    outcome = judge(
        sent,
        failures=claimed.failures + 1,
        age_s=(tried.at - claimed.created_at).total_seconds(),
        schedule=ONCE if claimed.once else claimed.to.schedule or hub.schedule,
        chance=hub.mint.chance(),
        valid_s=None if valid is None else (valid - tried.at).total_seconds(),
        uncharged=claimed.attempts - claimed.failures,
    )
    if claimed.once and outcome.wait_s is not None:  # our own fault: it is not tried again either
        return Outcome(DeliveryState.EXHAUSTED, charged=outcome.charged)
    return outcome


def _is_charged(s: Settlement) -> bool:
    return s.sent is not None and s.sent.fault not in (Fault.NONE, Fault.OURS)


def _is_plain(s: Settlement, unwell: set[str]) -> bool:
    """It says nothing new of its endpoint, and nobody is told.

    A success does say something where others failed since it was claimed: they were not all.
    """
    if s.sent is None:
        return True
    if s.outcome.state is DeliveryState.EXHAUSTED:
        return False
    to = s.claimed.to
    rests = to.id not in unwell and s.claimed.pace.at_rest(to.in_flight_max)
    return s.sent.fault is Fault.OURS or (s.sent.fault is Fault.NONE and rests)


async def _settle_telling(
    hub: Hub, scope: Scope, group: Sequence[tuple[Settlement, Tried]], unwell: set[str]
) -> set[str]:
    drafts: list[EventDraft] = []
    group = await _less_moved(hub, scope, group)
    async with hub.store.begin(scope) as tx:
        held = await tx.settle([s for s, _ in group])
        by_endpoint: dict[str, list[tuple[Settlement, Tried]]] = defaultdict(list)
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


async def _less_moved(
    hub: Hub, scope: Scope, group: Sequence[tuple[Settlement, Tried]]
) -> Sequence[tuple[Settlement, Tried]]:
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


_SET_ASIDE = Sent(None, Fault.OURS, elapsed_ms=0)  # says nothing of the endpoint


def _is_gone(tried: Tried) -> bool:
    return tried.sent is not None and tried.sent.status == GONE


async def _keep_pace(
    hub: Hub, tx: Tx, its: Sequence[tuple[Settlement, Tried]], unwell: set[str]
) -> Iterable[EventDraft]:
    to = its[0][0].claimed.to
    before = await tx.pace(to.id) or pacing.fresh(to.id, hub.pacing, to.in_flight_max)
    after, signals = pacing.after(
        before,
        [Result(t.sent, t.claimed.claimed_at) for _, t in its if t.sent is not None],
        now=max(t.at for _, t in its),
        pacing=hub.pacing,
        most=to.in_flight_max,
        chance=hub.mint.chance(),
    )
    if after != before:
        await tx.put_pace(after)
    if after.at_rest(to.in_flight_max):
        unwell.discard(to.id)
    why = [s.sent.error for s, _ in its if s.sent is not None and _is_charged(s)]
    drafts = [await _tell(hub, tx, to, signal, after, why[-1:]) for signal in signals]
    if gone := [s for s, t in its if _is_gone(t)]:
        drafts += await _switch_off(hub, tx, gone[-1])
    return drafts


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
        endpoint, state=EndpointState.DISABLED, disabled_reason="410 Gone"
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
