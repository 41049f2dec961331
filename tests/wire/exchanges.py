"""Kept wire messages of payment gateways that need several calls for one of ours.

fixtures/<vendor>/<operation>/<case>/
  meta.toml      origin, source, operation, and [call] with plain arguments
  order.json     the order, for start_checkout and refund
  known.json     the checkout as it was told last, for find and expire
  exchange.json  what goes out and what comes back, in order
  expected.json  what our side makes of it
fixtures/<vendor>/webhook/<case>/: meta.toml, body.json, expected.json
"""

from __future__ import annotations

import functools
import json
import os
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import msgspec

from adapters import registry
from adapters._kit.wiring import Wiring
from adapters.limiter.memory import MemoryLimiter
from core.domain.payments.payment import Checkout
from core.domain.tenancy import Environment
from ports.errors import VendorError
from ports.payment_gateway import CheckoutOrder, PaymentGateway, RefundOrder
from tests.contract.payment_rigs import Time

ROOT = Path(__file__).parents[2]
VENDOR_CONTRACTS = "SERAI_VENDOR_CONTRACTS"
ORDERS: dict[str, Any] = {"start_checkout": CheckoutOrder, "refund": RefundOrder}
KNOWN = ("find", "expire")


class Frozen(Time):
    def now(self) -> datetime:
        return datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


class Played(msgspec.Struct):
    """result: what the call returned, or {"error", "vendor_code"}. sent: what went out."""

    result: Any
    sent: list[httpx.Request]


def calls(vendor: str) -> list[Path]:
    found = (ROOT / "fixtures" / vendor).glob("*/*/meta.toml")
    return sorted(p.parent for p in found if p.parts[-3] != "webhook")


def webhooks(vendor: str) -> list[Path]:
    return sorted(p.parent for p in (ROOT / "fixtures" / vendor / "webhook").glob("*/meta.toml"))


def name(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def meta(case: Path) -> dict[str, Any]:
    return tomllib.loads((case / "meta.toml").read_text())


def load(case: Path, file: str) -> Any:
    return json.loads((case / file).read_text())


def exchange(case: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load(case, "exchange.json")
    return found


async def play(vendor: str, config: dict[str, str], case: Path) -> Played:
    """The port's call of *case* against the answers that were kept."""
    answers = iter(exchange(case))
    played = Played(None, [])

    def answer(request: httpx.Request) -> httpx.Response:
        played.sent.append(request)
        step = next(answers, None)
        assert step is not None, f"one call too many: {request.method} {request.url}"
        return httpx.Response(step["status"], headers=step.get("headers", {}), json=step["answer"])

    manifest, time = registry.load(vendor), Frozen()
    wiring = Wiring(
        connection="con_test",
        budget="acc_test",
        environment=Environment.TEST,
        transport=httpx.MockTransport(answer),
        limiter=MemoryLimiter(time),
        clock=time,
    )
    async with manifest.open(msgspec.convert(config, manifest.config), wiring) as gateway:
        played.result = await _called(gateway, vendor, case)
    left = len(list(answers))
    assert left == 0, f"{left} of the calls that were kept did not go out"
    return played


async def _called(gateway: PaymentGateway, vendor: str, case: Path) -> Any:
    facts = meta(case)
    call, arguments = getattr(gateway, facts["operation"]), facts.get("call", {})
    if type_ := ORDERS.get(facts["operation"]):
        order = msgspec.json.decode((case / "order.json").read_bytes(), type=type_)
        ask = call(order, **arguments)
    elif facts["operation"] in KNOWN:
        ask = call(msgspec.json.decode((case / "known.json").read_bytes(), type=Checkout))
    else:
        ask = call(**arguments)
    try:
        found = msgspec.json.decode(msgspec.json.encode(await ask))
    except VendorError as e:
        if e.vendor != vendor or e.operation not in (facts["operation"], "find_refund"):
            raise
        return {"error": type(e).__name__, "vendor_code": e.vendor_code}
    return {"verdict": found["verdict"]} if facts["operation"] == "probe" else found


def asked(request: httpx.Request) -> dict[str, Any]:
    """A request as exchange.json writes it."""
    query = request.url.query.decode()
    written: dict[str, Any] = {
        "request": f"{request.method} {request.url.path}" + (f"?{query}" if query else "")
    }
    if request.content:
        written["body"] = json.loads(request.content)
    return written


@functools.cache
def contract(vendor: str) -> dict[str, Any]:
    path = ROOT / "contracts" / vendor / "contract.json"
    found: dict[str, Any] = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def faults(vendor: str, definition: str, thing: object) -> list[str]:
    """What in *thing* is against our own contract with *vendor*."""
    schema = {"$ref": f"#/$defs/{definition}", "$defs": contract(vendor)["$defs"]}
    return against(schema, thing)


def against(schema: dict[str, Any], thing: object) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(thing)]


def vendor_folder(vendor: str) -> Path | None:
    """Where the vendors' own contracts are, if this machine has them."""
    found = os.environ.get(VENDOR_CONTRACTS)
    folder = Path(found) / vendor if found else None
    return folder if folder and folder.is_dir() else None


def unused(vendor: str) -> set[Path]:
    """Files of the fixtures that no test reads."""
    files = {f for f in (ROOT / "fixtures" / vendor).rglob("*") if f.is_file()}
    return files - set(_used(vendor))


def _used(vendor: str) -> Iterator[Path]:
    for case in calls(vendor):
        operation = meta(case)["operation"]
        yield from (case / f for f in ("meta.toml", "exchange.json", "expected.json"))
        if operation in ORDERS:
            yield case / "order.json"
        if operation in KNOWN:
            yield case / "known.json"
    for case in webhooks(vendor):
        yield from (case / f for f in ("meta.toml", "body.json", "expected.json"))
