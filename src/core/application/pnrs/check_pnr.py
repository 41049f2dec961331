"""Look at a PNR when that falls due: what became of its tickets, and whether its limit is near."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from core.application.hub import Hub, by_itself
from core.application.pnrs.settle_pnr import gds_of, settle_pnr, stored_pnr
from core.domain.bookings.kept_pnr import (
    IN_FLIGHT,
    KeptPnr,
    is_done,
    needs_operator,
    reading,
    warned,
)
from core.domain.bookings.pnr import Pnr
from core.domain.submission import CHECKS_BEFORE_PERSON, asked
from core.domain.tenancy import Scope
from ports.errors import VendorError

AGAIN = timedelta(minutes=2)


async def check_pnr(hub: Hub, scope: Scope, id: str) -> KeptPnr:
    """One question to the GDS, and what follows from its answer. Nothing is ever sent again.

    A wish whose answer was lost is granted when it is seen to be, and nothing else: after some
    questions in vain a person is called.
    """
    kept = await stored_pnr(hub, by_itself(scope), id)
    now = hub.clock.now()
    if kept.check_at is None or now < kept.check_at:
        return kept
    try:
        told = await (await gds_of(hub, scope, kept)).retrieve(kept.locator)
    except VendorError as e:
        return await _unseen(hub, scope, kept, None, f"the GDS could not be asked: {e}")
    if kept.state in IN_FLIGHT and not is_done(kept, told):
        return await _unseen(hub, scope, kept, told, "the GDS does not show that it was done")

    def decide(current: KeptPnr) -> tuple[KeptPnr, bool]:
        return _warned(reading(current, told, hub.clock.now()), hub)

    return await settle_pnr(hub, by_itself(scope), kept, "pnr.reconciled", decide)


async def _unseen(hub: Hub, scope: Scope, kept: KeptPnr, told: Pnr | None, why: str) -> KeptPnr:
    """told: what was seen, which does not prove it; None: nothing was."""

    def decide(current: KeptPnr) -> tuple[KeptPnr, bool]:
        now = hub.clock.now()
        seen = current if told is None else reading(current, told, now)
        if seen.state not in IN_FLIGHT:  # only a reading or a warning was due
            later, due = _warned(seen, hub)
            return msgspec.structs.replace(later, not_before=now + AGAIN), due
        next_ = asked(seen.submission, now) if seen.submission else None
        if next_ is None or (told is not None and next_.checks > CHECKS_BEFORE_PERSON):
            return needs_operator(seen, why, now), False
        return msgspec.structs.replace(seen, submission=next_), False

    return await settle_pnr(hub, by_itself(scope), kept, "pnr.reconciled", decide)


def _warned(kept: KeptPnr, hub: Hub) -> tuple[KeptPnr, bool]:
    """A warning that falls due is told, also when the GDS could not be asked."""
    due = kept.next_warning
    return warned(kept, hub.clock.now()) if due and due <= hub.clock.now() else (kept, False)
