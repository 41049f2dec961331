"""Fixtures of exchanges: one folder each with request, response and what stands behind them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import jsonschema
import msgspec

from ports.errors import VendorError

ROOT = Path(__file__).parents[2]


class Exchange(NamedTuple):
    """request: method, path, query, headers, body. response: status, headers, and body (JSON) or
    text (as it is)."""

    name: str
    request: dict[str, Any]
    response: dict[str, Any]
    meta: dict[str, Any]


class Fixtures:
    """Those of one vendor. Webhooks have no request: their body is in body.json."""

    def __init__(self, vendor: str) -> None:
        self.folder = ROOT / "fixtures" / vendor
        self.contract = json.loads((ROOT / f"contracts/{vendor}/contract.json").read_text())

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
        jsonschema.Draft202012Validator.check_schema(self.contract)
        jsonschema.Draft202012Validator(
            {**self.contract, "$ref": f"#/$defs/{schema}"},
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
        return httpx.Response(answer["status"], headers=answer["headers"], content=text.encode())


async def result(ask: Any) -> Any:
    """What came of it, as JSON values; an error by its name and code."""
    try:
        answer = await ask
    except VendorError as e:
        return {"error": type(e).__name__, "vendor_code": e.vendor_code}
    return msgspec.json.decode(msgspec.json.encode(answer))
