"""Every kept message, both ways: what we send to the letter, what we make of what comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters import registry
from adapters.xendit.mapping import Invoice
from tests.contract.payment_rigs import BUSINESS, XENDIT_KEY
from tests.wire import exchanges

pytestmark = pytest.mark.anyio
VENDOR = "xendit"
CONFIG = {"secret_key": XENDIT_KEY, "business_id": BUSINESS}
CALLS, WEBHOOKS = exchanges.calls(VENDOR), exchanges.webhooks(VENDOR)
OPERATIONS = {"start_checkout", "find", "expire", "refund", "find_refund", "probe"}
# What the contract does not allow, on purpose: these answers have to be refused.
BREAKING = {"find/unknown_status", "find/proxy_404"}


@pytest.fixture
def folder() -> Path:
    found = exchanges.vendor_folder(VENDOR)
    if found is None:
        pytest.skip(f"{exchanges.VENDOR_CONTRACTS} names no folder with Xendit's own contracts")
    return found


@pytest.mark.parametrize("case", CALLS, ids=exchanges.name)
async def test_what_goes_out_and_what_it_means(case: Path) -> None:
    played = await exchanges.play(VENDOR, CONFIG, case)
    assert played.result == exchanges.load(case, "expected.json")
    steps = exchanges.exchange(case)
    kept = [{k: s[k] for k in ("request", "body") if k in s} for s in steps]
    assert [exchanges.asked(r) for r in played.sent] == kept


@pytest.mark.parametrize("case", CALLS, ids=exchanges.name)
async def test_each_call_has_its_key_and_its_headers(case: Path) -> None:
    for request in (await exchanges.play(VENDOR, CONFIG, case)).sent:
        assert request.url.host == "api.xendit.co"
        assert request.headers["authorization"].startswith("Basic ")
        if request.method == "POST":
            assert request.headers["content-type"] == "application/json"
        refunds = request.method == "POST" and request.url.path == "/refunds"
        assert ("idempotency-key" in request.headers) == refunds


@pytest.mark.parametrize("case", CALLS, ids=exchanges.name)
def test_messages_keep_our_contract(case: Path) -> None:
    found = []
    for step in exchanges.exchange(case):
        if "body" in step:
            request = f"{case.parent.name}.request"
            assert exchanges.faults(VENDOR, request, step["body"]) == []
        found += exchanges.faults(VENDOR, _definition(step), step["answer"])
    assert bool(found) == (exchanges.name(case) in BREAKING)


def _definition(step: dict[str, Any]) -> str:
    if step["status"] >= 400:
        return "error"
    if "/refunds" in step["request"]:
        return "refund_list" if step["request"].startswith("GET") else "refund"
    return "invoice_list" if isinstance(step["answer"], list) else "invoice"


@pytest.mark.parametrize("case", WEBHOOKS, ids=exchanges.name)
def test_callbacks_keep_our_contract_and_hint_at_what_was_written_down(case: Path) -> None:
    body = exchanges.load(case, "body.json")
    definition = "event" if "event" in body else "invoice_callback"
    assert exchanges.faults(VENDOR, definition, body) == []
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


# Against the types of the official SDK.


def _schema(folder: Path, name: str, *, closed: bool) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads((folder / "xendit_python_7.0.0.schema.json").read_text())
    defs = whole["$defs"]
    if closed:  # the SDK's own types refuse no field it does not know; ours has to be known
        defs = {**defs, name: {**defs[name], "additionalProperties": False}}
    return {"$ref": f"#/$defs/{name}", "$defs": defs}


@pytest.mark.parametrize(
    ("operation", "name"),
    [("start_checkout", "invoice.CreateInvoiceRequest"), ("refund", "refund.CreateRefund")],
)
def test_requests_keep_the_sdks_own_types(operation: str, name: str, folder: Path) -> None:
    schema = _schema(folder, name, closed=True)
    assert exchanges.against(schema, {"external_id": "x", "amount": "1", "surprise": 1})
    steps = [s for c in CALLS if c.parent.name == operation for s in exchanges.exchange(c)]
    bodies = [s["body"] for s in steps if "body" in s]
    assert bodies
    for body in bodies:
        assert exchanges.against(schema, body) == []


def test_answers_keep_the_sdks_own_types(folder: Path) -> None:
    schema = _schema(folder, "invoice.Invoice", closed=False)
    callback = _schema(folder, "invoice.InvoiceCallback", closed=False)
    for case in CALLS:
        if exchanges.name(case) in BREAKING:
            continue
        for step in exchanges.exchange(case):
            found = step["answer"] if isinstance(step["answer"], list) else [step["answer"]]
            for invoice in found:
                if "invoice_url" in invoice:
                    assert exchanges.against(schema, invoice) == []
                    assert msgspec.convert(invoice, Invoice, strict=False).id == invoice["id"]
    for case in WEBHOOKS:
        body = exchanges.load(case, "body.json")
        if "external_id" in body:
            assert exchanges.against(callback, body) == []
