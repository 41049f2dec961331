"""The end: nothing was lost, nothing was changed."""

from __future__ import annotations

from collections import defaultdict

from core.domain.event import matches
from entrypoints.demo.connecting import PARTNER_TYPES
from entrypoints.demo.stage import Stage

TOLD = {
    "booking": ["booking.confirmed", "booking.cancelled"],
    "payment": ["payment.opened", "payment.succeeded"],
    "refund": ["refund.succeeded"],
    "flight": ["booking.confirmed"],
    "pnr": ["pnr.created", "pnr.ticketing_due", "ticket.issued", "pnr.schedule_changed"],
    "tour": ["booking.confirmed", "voucher.issued"],
    "agreement": [
        "agreement.sent",
        "agreement.progressed",
        "agreement.signed",
        "agreement.kept",
    ],
}


def feed(stage: Stage) -> None:
    """The feed holds every event in order, and the partner has all that it asked for"""
    page = stage.call("GET", "/v1/events?limit=200").json()
    stage.verify("one page holds them all", page["has_more"], False)
    by_subject = defaultdict(list)
    for event in page["data"]:
        by_subject[event["subject"]].append(event)
    for kind, types in TOLD.items():
        subject = getattr(stage.facts, kind)["id"]
        told = [e["type"] for e in by_subject[subject]]
        stage.verify(f"{kind}: {', '.join(types)}", told, types)
        numbers = [e["sequence"] for e in by_subject[subject]]
        stage.verify("  numbered without a gap", numbers, list(range(1, len(types) + 1)))
    ids = {e["id"] for e in page["data"] if matches(PARTNER_TYPES, e["type"])}
    stage.partner_gets_all(ids)
    has = stage.partner_has()
    stage.verify("every one reached the partner", {r["webhook_id"] for r in has["received"]}, ids)
    stage.verify("and none with a signature that did not hold", has["rejected"], 0)


def deliveries(stage: Stage) -> None:
    """Every delivery is accounted for"""
    stage.settled()
    rows = stage.call("GET", "/v1/deliveries?limit=200").json()["data"]
    states = {row["state"] for row in rows}
    stage.verify(f"all {len(rows)} deliveries succeeded", states, {"succeeded"})


def audit(stage: Stage) -> None:
    """The audit trail is whole"""
    told = stage.call("GET", "/v1/audit/verify").json()
    stage.verify(f"the hash chain of {told['held']} entries holds", told["whole"])
    rows = stage.call("GET", f"/v1/audit?subject={stage.facts.booking['id']}").json()["data"]
    reasons = [row["reason"] for row in rows if row["action"] == "booking.cancelling"]
    stage.verify("it tells why the booking was cancelled", reasons, ["the guest's plans changed"])
