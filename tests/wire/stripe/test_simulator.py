"""The simulator answers in the contract's words, and is as strict as Stripe."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from adapters import registry
from adapters.stripe.simulator import Fault, Simulator
from core.domain.payments.payment import Checkout
from ports.inbound_webhook import Verified
from tests.contract.payment_rigs import KEY, WEBHOOK_SECRET
from tests.patience import PATIENCE_S
from tests.servers.asgi import serving
from tests.wire.stripe import messages
from tests.wire.turning import control

pytestmark = pytest.mark.anyio
HEADERS = {
    "authorization": f"Bearer {KEY}",
    "stripe-version": "2026-10-28.endive",
    "content-type": "application/x-www-form-urlencoded",
}
ORDER = {
    "mode": "payment",
    "line_items[0][price_data][currency]": "idr",
    "line_items[0][price_data][unit_amount]": "1250000000",
    "line_items[0][price_data][product_data][name]": "Makkah <b>4</b> nights",
    "line_items[0][quantity]": "1",
    "client_reference_id": "pay_x",
    "success_url": "https://agency.example/thanks",
}


class Receiver:
    """Takes webhooks; answers the first *refuse* of them with 500."""

    def __init__(self) -> None:
        self.taken: list[httpx.Request] = []
        self.refuse = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.taken.append(request)
        return httpx.Response(500 if len(self.taken) <= self.refuse else 200)

    @property
    def types(self) -> list[str]:
        return [msgspec.json.decode(r.content)["type"] for r in self.taken]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def simulator(receiver: Receiver) -> AsyncIterator[Simulator]:
    made = Simulator(keys=(KEY,), transport=httpx.MockTransport(receiver))
    yield made
    await made.aclose()


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(simulator.asgi, root_path="/stripe"),
        base_url="http://sandbox.example/stripe",
        headers=HEADERS,
    ) as client:
        yield client


async def started(http: httpx.AsyncClient, **more: str) -> dict[str, Any]:
    answer = await http.post("/v1/checkout/sessions", data={**ORDER, **more})
    assert answer.status_code == 200, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def test_its_answers_keep_our_contract(http: httpx.AsyncClient, simulator: Simulator) -> None:
    session = await started(http)
    assert messages.faults("session", session) == []
    simulator.books.pay(session["id"])
    path = f"/v1/checkout/sessions/{session['id']}"
    paid = (await http.get(path, params={"expand[]": "payment_intent"})).json()
    assert messages.faults("session", paid) == []
    intent = paid["payment_intent"]["id"]
    refund = await http.post("/v1/refunds", data={"payment_intent": intent, "amount": "100"})
    assert messages.faults("refund", refund.json()) == []
    listed = await http.get("/v1/refunds", params={"payment_intent": intent})
    assert messages.faults("refund_list", listed.json()) == []
    assert messages.faults("balance", (await http.get("/v1/balance")).json()) == []
    too_much = await http.post("/v1/refunds", data={"payment_intent": intent, "amount": "9" * 12})
    assert (too_much.status_code, messages.faults("error", too_much.json())) == (400, [])
    assert messages.faults("event", simulator.webhooks.events[0]) == []


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"payment_method_types[0]": "card"}, "payment_method_types"),
        ({"line_items[0][price_data][surprise]": "1"}, "line_items[0][price_data][surprise]"),
        ({"line_items[1][quantity]": "1"}, "price_data"),
        ({"line_items[0][price_data][unit_amount]": "12.50"}, None),
        ({"line_items[0][price_data][unit_amount]": "999999999999999"}, "unit_amount"),
        ({"mode": "subscription"}, "mode"),
        ({"success_url": "thanks"}, "success_url"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"client_reference_id": ""}, "client_reference_id"),
        ({"expires_at": "1"}, "expires_at"),
        ({"metadata": "x"}, "metadata"),
        ({"mode[x]": "payment"}, "mode"),
    ],
)
async def test_a_form_that_stripe_would_refuse_is_refused(
    http: httpx.AsyncClient, simulator: Simulator, change: dict[str, str], param: str | None
) -> None:
    answer = await http.post("/v1/checkout/sessions", data={**ORDER, **change})
    assert answer.status_code == 400
    assert param is None or answer.json()["error"]["param"].startswith(param)
    assert simulator.books.sessions == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer sk_test_unknownKey"}, 401),
        ({"authorization": "Basic eA=="}, 401),
        ({"stripe-version": "2020-08-27"}, 400),
        ({"content-type": "application/json"}, 400),
    ],
)
async def test_headers_are_checked(
    http: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await http.post("/v1/checkout/sessions", data=ORDER, headers=headers)
    assert answer.status_code == status


async def test_a_key_is_for_one_request(http: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "one"}
    first = await http.post("/v1/checkout/sessions", data=ORDER, headers=key)
    again = await http.post("/v1/checkout/sessions", data=ORDER, headers=key)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    other = await http.post("/v1/checkout/sessions", data={**ORDER, "locale": "id"}, headers=key)
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


async def test_what_was_not_valid_is_not_kept_under_the_key(http: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "one"}
    bad = await http.post("/v1/checkout/sessions", data={**ORDER, "mode": "x"}, headers=key)
    good = await http.post("/v1/checkout/sessions", data=ORDER, headers=key)
    assert (bad.status_code, good.status_code) == (400, 200)


async def test_two_at_once_under_one_key(http: httpx.AsyncClient, simulator: Simulator) -> None:
    simulator.faults.plant(Fault("delay", delay_ms=50))
    key = {"idempotency-key": "one"}
    ask = (http.post("/v1/checkout/sessions", data=ORDER, headers=key) for _ in range(2))
    answers = await asyncio.gather(*ask)
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert len(simulator.books.sessions) == 1


async def test_the_customer_pays_on_a_page(
    http: httpx.AsyncClient, simulator: Simulator, receiver: Receiver
) -> None:
    await control(
        http, "PUT", "webhook", {"url": "http://hub.example/in/con_x", "secret": WEBHOOK_SECRET}
    )
    url = (await started(http))["url"]
    assert url.startswith("http://sandbox.example/stripe/pay/")
    page = await http.get(url)
    assert page.status_code == 200
    assert "Makkah &lt;b&gt;4" in page.text
    declined = await http.post(url, data={"how": "decline"})
    assert declined.status_code == 402
    paid = await http.post(url, data={"how": "pay"})
    assert (paid.status_code, paid.headers["location"]) == (303, ORDER["success_url"])
    assert (await http.get(url)).status_code == 410
    await simulator.webhooks.settled()
    assert receiver.types == ["checkout.session.completed"]
    assert str(receiver.taken[0].url) == "http://hub.example/in/con_x"


async def test_webhooks_come_late_doubled_and_out_of_order(
    http: httpx.AsyncClient, simulator: Simulator, receiver: Receiver
) -> None:
    await control(http, "PUT", "webhook", {"url": "http://hub.example/in", "secret": "whsec_x"})
    await control(http, "PUT", "manner", {"hold": True, "copies": 2})
    await control(http, "PUT", "refunds_pend", True)
    session = await started(http)
    await control(http, "POST", f"sessions/{session['id']}/pay_later")
    await control(http, "POST", f"sessions/{session['id']}/settle")
    state = await control(http, "GET", "state")
    intent = state["payment_intents"][0]["id"]
    refund = (await http.post("/v1/refunds", data={"payment_intent": intent})).json()
    await control(http, "POST", f"refunds/{refund['id']}/fail")
    await simulator.webhooks.settled()
    assert receiver.taken == []
    assert await control(http, "POST", "release?reverse") == {"released": 5}
    await simulator.webhooks.settled()
    in_order = [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "refund.created",
        "charge.refunded",
        "refund.failed",
    ]
    assert receiver.types == [t for t in reversed(in_order) for _ in range(2)]
    await control(http, "POST", f"events/{state['events'][0]['id']}/resend")
    await simulator.webhooks.settled()
    assert receiver.types[-2:] == ["checkout.session.completed"] * 2


async def test_a_webhook_that_fails_is_sent_again(
    http: httpx.AsyncClient, simulator: Simulator, receiver: Receiver
) -> None:
    receiver.refuse = 2
    await control(http, "PUT", "webhook", {"url": "http://hub.example/in", "secret": "whsec_x"})
    await control(http, "PUT", "manner", {"retries_s": [0, 0, 0]})
    session = await started(http)
    await control(http, "POST", f"sessions/{session['id']}/expire")
    await simulator.webhooks.settled()
    assert [s.status for s in simulator.webhooks.sent] == [500, 500, 200]
    assert {r.content for r in receiver.taken} == {receiver.taken[0].content}


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("POST", "faults", {"kind": "earthquake"}),
        ("PUT", "webhook", {"adress": "x"}),
        ("GET", "secrets", None),
        ("POST", "sessions/cs_test_x/pay", None),
        ("POST", "sessions/cs_test_x/dance", None),
        ("POST", "events/evt_x/resend", None),
    ],
)
async def test_a_wrong_turn_of_the_control_is_said(
    http: httpx.AsyncClient, method: str, path: str, json: object
) -> None:
    answer = await http.request(method, f"/_control/{path}", json=json)
    assert answer.status_code in (400, 404)


async def test_faults_are_planted_over_http_and_met_once(http: httpx.AsyncClient) -> None:
    await control(http, "POST", "faults", {"kind": "rate_limit", "operation": "probe"})
    assert (await http.get("/v1/balance")).status_code == 429
    assert (await http.get("/v1/balance")).status_code == 200
    await control(http, "POST", "faults", {"kind": "forbidden"})
    await control(http, "DELETE", "faults")
    assert (await http.get("/v1/balance")).status_code == 200


async def test_real_sockets_a_lost_answer_and_a_real_webhook() -> None:
    """Mounted under a prefix, as the sandbox does; its own transport sends the webhook."""
    taken: list[tuple[str, bytes]] = []

    async def hub(scope: Any, receive: Any, send: Any) -> None:
        signed = dict(scope["headers"])[b"stripe-signature"].decode()
        taken.append((signed, (await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    own = Simulator(keys=(KEY,))
    async with (
        serving(own.asgi) as address,
        serving(hub) as receiver,
        httpx.AsyncClient(timeout=PATIENCE_S) as http,
    ):
        base = f"{address}/a/b"
        target = {"url": f"{receiver}/in/con_x", "secret": WEBHOOK_SECRET}
        await http.put(f"{base}/_control/webhook", json=target)
        await http.post(f"{base}/_control/faults", json={"kind": "lose_answer"})
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post(f"{base}/v1/checkout/sessions", data=ORDER, headers=HEADERS)
        (session,) = own.books.sessions.values()
        assert session["url"].startswith(f"{base}/pay/")
        await http.post(session["url"])
        await own.webhooks.settled()
        await own.aclose()
    (signature, raw), manifest = taken[0], registry.load("stripe")
    assert manifest.inbound is not None
    webhooks = manifest.inbound(manifest.config(api_key=KEY, webhook_secret=WEBHOOK_SECRET))
    found = webhooks.verify({"stripe-signature": signature}, raw, datetime.now(UTC))
    assert isinstance(found, Verified)
    assert found.type == "checkout.session.completed"
    (fact,) = webhooks.parse(raw)
    assert isinstance(fact, Checkout)
    assert fact.reference == ORDER["client_reference_id"]
