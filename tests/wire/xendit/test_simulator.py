"""The simulator answers in the contract's words, and is as strict as the SDK's types."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from adapters import registry
from adapters.xendit.simulator import Simulator
from ports.inbound_webhook import Verified
from tests.contract.payment_rigs import BUSINESS, CALLBACK_TOKEN, XENDIT_KEY
from tests.wire import exchanges
from tests.wire.midtrans.test_simulator import Receiver
from tests.wire.turning import control

pytestmark = pytest.mark.anyio
NOW = 1_795_388_400.0
ORDER: dict[str, Any] = {
    "external_id": "pay_x",
    "amount": 12_500_000,
    "currency": "IDR",
    "description": "Makkah <b>4</b> nights",
    "invoice_duration": 3600,
    "should_send_email": False,
    "success_redirect_url": "https://agency.example/thanks",
}
REFUND: dict[str, Any] = {
    "reference_id": "rfd_x",
    "amount": 100,
    "currency": "IDR",
    "reason": "REQUESTED_BY_CUSTOMER",
}


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def simulator(receiver: Receiver) -> AsyncIterator[Simulator]:
    made = Simulator(
        key=XENDIT_KEY,
        token=CALLBACK_TOKEN,
        business=BUSINESS,
        now=lambda: NOW,
        transport=httpx.MockTransport(receiver),
    )
    yield made
    await made.aclose()


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(simulator.asgi, root_path="/xendit"),
        base_url="http://sandbox.example/xendit",
        auth=(XENDIT_KEY, ""),
    ) as client:
        yield client


async def started(http: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await http.post("/v2/invoices", json={**ORDER, **more})
    assert answer.status_code == 200, answer.text
    invoice: dict[str, Any] = answer.json()
    return invoice


def faults(definition: str, thing: object) -> list[str]:
    return exchanges.faults("xendit", definition, thing)


async def test_its_answers_keep_our_contract(
    http: httpx.AsyncClient, simulator: Simulator, receiver: Receiver
) -> None:
    await control(http, "PUT", "webhook", {"url": "http://hub.example/in/con_x"})
    invoice = await started(http)
    assert faults("invoice", invoice) == []
    listed = await http.get("/v2/invoices", params={"external_id": "pay_x"})
    assert faults("invoice_list", listed.json()) == []
    simulator.books.pay(invoice["id"])
    refund = await http.post("/refunds", json={**REFUND, "invoice_id": invoice["id"]})
    assert faults("refund", refund.json()) == []
    simulator.books.settle_refund(refund.json()["id"])
    rows = await http.get("/refunds", params={"invoice_id": invoice["id"]})
    assert faults("refund_list", rows.json()) == []
    again = await http.post("/refunds", json={**REFUND, "invoice_id": invoice["id"]})
    assert (again.status_code, faults("error", again.json())) == (409, [])
    assert again.headers["rate-limit-limit"] == "60"
    await simulator.callbacks.settled()
    bodies = [json.loads(r.content) for r in receiver.taken]
    told = [faults("event" if "event" in b else "invoice_callback", b) for b in bodies]
    assert told == [[], []]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "12500000"}, "API_VALIDATION_ERROR"),
        ({"amount": 12_500_000.5}, "API_VALIDATION_ERROR"),
        ({"amount": 0}, "API_VALIDATION_ERROR"),
        ({"currency": "SAR"}, "UNSUPPORTED_CURRENCY"),
        ({"invoice_duration": "3600"}, "API_VALIDATION_ERROR"),
        ({"payer_email": "nobody"}, "API_VALIDATION_ERROR"),
        ({"success_redirect_url": "thanks"}, "API_VALIDATION_ERROR"),
        ({"surprise": 1}, "API_VALIDATION_ERROR"),
        ({"external_id": ""}, "API_VALIDATION_ERROR"),
    ],
)
async def test_a_request_that_xendit_would_refuse_is_refused(
    http: httpx.AsyncClient, simulator: Simulator, change: dict[str, Any], code: str
) -> None:
    answer = await http.post("/v2/invoices", json={**ORDER, **change})
    assert (answer.status_code, answer.json()["error_code"]) == (400, code)
    assert simulator.books.invoices == {}


async def test_headers_are_checked(http: httpx.AsyncClient) -> None:
    wrong = await http.post("/v2/invoices", json=ORDER, auth=("xnd_development_x", ""))
    assert wrong.status_code == 401
    form = await http.post("/v2/invoices", data={"external_id": "x"})
    assert form.status_code == 415


async def test_nothing_guards_an_invoice(http: httpx.AsyncClient, simulator: Simulator) -> None:
    for _ in range(2):
        await http.post("/v2/invoices", json=ORDER, headers={"idempotency-key": "one"})
    assert len(simulator.books.invoices_of("pay_x")) == 2


async def test_a_key_guards_a_refund(http: httpx.AsyncClient, simulator: Simulator) -> None:
    invoice = await started(http)
    simulator.books.pay(invoice["id"])
    body, key = {**REFUND, "invoice_id": invoice["id"]}, {"idempotency-key": "one"}
    first = await http.post("/refunds", json=body, headers=key)
    again = await http.post("/refunds", json=body, headers=key)
    assert again.json() == first.json()
    other = await http.post("/refunds", json={**body, "amount": 200}, headers=key)
    assert (other.status_code, other.json()["error_code"]) == (409, "IDEMPOTENCY_ERROR")


async def test_the_customer_pays_on_a_page(
    http: httpx.AsyncClient, simulator: Simulator, receiver: Receiver
) -> None:
    await control(http, "PUT", "webhook", {"url": "http://hub.example/in/con_x"})
    url = (await started(http))["invoice_url"]
    assert url.startswith("http://sandbox.example/xendit/web/")
    assert "Makkah &lt;b&gt;4" in (await http.get(url)).text
    paid = await http.post(url, data={"how": "pay"})
    assert (paid.status_code, paid.headers["location"]) == (303, ORDER["success_redirect_url"])
    assert (await http.get(url)).status_code == 410
    await simulator.callbacks.settled()
    manifest = registry.load("xendit")
    assert manifest.inbound is not None
    config = {"secret_key": XENDIT_KEY, "callback_token": CALLBACK_TOKEN, "business_id": BUSINESS}
    webhooks = manifest.inbound(msgspec.convert(config, manifest.config))
    (request,) = receiver.taken
    found = webhooks.verify(dict(request.headers), request.content, datetime.now(UTC))
    assert isinstance(found, Verified)
    assert found.type == "invoice.paid"


async def test_its_ledger_has_fees(http: httpx.AsyncClient, simulator: Simulator) -> None:
    invoice = await started(http)
    simulator.books.pay(invoice["id"])
    simulator.books.charge_back(invoice["id"])
    rows = (await http.get("/transactions")).json()["data"]
    assert [(r["type"], r["amount"], r["net_amount"]) for r in rows] == [
        ("CHARGEBACK", 12_500_000, 12_500_000),
        ("PAYMENT", 12_500_000, 12_495_005),
    ]


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("POST", "faults", {"kind": "earthquake"}),
        ("PUT", "webhook", {"adress": "x"}),
        ("GET", "secrets", None),
        ("POST", "invoices/nothing/pay", None),
        ("POST", "invoices/nothing/dance", None),
        ("POST", "callbacks/nothing/resend", None),
    ],
)
async def test_a_wrong_turn_of_the_control_is_said(
    http: httpx.AsyncClient, method: str, path: str, json: object
) -> None:
    answer = await http.request(method, f"/_control/{path}", json=json)
    assert answer.status_code in (400, 404)
