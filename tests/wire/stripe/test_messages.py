"""Every kept message, both ways: what we send to the letter, what we make of what comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import pytest

from adapters import registry
from adapters._kit.wiring import Wiring
from adapters.limiter.memory import MemoryLimiter
from adapters.stripe.mapping.ledger import BalanceTransaction, Intent
from adapters.stripe.mapping.payments import Balance, Dispute, Refund, Session
from core.domain.money import Money
from core.domain.payments.payment import Checkout, CheckoutState
from core.domain.tenancy import Environment
from ports.errors import VendorError
from ports.payment_gateway import CheckoutOrder, PaymentGateway, RefundOrder
from tests.contract.payment_rigs import KEY, Time
from tests.wire.stripe import messages
from tests.wire.stripe.messages import CALLS, FIXTURES, WEBHOOKS

pytestmark = pytest.mark.anyio
ORDERS: dict[str, Any] = {"start_checkout": CheckoutOrder, "refund": RefundOrder}
KNOWN = Checkout("", "pay_x", CheckoutState.OPEN, Money(1, "IDR"))
PATHS = {
    "start_checkout": "POST /v1/checkout/sessions",
    "find": "GET /v1/checkout/sessions/{gateway_reference}?expand[0]=payment_intent",
    "expire": "POST /v1/checkout/sessions/{gateway_reference}/expire",
    "refund": "POST /v1/refunds",
    "find_refund": "GET /v1/refunds?payment_intent={charge_reference}&limit=100",
    "list_settlements": (
        "GET /v1/balance_transactions?created[gte]=1795305600&created[lt]=1795392000"
        "&limit=100&expand[0]=data.source"
    ),
    "probe": "GET /v1/balance",
}
ANSWERS = {
    "start_checkout": "session",
    "find": "session",
    "expire": "session",
    "refund": "refund",
    "find_refund": "refund_list",
    "list_settlements": "balance_transaction_list",
    "probe": "balance",
}
OFFICIAL = {"start_checkout": "checkout.session.create", "refund": "refund.create"}
# What Stripe's enums do not know, on purpose: these answers break the contract.
BREAKING = {"find/unknown_status"}


class Frozen(Time):
    def now(self) -> datetime:
        return datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


@pytest.fixture
def folder() -> Path:
    """Stripe's own parameter types and sample objects."""
    found = messages.vendor_folder()
    if found is None:
        pytest.skip(f"{messages.VENDOR_CONTRACTS} names no folder with Stripe's own contracts")
    return found


async def played(case: Path, sent: list[httpx.Request]) -> Any:
    """The port's call of *case* against its answer: the result, or the error it raised."""
    meta = messages.meta(case)

    def vendor(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        headers = {"request-id": "req_example", "content-type": "application/json"}
        asks_intent = request.url.path.startswith("/v1/payment_intents/")
        body = (case / ("intent.json" if asks_intent else "response.json")).read_bytes()
        return httpx.Response(meta["status"], headers=headers, content=body)

    manifest, time = registry.load("stripe"), Frozen()
    wiring = Wiring(
        connection="con_test",
        budget="acc_test",
        environment=Environment.TEST,
        transport=httpx.MockTransport(vendor),
        limiter=MemoryLimiter(time),
        clock=time,
    )
    async with manifest.open(manifest.config(api_key=KEY), wiring) as gateway:
        return await _called(gateway, case, meta)


async def _called(gateway: PaymentGateway, case: Path, meta: dict[str, Any]) -> Any:
    call = getattr(gateway, meta["operation"])
    if type_ := ORDERS.get(meta["operation"]):
        order = msgspec.json.decode((case / "order.json").read_bytes(), type=type_)
        ask = call(order, **meta["call"])
    elif meta["operation"] in ("find", "expire"):
        ask = call(msgspec.structs.replace(KNOWN, **meta["call"]))
    else:
        ask = call(**meta["call"])
    try:
        return await ask
    except VendorError as e:
        if (e.vendor, e.operation) != ("stripe", meta["operation"]):
            raise
        return {"error": type(e).__name__, "vendor_code": e.vendor_code}


@pytest.mark.parametrize("case", CALLS, ids=messages.name)
async def test_the_answer_means_what_was_written_down(case: Path) -> None:
    result = msgspec.json.decode(msgspec.json.encode(await played(case, [])))
    expected = messages.load(case, "expected.json")
    if messages.meta(case)["operation"] == "probe":
        result = {"verdict": result["verdict"]}
    assert result == expected


@pytest.mark.parametrize("case", CALLS, ids=messages.name)
async def test_the_request_goes_out_as_written_down(case: Path) -> None:
    sent: list[httpx.Request] = []
    await played(case, sent)
    meta, request = messages.meta(case), sent[0]
    asked = f"{request.method} {request.url.path}"
    query = "&".join("=".join(pair) for pair in parse_qsl(request.url.query.decode()))
    assert (f"{asked}?{query}" if query else asked) == PATHS[meta["operation"]].format(
        **meta["call"]
    )
    assert request.headers["stripe-version"] == "2026-10-28.endive"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers.get("idempotency-key") == meta["call"].get("key")
    form = [f"{k}={v}" for k, v in parse_qsl(request.content.decode())]
    assert form == _written(case)


def _written(case: Path) -> list[str]:
    file = case / "request.form"
    return file.read_text().splitlines() if file.exists() else []


FORMS = [case for case in CALLS if (case / "request.form").exists()]


@pytest.mark.parametrize("case", FORMS, ids=messages.name)
async def test_requests_keep_our_contract(case: Path) -> None:
    sent: list[httpx.Request] = []
    await played(case, sent)
    operation = messages.meta(case)["operation"]
    assert messages.faults(f"{operation}.request", messages.tree(sent[0].content)) == []


@pytest.mark.parametrize("case", FORMS, ids=messages.name)
async def test_requests_keep_stripes_own_parameter_types(case: Path, folder: Path) -> None:
    sent: list[httpx.Request] = []
    await played(case, sent)
    official = OFFICIAL[messages.meta(case)["operation"]]
    assert messages.vendor_faults(folder, official, messages.tree(sent[0].content)) == []


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"payment_intent": "pi_x", "amount": "12.5"}, ".amount is none of NotRequired[int]"),
        ({"payment_method_types": ["card"]}, ".payment_method_types is unknown"),
        ({"metadata": "x"}, ".metadata is not a map of texts"),
    ],
)
def test_stripes_own_types_would_catch(params: dict[str, object], fault: str, folder: Path) -> None:
    assert messages.vendor_faults(folder, "refund.create", params) == [fault]


