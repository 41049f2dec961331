"""Chapter three: the customer pays at the gateway's page."""

from __future__ import annotations

from typing import Any

from core.domain.money import Money
from entrypoints.demo.stage import Stage, money


def ask_for_payment(stage: Stage) -> None:
    """The platform asks for a payment link"""
    body = {
        "booking": stage.facts.booking["id"],
        "connection": stage.facts.stripe,
        "return_url": f"{stage.house.receiver_url}/thanks",
    }
    payment = stage.call("POST", "/v1/payments", body, expect=201).json()
    stage.facts.payment = payment
    stage.say(payment["url"], "bold")
    stage.verify("it is open", payment["state"], "open")
    sell = stage.facts.booking["sale"]["price"]["sell"]
    stage.verify(f"it asks for {money(sell)}, all that is owed", payment["amount"], sell)
    stage.call("POST", "/v1/payments", body, expect=409, note="a second link for the same money")


def pay(stage: Stage) -> None:
    """The customer opens the link and pays; Stripe tells the hub by a signed webhook"""
    payment = stage.facts.payment
    shown = stage.browse("GET", payment["url"])
    stage.verify("the gateway's page is there", shown.status_code, 200)
    paid = stage.browse("POST", payment["url"], how="pay")
    stage.verify("the customer lands back at the platform", paid.status_code, 303)


def hear_of_payment(stage: Stage) -> None:
    """payment.succeeded reaches the partner"""
    payment = stage.facts.payment
    heard = stage.partner_hears("payment.succeeded", payment["id"])
    stage.verify("the amount is right", heard["body"]["data"]["amount"], payment["amount"])
    now = stage.call("GET", f"/v1/payments/{payment['id']}").json()
    stage.facts.payment = now
    stage.verify("read back, it succeeded", now["state"], "succeeded")
    one_at_the_gateway(stage)
    unsigned = {"id": "evt_forged", "object": "event", "type": "checkout.session.completed"}
    stage.call("POST", f"/in/{stage.facts.stripe}", unsigned, expect=400, note="a forged webhook")


def one_at_the_gateway(stage: Stage) -> Any:
    """Past the hub: the gateway took the money exactly once."""
    payment = stage.facts.payment
    state = stage.vendor("GET", "/stripe/_control/state")
    sessions = [s for s in state["sessions"] if s["client_reference_id"] == payment["id"]]
    stage.verify("the gateway has exactly one checkout under our reference", len(sessions), 1)
    taken = [i for i in state["payment_intents"] if i["status"] == "succeeded"]
    stage.verify("and took exactly one charge", len(taken), 1)
    amount = Money(taken[0]["amount_received"], taken[0]["currency"].upper())
    stage.verify(f"of {amount}", amount, money(payment["amount"]))
    return state
