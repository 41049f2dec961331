"""Work that nobody takes up: the loops of a hub may run in another process, which may not run."""

from __future__ import annotations

from collections.abc import Mapping

from core.application.hub import Hub
from entrypoints.cli.doctor.finding import Finding, wrong
from entrypoints.cli.moments import lasting
from entrypoints.settings import Settings
from ports.jobs import Bell
from ports.store import PastDue

LATE_S = 30.0  # longer than any loop sleeps, and than a process takes to start
BEHIND_S = 600.0  # what waits while others of its kind are worked on is a backlog, and no news

WORK = {
    Bell.DELIVERIES: "webhooks to send",
    Bell.BOOKINGS: "bookings to ask about",
    Bell.PAYMENTS: "payments to ask about",
    Bell.REFUNDS: "refunds to ask about",
    Bell.PLANS: "payment plans to remind of",
    Bell.AGREEMENTS: "agreements to ask about",
    Bell.INBOX: "messages of vendors to read",
    Bell.RECOVERIES: "recoveries to go on with",
    Bell.HOLDS: "holds to let go",
    Bell.ALLOTMENTS: "allotments to release",
    Bell.PNRS: "PNRs to look at",
    Bell.QUEUES: "queues of a GDS to read",
    Bell.VOUCHERS: "vouchers to fetch",
    Bell.FILINGS: "filings to remind of",
    Bell.IMPORTS: "imports to go on with",
    Bell.CHANNELS: "channels to tell",
    Bell.PULLS: "channels to ask for reservations",
    Bell.ACKNOWLEDGEMENTS: "reservations to acknowledge",
    Bell.WATCHES: "channels to read back",
}


async def worker_findings(hub: Hub, settings: Settings) -> list[Finding]:
    """Of all tenants at once: a worker works for all of them."""
    return judged(await hub.store.past_due(), _who(settings))


def judged(waiting: Mapping[Bell, PastDue], who: str) -> list[Finding]:
    """who: the command whose process does the work."""
    late = {bell: one for bell, one in waiting.items() if one.oldest_s > LATE_S}
    left = {bell: one for bell, one in late.items() if not one.in_hand}
    behind = {b: one for b, one in late.items() if one.in_hand and one.oldest_s > BEHIND_S}
    found = []
    if left:
        remedy = f"Does {who} run? Start it; if it does run, its log says what keeps it."
        found.append(wrong("workers", f"Nobody takes up {_named(left)}.", remedy))
    if behind:
        remedy = f"It is worked on, too slowly: see the log of {who}, and start more of it."
        found.append(wrong("workers", f"There is a backlog of {_named(behind)}.", remedy))
    return found or [Finding("workers", "nothing is past due")]


def _named(late: Mapping[Bell, PastDue]) -> str:
    by_age = sorted(late.items(), key=lambda item: -item[1].oldest_s)
    return ", ".join(f"{WORK[bell]} (due for {lasting(one.oldest_s)})" for bell, one in by_age)


def _who(settings: Settings) -> str:
    if settings.embedded:
        return "serai serve"
    if settings.redis_url is None:
        return "serai serve or serai worker"
    return "serai worker (or serai serve --with-worker)"