def test_stripes_sample_objects_are_read(folder: Path) -> None:
    samples = json.loads((folder / "fixtures3.json").read_text())["resources"]
    types: dict[str, Any] = {
        "checkout.session": Session,
        "refund": Refund,
        "balance": Balance,
        "dispute": Dispute,
        "balance_transaction": BalanceTransaction,
        "payment_intent": Intent,
    }
    for name, type_ in types.items():
        assert msgspec.convert(samples[name], type_).object == name
        definition = {"checkout.session": "session"}.get(name, name)
        assert messages.faults(definition, samples[name]) == []


@pytest.mark.parametrize("case", CALLS, ids=messages.name)
def test_answers_keep_our_contract(case: Path) -> None:
    meta = messages.meta(case)
    definition = ANSWERS[meta["operation"]] if meta["status"] < 300 else "error"
    faults = messages.faults(definition, messages.load(case, "response.json"))
    if (case / "intent.json").exists():
        assert messages.faults("payment_intent", messages.load(case, "intent.json")) == []
    assert bool(faults) == (messages.name(case) in BREAKING)


@pytest.mark.parametrize("case", WEBHOOKS, ids=messages.name)
def test_webhooks_keep_our_contract_and_tell_what_was_written_down(case: Path) -> None:
    body = messages.load(case, "body.json")
    assert messages.faults("event", body) == []
    if body["type"].startswith("charge.dispute."):
        assert messages.faults("dispute", body["data"]["object"]) == []
    manifest = registry.load("stripe")
    assert manifest.inbound is not None
    webhooks = manifest.inbound(manifest.config(api_key=KEY))
    facts = webhooks.parse((case / "body.json").read_bytes())
    told = msgspec.json.decode(msgspec.json.encode([*facts]))
    assert told == messages.load(case, "expected.json")


def test_every_fixture_is_used_and_says_where_it_is_from() -> None:
    """A file that no test above reads is a file nobody keeps true."""
    read = {
        "meta.toml",
        "expected.json",
        "response.json",
        "intent.json",
        "order.json",
        "request.form",
    }
    files = {f for f in FIXTURES.rglob("*") if f.is_file()}
    used = {c / f for c in CALLS for f in read} | {
        c / f for c in WEBHOOKS for f in ("meta.toml", "expected.json", "body.json")
    }
    assert files - used == set()
    for case in (*CALLS, *WEBHOOKS):
        meta = messages.meta(case)
        assert meta["origin"] in ("constructed", "documented", "recorded")
        assert meta["source"]
        needs_order = meta.get("operation") in ORDERS
        assert (case / "order.json").exists() == needs_order
        assert (case / "request.form").exists() == needs_order
    assert {messages.meta(c)["operation"] for c in CALLS} == set(PATHS)
