"""Every kept message, both ways: what we send to the letter, what we make of what comes back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from adapters import registry
from tests.contract.payment_rigs import MERCHANT, MIDTRANS_KEY
from tests.wire import exchanges

pytestmark = pytest.mark.anyio
VENDOR = "midtrans"
CONFIG = {"server_key": MIDTRANS_KEY, "merchant_id": MERCHANT}
CALLS, WEBHOOKS = exchanges.calls(VENDOR), exchanges.webhooks(VENDOR)
OPERATIONS = {"start_checkout", "find", "expire", "refund", "find_refund", "probe"}
# What the contract does not allow, on purpose: these answers have to be refused.
BREAKING = {
    "find/unknown_status",
    "find/sen",
    "probe/something_else",
    "start_checkout/still_at_work",
}


@pytest.fixture
def folder() -> Path:
    found = exchanges.vendor_folder(VENDOR)
    if found is None:
        pytest.skip(f"{exchanges.VENDOR_CONTRACTS} names no folder with Midtrans' own contracts")
    return found


@pytest.mark.parametrize("case", CALLS, ids=exchanges.name)
async def test_what_goes_out_and_what_it_means(case: Path) -> None:
    played = await exchanges.play(VENDOR, CONFIG, case)
    assert played.result == exchanges.load(case, "expected.json")
    steps = exchanges.exchange(case)
    kept = [{k: s[k] for k in ("request", "body") if k in s} for s in steps]
    assert [exchanges.asked(r) for r in played.sent] == kept


@pytest.mark.parametrize("case", CALLS, ids=exchanges.name)
async def test_each_call_has_its_host_its_key_and_its_headers(case: Path) -> None:
    for request in (await exchanges.play(VENDOR, CONFIG, case)).sent:
        snap = request.url.path.startswith("/snap/")
        host = "app.sandbox.midtrans.com" if snap else "api.sandbox.midtrans.com"
        assert request.url.host == host
        assert request.headers["accept"] == "application/json"
        assert request.headers["authorization"].startswith("Basic ")
        if request.method == "POST":
            assert request.headers["content-type"] == "application/json"
        made = request.url.path.endswith(("/transactions", "/refund"))
        assert ("idempotency-key" in request.headers) == made


@pytest.mark.parametrize("case", CALLS, ids=exchanges.name)
def test_messages_keep_our_contract(case: Path) -> None:
    found = []
    for step in exchanges.exchange(case):
        request = {"start_checkout": "start_checkout.request", "refund": "refund.request"}
        if "body" in step:
            assert exchanges.faults(VENDOR, request[case.parent.name], step["body"]) == []
        found += exchanges.faults(VENDOR, _definition(step), step["answer"])
    assert bool(found) == (exchanges.name(case) in BREAKING)


def _definition(step: dict[str, Any]) -> str:
    answer = step["answer"]
    if "/snap/" in step["request"]:
        if step["status"] >= 400:
            return "snap_error"
        return "page_closed" if step["request"].endswith("/cancel") else "page"
    return "transaction" if "transaction_status" in answer else "core_error"


@pytest.mark.parametrize("case", WEBHOOKS, ids=exchanges.name)
def test_notifications_keep_our_contract_and_hint_at_what_was_written_down(case: Path) -> None:
    assert exchanges.faults(VENDOR, "notification", exchanges.load(case, "body.json")) == []
    manifest = registry.load(VENDOR)
    assert manifest.inbound is not None
    webhooks = manifest.inbound(msgspec.convert(CONFIG, manifest.config))
    facts = webhooks.parse((case / "body.json").read_bytes())
    assert msgspec.to_builtins([*facts]) == exchanges.load(case, "expected.json")


def test_every_fixture_is_used_and_says_where_it_is_from() -> None:
    assert exchanges.unused(VENDOR) == set()
    for case in (*CALLS, *WEBHOOKS):
        meta = exchanges.meta(case)
        assert meta["origin"] in ("constructed", "documented", "recorded")
        assert meta["source"]
    assert {exchanges.meta(c)["operation"] for c in CALLS} == OPERATIONS


# Against what Midtrans and others publish.


def _bodies(operation: str) -> list[Any]:
    steps = [s for c in CALLS if c.parent.name == operation for s in exchanges.exchange(c)]
    return [s["body"] for s in steps if "body" in s]


@pytest.mark.parametrize(
    ("operation", "schema"), [("start_checkout", "SnapRequest"), ("refund", "RefundRequest")]
)
def test_requests_keep_the_published_types(operation: str, schema: str, folder: Path) -> None:
    spec = yaml.safe_load((folder / "midtrans-openapi_thirdparty.yml").read_text())
    whole = {"$ref": f"#/components/schemas/{schema}", "components": spec["components"]}
    assert exchanges.against(whole, {"transaction_details": {"gross_amount": "1.5"}, "amount": "1"})
    for body in _bodies(operation):
        assert exchanges.against(whole, body) == []


def test_every_field_we_send_is_in_the_official_samples(folder: Path) -> None:
    (path,) = folder.glob("postman_official_2019_*.json")
    samples = [
        text for text in _texts(json.loads(path.read_text())) if '"transaction_details"' in text
    ]
    known = set(re.findall(r'"([a-z_]+)":', "\n".join(samples)))
    sent = {name for body in _bodies("start_checkout") for name in _names(body)}
    assert sent
    assert sent - known == set()


def _texts(thing: Any) -> list[str]:
    if isinstance(thing, dict):
        return [t for value in thing.values() for t in _texts(value)]
    if isinstance(thing, list):
        return [t for value in thing for t in _texts(value)]
    return [thing] if isinstance(thing, str) else []


def _names(body: Any) -> set[str]:
    if isinstance(body, list):
        return {n for item in body for n in _names(item)}
    if isinstance(body, dict):
        return set(body) | {n for value in body.values() for n in _names(value)}
    return set()
