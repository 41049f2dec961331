"""The simulator answers in the contract's words, and is as strict as Midtrans."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from adapters import registry
from adapters.midtrans.simulator import Fault, Simulator
from ports.inbound_webhook import Verified
from tests.contract.payment_rigs import MERCHANT, MIDTRANS_KEY
from tests.wire import exchanges
from tests.wire.turning import control

pytestmark = pytest.mark.anyio
NOW = 1_795_388_400.0  # 2026-11-23 06:00:00 +0700
ORDER: dict[str, Any] = {
    "transaction_details": {"order_id": "pay_x", "gross_amount": 12_500_000},
    "item_details": [{"id": "pay_x", "price": 12_500_000, "quantity": 1, "name": "Makkah <b>4"}],
    "expiry": {"start_time": "2026-11-23 06:00:00 +0700", "unit": "minutes", "duration": 60},
    "callbacks": {"finish": "https://agency.example/thanks"},
}


class Receiver:
    """Takes notifications; answers the first *refuse* of them with 500."""

    def __init__(self) -> None:
        self.taken: list[httpx.Request] = []
        self.refuse = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.taken.append(request)
        return httpx.Response(500 if len(self.taken) <= self.refuse else 200)

    @property
    def states(self) -> list[str]:
        return [json.loads(r.content)["transaction_status"] for r in self.taken]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def simulator(receiver: Receiver) -> AsyncIterator[Simulator]:
    made = Simulator(
        key=MIDTRANS_KEY,
        merchant=MERCHANT,
        now=lambda: NOW,
        transport=httpx.MockTransport(receiver),
    )
    yield made
    await made.aclose()


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(simulator.asgi, root_path="/midtrans"),
        base_url="http://sandbox.example/midtrans",
        headers={"accept": "application/json", "content-type": "application/json"},
        auth=(MIDTRANS_KEY, ""),
    ) as client:
        yield client


async def started(http: httpx.AsyncClient, **headers: str) -> dict[str, Any]:
    answer = await http.post("/snap/v1/transactions", json=ORDER, headers=headers)
    assert answer.status_code == 201, answer.text
    page: dict[str, Any] = answer.json()
    return page


def faults(definition: str, answer: httpx.Response) -> list[str]:
    return exchanges.faults("midtrans", definition, answer.json())


async def test_its_answers_keep_our_contract(
    http: httpx.AsyncClient, simulator: Simulator, receiver: Receiver
) -> None:
    await control(http, "PUT", "webhook", {"url": "http://hub.example/in/con_x"})
    page = await http.post("/snap/v1/transactions", json=ORDER)
    assert faults("page", page) == []
    again = await http.post("/snap/v1/transactions", json=ORDER)
    assert (again.status_code, faults("snap_error", again)) == (400, [])
    none = await http.get("/v2/pay_x/status")
    assert (none.status_code, faults("core_error", none)) == (200, [])
    simulator.books.pay(page.json()["token"], "dana")
    (held,) = simulator.books.transactions
    refund = await http.post(f"/v2/{held}/refund", json={"refund_key": "rfd_x", "amount": 100})
    assert faults("transaction", refund) == []
    simulator.books.confirm_refund("rfd_x")
    status = await http.get(f"/v2/{held}/status")
    assert faults("transaction", status) == []
    assert status.json()["transaction_status"] == "PARTIAL_REFUND"
    too_much = await http.post(f"/v2/{held}/refund", json={"amount": 12_500_000})
    assert (too_much.status_code, too_much.json()["status_code"]) == (200, "414")
    assert faults("core_error", too_much) == []
    await simulator.notifications.settled()
    for request in receiver.taken:
        assert exchanges.faults("midtrans", "notification", json.loads(request.content)) == []


@pytest.mark.parametrize(
    ("where", "value", "blamed"),
    [
        (("transaction_details", "gross_amount"), 12_500_000.0, "gross_amount"),
        (("transaction_details", "gross_amount"), "12500000", "gross_amount"),
        (("transaction_details", "gross_amount"), 12_500_001, "sum of item_details"),
        (("transaction_details", "order_id"), "pay/x", "order_id"),
        (("transaction_details", "order_id"), "p" * 51, "order_id"),
        (("item_details", 0, "name"), "n" * 51, "name"),
        (("item_details", 0, "surprise"), 1, "surprise"),
        (("expiry", "duration"), 4, "5 minutes"),
        (("expiry", "start_time"), "2026-11-23T06:00:00Z", "start_time"),
        (("callbacks", "finish"), "thanks", "finish"),
        (("customer_details",), {"email": "nobody"}, "email"),
        (("payment_amounts",), [], "payment_amounts"),
        (("metadata",), {"x": "y" * 17_000}, "16 KB"),
    ],
)
async def test_a_request_that_midtrans_would_refuse_is_refused(
    http: httpx.AsyncClient, simulator: Simulator, where: tuple[Any, ...], value: Any, blamed: str
) -> None:
    asked: Any = copy.deepcopy(ORDER)
    *path, leaf = where
    at = asked
    for name in path:
        at = at[name]
    at[leaf] = value
    answer = await http.post("/snap/v1/transactions", json=asked)
    assert answer.status_code == 400
    assert blamed in " ".join(answer.json()["error_messages"])
    assert simulator.books.pages == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Basic eA=="}, 401),
        ({"accept": "*/*"}, 406),
        ({"content-type": "text/plain"}, 415),
    ],
)
async def test_headers_are_checked(
    http: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    request = http.build_request("POST", "/snap/v1/transactions", json=ORDER, headers=headers)
    auth = None if "authorization" in headers else httpx.USE_CLIENT_DEFAULT
    assert (await http.send(request, auth=auth)).status_code == status


async def test_a_key_answers_whatever_is_asked_under_it(http: httpx.AsyncClient) -> None:
    first = await http.post("/snap/v1/transactions", json=ORDER, headers={"idempotency-key": "one"})
    other = await http.post("/v2/pay_x/expire", headers={"idempotency-key": "one"})
    assert other.json() == first.json()
    long = {"idempotency-key": "k" * 47}
    assert (await http.post("/snap/v1/transactions", json=ORDER, headers=long)).status_code == 400


async def test_two_at_once_under_one_key(http: httpx.AsyncClient, simulator: Simulator) -> None:
    simulator.faults.plant(Fault("delay", delay_ms=50))
    key = {"idempotency-key": "one"}
    ask = (http.post("/snap/v1/transactions", json=ORDER, headers=key) for _ in range(2))
    answers = await asyncio.gather(*ask)
    assert sorted(a.status_code for a in answers) == [201, 202]
    assert len(simulator.books.pages) == 1


async def test_the_customer_pays_on_a_page(
    http: httpx.AsyncClient, simulator: Simulator, receiver: Receiver
) -> None:
    url = (await started(http, **{"x-override-notification": "http://hub.example/in/con_x"}))[
        "redirect_url"
    ]
    assert url.startswith("http://sandbox.example/midtrans/snap/v4/redirection/")
    page = await http.get(url)
    assert "Makkah &lt;b&gt;4" in page.text
    assert (await http.post(url, data={"how": "deny"})).status_code == 402
    paid = await http.post(url, data={"how": "bank_transfer"})
    assert (paid.status_code, paid.headers["location"]) == (303, "https://agency.example/thanks")
    assert (await http.post(url)).status_code == 410
    await simulator.notifications.settled()
    assert receiver.states == ["pending", "deny", "pending", "settlement"]
    assert {str(r.url) for r in receiver.taken} == {"http://hub.example/in/con_x"}


async def test_a_refund_is_told_twice(
    http: httpx.AsyncClient, simulator: Simulator, receiver: Receiver
) -> None:
    await control(http, "PUT", "webhook", {"url": "http://hub.example/in/con_x"})
    token = (await started(http))["token"]
    await control(http, "POST", f"pages/{token}/pay")
    await http.post("/v2/pay_x/refund", json={"refund_key": "rfd_x", "amount": 100})
    await control(http, "POST", "refunds/rfd_x/confirm")
    await simulator.notifications.settled()
    bodies = [json.loads(r.content) for r in receiver.taken]
    told = ["bank_confirmed_at" in b["refunds"][0] for b in bodies if "refunds" in b]
    assert told == [False, True]


async def test_what_it_sends_is_believed(
    http: httpx.AsyncClient, simulator: Simulator, receiver: Receiver
) -> None:
    receiver.refuse = 1
    await control(http, "PUT", "webhook", {"url": "http://hub.example/in/con_x"})
    await control(http, "PUT", "manner", {"retries_s": [0]})
    token = (await started(http))["token"]
    await control(http, "POST", f"pages/{token}/pay")
    await simulator.notifications.settled()
    manifest = registry.load("midtrans")
    assert manifest.inbound is not None
    config = {"server_key": MIDTRANS_KEY, "merchant_id": MERCHANT}
    webhooks = manifest.inbound(msgspec.convert(config, manifest.config))
    for request in receiver.taken:
        found = webhooks.verify({}, request.content, datetime.now(UTC))
        assert isinstance(found, Verified)
    assert sorted({s.status for s in simulator.notifications.sent}, key=str) == [200, 500]


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("POST", "faults", {"kind": "earthquake"}),
        ("PUT", "webhook", {"adress": "x"}),
        ("GET", "secrets", None),
        ("POST", "pages/nothing/pay", None),
        ("POST", "pages/nothing/dance", None),
        ("POST", "notifications/nothing/resend", None),
    ],
)
async def test_a_wrong_turn_of_the_control_is_said(
    http: httpx.AsyncClient, method: str, path: str, json: object
) -> None:
    answer = await http.request(method, f"/_control/{path}", json=json)
    assert answer.status_code in (400, 404, 409)
