"""The umrah package is paid in parts: a deposit and an instalment, in rupiah, by Midtrans."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.money import Money
from entrypoints.demo.stage import Stage, money
from entrypoints.sandbox import STALLS

MIDTRANS = next(stall for stall in STALLS if stall.adapter == "midtrans")
DEPOSIT, PART = Money.of("5000000", "IDR"), Money.of("15000000", "IDR")


def connect_midtrans(stage: Stage) -> None:
    """The operator connects Midtrans; each checkout asks it to notify the hub itself"""
    config = {**MIDTRANS.config, "base_url": stage.house.sandbox_url + MIDTRANS.path}
    body = {
        "adapter": "midtrans",
        "name": "Midtrans",
        "entity": stage.house.entity,
        "config": config,
    }
    made = stage.call("POST", "/v1/connections", body, expect=201).json()
    stage.facts.midtrans = made["id"]
    stage.vendor("PUT", "/midtrans/_control/webhook", {"url": made["inbound_url"]})
    tested = stage.call("POST", f"/v1/connections/{made['id']}/test").json()
    stage.verify("the connection test says verified", tested["verdict"], "verified")


def plan_payments(stage: Stage) -> None:
    """A package of Rp 35 million is to be paid in three parts"""
    today = datetime.now(UTC).date()
    body: dict[str, Any] = {
        "entity": stage.house.entity,
        "price": _wire(Money.of("35000000", "IDR")),
        "reference": "PKT-001",
        "partner": stage.facts.partner,
        "instalments": [
            _part(DEPOSIT, today + timedelta(days=3), "deposit"),
            _part(PART, today + timedelta(days=20)),
            _part(PART, today + timedelta(days=40)),
        ],
        "fees": [{"from_on": f"{today}", "fee": _wire(Money.of("2500000", "IDR"))}],
    }
    short = {**body, "instalments": body["instalments"][:2]}
    refused = stage.call("POST", "/v1/payment-plans", short, expect=422).json()
    stage.say(refused["errors"][0]["message"], "dim")
    plan = stage.call("POST", "/v1/payment-plans", body, expect=201).json()
    stage.facts.plan = plan
    states = [i["state"] for i in plan["instalments"]]
    stage.verify("nothing is due yet", states, ["upcoming"] * 3)


def pay_deposit(stage: Stage) -> None:
    """The deposit is paid at Midtrans' page, into a virtual account"""
    _pay(stage, DEPOSIT, "bank_transfer")


def pay_instalment(stage: Stage) -> None:
    """The first instalment is paid too; asked for without an amount, it is the next one"""
    _pay(stage, PART, "credit_card")


def _pay(stage: Stage, amount: Money, how: str) -> None:
    """Midtrans' notification proves nothing: the hub asks it, and only then it is paid."""
    path = f"/v1/payment-plans/{stage.facts.plan['id']}/payments"
    body = {
        "connection": stage.facts.midtrans,
        "return_url": f"{stage.house.receiver_url}/thanks",
    }
    payment = stage.call("POST", path, body, expect=201).json()
    stage.verify(f"the link asks for {amount}", money(payment["amount"]), amount)
    stage.browse("POST", payment["url"], how=how)
    heard = stage.partner_hears("payment.succeeded", payment["id"])
    stage.verify("the amount is right", money(heard["body"]["data"]["amount"]), amount)
    at_midtrans = stage.vendor("GET", "/midtrans/_control/state")["transactions"]
    ours = [t for t in at_midtrans if t["order_id"] == payment["id"]]
    gross = [t["gross_amount"] for t in ours]
    stage.verify("Midtrans took it once, in whole rupiah", gross, [f"{amount.minor // 100}.00"])


def see_plan(stage: Stage) -> None:
    """The plan says what is paid and what is open"""
    plan = stage.call("GET", f"/v1/payment-plans/{stage.facts.plan['id']}").json()
    states = [i["state"] for i in plan["instalments"]]
    heard = stage.partner_hears("payment_plan.instalment_paid", plan["id"])
    stage.verify("the partner heard of it", heard["body"]["data"]["plan"], plan["id"])
    stage.verify("two parts are paid, one is to come", states, ["paid", "paid", "upcoming"])
    stage.verify(f"{DEPOSIT + PART} is in", money(plan["received"]), DEPOSIT + PART)
    forged = {"order_id": "x", "status_code": "200", "gross_amount": "1.00", "signature_key": "00"}
    stage.call(
        "POST", f"/in/{stage.facts.midtrans}", forged, expect=400, note="a forged notification"
    )


def _part(amount: Money, due_on: object, kind: str = "instalment") -> dict[str, Any]:
    return {"amount": _wire(amount), "due_on": f"{due_on}", "kind": kind}


def _wire(amount: Money) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency}
