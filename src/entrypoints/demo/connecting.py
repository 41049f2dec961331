"""Chapter one: the operator connects two vendors and a partner."""

from __future__ import annotations

import base64
import secrets

from entrypoints.demo.stage import Json, Stage
from entrypoints.sandbox import STALLS, Stall

HOTELBEDS, STRIPE, *_ = STALLS
PARTNER_TYPES = tuple(
    f"{subject}.*" for subject in "booking payment payment_plan refund pnr ticket voucher".split()
)
MARKUP_PERCENT, ROUND_TO = 12, 100  # 12 %, up to whole dollars


def connect_badly(stage: Stage) -> None:
    """The operator connects Hotelbeds, and forgets the secret"""
    config = {**HOTELBEDS.config, "base_url": stage.house.sandbox_url + HOTELBEDS.path}
    del config["secret"]
    answer = stage.call("POST", "/v1/connections", _hotelbeds(stage, config), expect=422)
    faults = [(e["pointer"], e["message"]) for e in answer.json()["errors"]]
    stage.say(f"{faults[0][0]} {faults[0][1]}", "dim")
    stage.verify("the answer names the field that is missing", faults[0][0], "/config/secret")
    kept = stage.call("GET", "/v1/connections").json()["data"]
    stage.verify("nothing was kept", kept, [])


def connect_hotelbeds(stage: Stage) -> None:
    """The operator connects Hotelbeds"""
    config = {**HOTELBEDS.config, "base_url": stage.house.sandbox_url + HOTELBEDS.path}
    made = stage.call("POST", "/v1/connections", _hotelbeds(stage, config), expect=201)
    shown = made.text
    stage.facts.hotelbeds = made.json()["id"]
    stage.verify("its secrets are not shown again", HOTELBEDS.config["secret"] in shown, False)
    _test(stage, stage.facts.hotelbeds)


def connect_stripe(stage: Stage) -> None:
    """The operator connects Stripe, and registers the hub's address for its webhooks there"""
    config = {**STRIPE.config, "base_url": stage.house.sandbox_url + STRIPE.path}
    body = {
        "adapter": "stripe",
        "name": "Stripe",
        "entity": stage.house.entity,
        "config": config,
    }
    made = stage.call("POST", "/v1/connections", body, expect=201).json()
    stage.facts.stripe, stage.facts.inbound_url = made["id"], made["inbound_url"]
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode("ascii")
    target = {"url": made["inbound_url"], "secret": secret}
    stage.vendor("PUT", "/stripe/_control/webhook", target)
    stage.say(f"Stripe will send its webhooks to {made['inbound_url']}", "dim")
    rotated = {"secrets": {"webhook_secret": secret}}
    stage.call("POST", f"/v1/connections/{made['id']}/secret", rotated)
    _test(stage, stage.facts.stripe)


def add_partner(stage: Stage) -> None:
    """A partner gets an endpoint for webhooks, and its signing secret, once"""
    partner = stage.call("POST", "/v1/partners", {"name": "Rihlah Portal"}, expect=201).json()
    stage.facts.partner = partner["id"]
    body = {
        "partner": partner["id"],
        "url": f"{stage.house.receiver_url}/webhooks",
        "types": PARTNER_TYPES,
    }
    made = stage.call("POST", "/v1/endpoints", body, expect=201).json()
    stage.facts.endpoint = made["endpoint"]["id"]
    stage.verify("the secret is a Standard Webhooks secret", made["secret"][:6], "whsec_")
    stage.tell_partner(made["secret"])
    again = stage.call("GET", f"/v1/endpoints/{made['endpoint']['id']}").text
    stage.verify("it is not shown again", made["secret"] in again, False)


def connect(stage: Stage, stall: Stall, name: str) -> Json:
    """A connection to one of the sandbox's vendors, tested."""
    body = {
        "adapter": stall.adapter,
        "name": name,
        "entity": stage.house.entity,
        "config": {**stall.config, "base_url": stage.house.sandbox_url + stall.path},
    }
    made = stage.call("POST", "/v1/connections", body, expect=201).json()
    _test(stage, made["id"])
    return made


def _hotelbeds(stage: Stage, config: dict[str, str]) -> dict[str, object]:
    return {
        "adapter": "hotelbeds",
        "name": "Hotelbeds",
        "entity": stage.house.entity,
        "config": config,
        "markup": {"percent": str(MARKUP_PERCENT), "round_to": ROUND_TO},
    }


def _test(stage: Stage, id: str) -> None:
    tested = stage.call("POST", f"/v1/connections/{id}/test").json()
    seen = ", ".join(f"{n} {v}" for n, v in tested["evidence"].items())
    stage.say(f"{tested['verdict']}: {seen}", "dim")
    stage.verify("the connection test says verified", tested["verdict"], "verified")
