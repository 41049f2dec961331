"""Fixtures of exchanges: one folder each with request, response and what stands behind them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import jsonschema
import msgspec

from adapters._kit.wiring import Wiring
from adapters.limiter.memory import MemoryLimiter
from adapters.system import SystemClock
from core.domain.tenancy import Environment
from ports.errors import VendorError

ROOT = Path(__file__).parents[2]


class Exchange(NamedTuple):
    """request: method, path, query, headers, body. response: status, headers, and body (JSON) or
    text (as it is); without headers it is JSON."""

    name: str
    request: dict[str, Any]
    response: dict[str, Any]
    meta: dict[str, Any]


class Fixtures:
    """Those of one vendor. Webhooks have no request: their body is in body.json."""

    def __init__(self, vendor: str) -> None:
        self.folder = ROOT / "fixtures" / vendor
        self._contract = ROOT / f"contracts/{vendor}/contract.json"

    def names(self) -> list[str]:
        found = self.folder.glob("*/*/meta.toml")
        return sorted(str(p.parent.relative_to(self.folder)) for p in found)

    def meta(self, name: str) -> dict[str, Any]:
        return tomllib.loads((self.folder / name / "meta.toml").read_text())

    def file(self, name: str, file: str) -> Any:
        return json.loads((self.folder / name / file).read_text())

    def exchange(self, name: str) -> Exchange:
        request, response = (self.file(name, f"{side}.json") for side in ("request", "response"))
        return Exchange(name, request, response, self.meta(name))

    def keeps_our_contract(self, schema: str, body: Any) -> None:
        contract = json.loads(self._contract.read_text())
        jsonschema.Draft202012Validator.check_schema(contract)
        jsonschema.Draft202012Validator(
            {**contract, "$ref": f"#/$defs/{schema}"},
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
        ).validate(body)


class Replay:
    """Answers each request with the next exchange, and keeps what was asked.

    asked: a request as a fixture holds it.
    """

    def __init__(
        self, exchanges: Sequence[Exchange], asked: Callable[[httpx.Request], dict[str, Any]]
    ) -> None:
        self._left = list(exchanges)
        self._asked = asked
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(self._asked(request))
        answer = self._left.pop(0).response
        text = answer["text"] if "text" in answer else json.dumps(answer["body"])
        headers = answer.get("headers", {"content-type": "application/json"})
        return httpx.Response(answer["status"], headers=headers, content=text.encode())


class StoppedClock(SystemClock):
    """Its monotonic time goes on."""

    def __init__(self, now: datetime) -> None:
        self._at = now

    def now(self) -> datetime:
        return self._at


def stopped(
    transport: httpx.AsyncBaseTransport, now: datetime, connection: str = "con_test"
) -> Wiring:
    """What an adapter is opened with, at an instant that stands still."""
    clock = StoppedClock(now)
    return Wiring(
        connection=connection,
        budget="acc_test",
        environment=Environment.TEST,
        transport=transport,
        limiter=MemoryLimiter(clock),
        clock=clock,
    )


async def result(ask: Any) -> Any:
    """What came of it, as JSON values; an error by its name and code."""
    try:
        answer = await ask
    except VendorError as e:
        return {"error": type(e).__name__, "vendor_code": e.vendor_code}
    return msgspec.json.decode(msgspec.json.encode(answer))


async def named(ask: Any) -> Any:
    """As *result*, with its kind beside it, and without how long a connection test took."""
    try:
        answer = await ask
    except VendorError as e:
        return {"error": type(e).__name__, "vendor_code": e.vendor_code}
    plain = msgspec.json.decode(msgspec.json.encode(answer))
    if isinstance(plain, dict):
        plain.get("evidence", {}).pop("elapsed_ms", None)
        return {"is": type(answer).__name__, **plain}
    return plain
