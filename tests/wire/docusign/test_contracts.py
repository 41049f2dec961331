"""Messages against contracts: ours always, DocuSign's own where it is at hand."""

from __future__ import annotations

import copy
import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.docusign import MANIFEST
from core.domain.agreements.agreement import SignatureFact
from tests.wire.docusign.cases import CONFIG, FIXTURES
from tests.wire.exchange import ROOT

VENDOR = Path(os.environ.get("SERAI_VENDOR_CONTRACTS") or ROOT / "vendor") / "docusign"
OFFICIAL, SAMPLE = (
    VENDOR / "esignature_v2.1_openapi3_apisguru.json",
    VENDOR / "connect.sample-v2.json",
)
EXCHANGES = [name for name in FIXTURES.names() if not name.startswith("webhook/")]


@functools.cache
def official() -> dict[str, Any]:
    if not OFFICIAL.exists():
        pytest.skip("DocuSign's own contract is not at hand (SERAI_VENDOR_CONTRACTS)")
    found: dict[str, Any] = json.loads(OFFICIAL.read_text())
    for schema in found["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False  # a field they do not name is a fault of ours
    return found


def keeps_theirs(schema: str, body: Any) -> None:
    spec = official()
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": spec["components"]}
    ).validate(body)


def parts() -> list[Any]:
    """Each message with the name of its schema in our contract and in theirs."""
    found = []
    for name in EXCHANGES:
        exchange = FIXTURES.exchange(name)
        for side, message in (("request", exchange.request), ("response", exchange.response)):
            schema, theirs = (exchange.meta.get(f"{side}_{k}") for k in ("schema", "official"))
            assert (schema is None) == (message.get("body") is None), name
            if schema is not None:
                found.append(pytest.param(schema, theirs, message["body"], id=f"{name}-{side}"))
    for name in FIXTURES.names():
        if name.startswith("webhook/"):
            body = FIXTURES.file(name, "body.json")
            found.append(pytest.param("event", None, body, id=name))
    return found


@pytest.mark.parametrize(("schema", "theirs", "body"), parts())
def test_messages_keep_our_contract(schema: str, theirs: str | None, body: Any) -> None:
    FIXTURES.keeps_our_contract(schema, body)


@pytest.mark.parametrize(
    ("schema", "theirs", "body"), [p for p in parts() if p.values[1] is not None]
)
def test_messages_keep_their_contract(schema: str, theirs: str, body: Any) -> None:
    keeps_theirs(theirs, body)


@pytest.mark.parametrize("name", EXCHANGES)
def test_every_path_and_parameter_is_theirs(name: str) -> None:
    request = FIXTURES.exchange(name).request
    if request["path"].startswith("/oauth/"):
        return  # the sign-in is not part of it
    path = request["path"].removeprefix("/restapi")
    for template, methods in sorted(official()["paths"].items(), key=lambda p: p[0].count("{")):
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path):
            named = {p["name"] for p in methods[request["method"].lower()]["parameters"]}
            assert set(request["query"]) <= named
            return
    raise AssertionError(f"they have no {path}")


def test_a_misspelt_field_and_a_number_for_a_text_would_be_seen() -> None:
    body = FIXTURES.exchange("send/sent").request["body"]
    numbered = copy.deepcopy(body)
    numbered["recipients"]["signers"][0]["recipientId"] = 1
    for wrong in ({**body, "transactionID": "x"}, numbered):
        with pytest.raises(jsonschema.ValidationError):
            keeps_theirs("envelopeDefinition", wrong)


def test_their_connect_sample_is_read() -> None:
    """Its values are placeholders, a status among them: what must hold is the shape."""
    if not SAMPLE.exists():
        pytest.skip("DocuSign's own sample is not at hand (SERAI_VENDOR_CONTRACTS)")
    sample = json.loads(SAMPLE.read_text())
    assert MANIFEST.inbound is not None
    sample |= {"event": "envelope-completed", "generatedDateTime": "2026-11-22T09:00:00.1234567Z"}
    summary = sample["data"]["envelopeSummary"]
    dates = {name: "2026-11-22T09:00:00Z" for name in summary if name.endswith("DateTime")}
    summary |= {**dates, "status": "completed", "envelopeId": sample["data"]["envelopeId"]}
    summary["recipients"]["signers"] = summary["recipients"]["signers"][:1]
    for signer in summary["recipients"]["signers"]:
        signer |= {"status": "completed", "recipientId": "1", "signedDateTime": ""}
    fields = summary["customFields"]["textCustomFields"]
    fields[0] |= {"name": "serai_agreement", "value": "agr_1"}
    (fact,) = MANIFEST.inbound(CONFIG).parse(json.dumps(sample).encode())
    assert isinstance(fact, SignatureFact)
    assert fact.reference == "agr_1"
