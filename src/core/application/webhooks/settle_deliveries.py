"""What attempts make of their deliveries: most of them in one write, whoever's they are."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from core.application.hub import Hub
from core.application.webhooks.attempt_delivery import Tried
from core.application.webhooks.settle_endpoints import Pair, settle_endpoints
from core.domain.tenancy import Scope
from core.domain.webhooks.delivery import DeliveryState, Fault, Outcome, Sent, judge
from core.domain.webhooks.retry import RetrySchedule
from ports.store import Away, Busy, Settlement

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
    unwell |= {s.claimed.to.id for s, _ in made if s.sent is not None and s.sent.is_charged}
    plain = [s for s, _ in made if _is_plain(s, unwell)]
    held = await hub.store.settle_deliveries(plain) if plain else set()
    rest: dict[Scope, list[Pair]] = defaultdict(list)
    for settlement, of in made:
        if not _is_plain(settlement, unwell):
            rest[settlement.claimed.to.scope].append((settlement, of))
    for scope, group in rest.items():
        held |= await settle_endpoints(hub, scope, group, unwell)
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
