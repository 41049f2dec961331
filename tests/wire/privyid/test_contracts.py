"""Messages against our own contract; Privy publishes none."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.privyid.signing import signature
from tests.wire.privyid.cases import CONFIG, FIXTURES


def parts() -> list[Any]:
    found = []
    for name in FIXTURES.names():
        if name.startswith("webhook/"):
            found.append(pytest.param("callback", FIXTURES.file(name, "body.json"), id=name))
            continue
        exchange = FIXTURES.exchange(name)
        for side, message in (("request", exchange.request), ("response", exchange.response)):
            schema = exchange.meta[f"{side}_schema"]
            found.append(pytest.param(schema, message["body"], id=f"{name}-{side}"))
    return found


@pytest.mark.parametrize(("schema", "body"), parts())
def test_messages_keep_our_contract(schema: str, body: Any) -> None:
    FIXTURES.keeps_our_contract(schema, body)


def test_files_and_spaces_are_no_part_of_the_signature() -> None:
    at = "2026-11-22T16:00:00+07:00"

    def sign(body: dict[str, Any]) -> str:
        return signature(CONFIG.api_key, CONFIG.secret_key, "POST", at, body)

    plain = sign({"a": "b/c", "n": 1})
    assert sign({"a": "b/c", "n": 1, "document": {"document_file": "x"}}) == plain
    assert sign({"a": " b / c ", "n": 1}) == plain
    assert sign({"n": 1, "a": "b/c"}) != plain
    assert sign({"a": "b/d", "n": 1}) != plain
