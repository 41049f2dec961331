"""Chapter four: the guest cancels, the supplier keeps its fee, the rest goes back."""

from __future__ import annotations

from core.domain.money import Money
from entrypoints.demo.booking import one_at_the_supplier
from entrypoints.demo.paying import one_at_the_gateway
from entrypoints.demo.stage import Stage, money


def ask_fee(stage: Stage) -> None:
    """The guest wants to cancel: what would it cost now?"""
    id = stage.facts.booking["id"]
    told = stage.call("GET", f"/v1/bookings/{id}/cancellation-fee").json()
    stage.facts.fee = told["fee"]
    stage.say(f"the supplier would keep {money(told['fee'])}", "bold")
    stage.verify("it is neither nothing nor all", _part(stage))
    state = stage.call("GET", f"/v1/bookings/{id}").json()["state"]
    stage.verify("asking cancelled nothing", state, "confirmed")


def _part(stage: Stage) -> bool:
    net = money(stage.facts.booking["sale"]["price"]["net"])
    return Money(0, net.currency) < money(stage.facts.fee) < net


def cancel(stage: Stage) -> None:
    """The platform cancels; the supplier keeps the fee it named"""
    id = stage.facts.booking["id"]
    body = {"reason": "the guest's plans changed"}
    booking = stage.call("POST", f"/v1/bookings/{id}/cancel", body).json()
    stage.facts.booking = booking
    stage.verify("it is cancelled", booking["state"], "cancelled")
    stage.verify("for the fee that was named", booking["cancelled"]["fee"], stage.facts.fee)
    held, charged = one_at_the_supplier(stage)
    stage.verify("the supplier says so too", held["status"], "CANCELLED")
    stage.verify(f"and charges {charged}", charged, money(stage.facts.fee))


def hear_of_cancellation(stage: Stage) -> None:
    """booking.cancelled reaches the partner"""
    heard = stage.partner_hears("booking.cancelled", stage.facts.booking["id"])
    stage.verify("with the fee", heard["body"]["data"]["fee"], stage.facts.fee)
    stage.verify("as the booking's second event", heard["body"]["sequence"], 2)


def refund(stage: Stage) -> None:
    """The platform gives back what is due: what was paid, less the fee"""
    payment = stage.facts.payment
    due = money(payment["amount"]) - money(stage.facts.fee)
    made = stage.call(
        "POST", f"/v1/payments/{payment['id']}/refunds", {"reason": "cancelled"}, expect=201
    ).json()
    stage.facts.refund = made
    paid, fee = money(payment["amount"]), money(stage.facts.fee)
    stage.verify(f"{paid} paid − {fee} fee = {due} back", money(made["amount"]), due)
    again = f"/v1/payments/{payment['id']}/refunds"
    stage.call("POST", again, expect=409, note="once more: nothing is due")


def hear_of_refund(stage: Stage) -> None:
    """refund.succeeded reaches the partner"""
    made = stage.facts.refund
    heard = stage.partner_hears("refund.succeeded", made["id"])
    stage.verify("with the amount", heard["body"]["data"]["amount"], made["amount"])
    state = one_at_the_gateway(stage)
    back = [r for r in state["refunds"] if made["id"] in r["metadata"].values()]
    stage.verify("the gateway has exactly one refund under our reference", len(back), 1)
    amount = Money(back[0]["amount"], back[0]["currency"].upper())
    stage.verify(f"of {amount}", amount, money(made["amount"]))
