"""Messages against contracts: ours always, Hotelbeds' own where it is at hand."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from adapters.hotelbeds.mapping import booking, wire
from adapters.hotelbeds.mapping.wire import Hotel
from tests.wire.hotelbeds.replay import every_name, load

ROOT = Path(__file__).parents[3]
OURS = json.loads((ROOT / "contracts/hotelbeds/contract.json").read_text())
VENDOR = Path(os.environ.get("SERAI_VENDOR_CONTRACTS") or ROOT / "vendor")
OFFICIAL = VENDOR / "hotelbeds/booking/src/main/resources/openapi-spec.yaml"


@pytest.fixture(scope="module")
def official() -> dict[str, Any]:
    if not OFFICIAL.exists():
        pytest.skip("Hotelbeds' own contract is not at hand (SERAI_VENDOR_CONTRACTS)")
    spec: dict[str, Any] = yaml.load(OFFICIAL.read_text(), yaml.CSafeLoader)
    return spec


def parts() -> list[Any]:
    """Each message of a fixture with the name of its schema."""
    found = []
    for name in every_name():
        fixture = load(name)
        for side, message in (("request", fixture.request), ("response", fixture.response)):
            schema = fixture.meta.get(f"{side}_schema")
            if schema is not None:
                found.append(pytest.param(schema, message["body"], id=f"{name}-{side}"))
    return found


@pytest.mark.parametrize(("schema", "body"), parts())
def test_messages_keep_our_contract(schema: str, body: Any) -> None:
    jsonschema.Draft202012Validator(
        {**OURS, "$ref": f"#/$defs/{schema}"},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    ).validate(body)


@pytest.mark.parametrize(("schema", "body"), [p for p in parts() if p.values[0].endswith("RQ")])
def test_requests_keep_their_contract(schema: str, body: Any, official: dict[str, Any]) -> None:
    """Strictly: a field that they do not name is a fault of ours."""
    if schema == "bookingChangeRQ":  # a change is their own detail, sent back
        body = _without_what_they_sent(body)
    jsonschema.Draft4Validator(
        {**_strict(official), "$ref": f"#/components/schemas/{schema}"}
    ).validate(body)


def test_a_misspelt_field_would_be_seen(official: dict[str, Any]) -> None:
    body = {**load("bookings/confirmed").request["body"], "clientRef": "S1"}
    schema = {**_strict(official), "$ref": "#/components/schemas/bookingRQ"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate(body)


def _strict(spec: dict[str, Any]) -> dict[str, Any]:
    """`room` is required where `rooms` is meant; nothing unknown is allowed."""
    schemas = copy.deepcopy(spec["components"]["schemas"])
    for schema in schemas.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
        if "room" in schema.get("required", ()) and "rooms" in schema["properties"]:
            schema["required"] = ["rooms" if n == "room" else n for n in schema["required"]]
    return {"components": {"schemas": schemas}}


def _without_what_they_sent(body: dict[str, Any]) -> dict[str, Any]:
    """Where their own examples break their own schema: paymentType, and a total as text."""
    plain = copy.deepcopy(body)
    plain["booking"]["hotel"].pop("totalNet")
    for room in plain["booking"]["hotel"]["rooms"]:
        for rate in room["rates"]:
            rate.pop("paymentType")
    return plain


# ------------------------------------------------- their own examples, read by our mapping


def _examples(spec: dict[str, Any], path: str, method: str) -> list[dict[str, Any]]:
    content = spec["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    found = [content["example"]] if "example" in content else []
    found += [e["value"] for e in content.get("examples", {}).values()]
    assert found, (path, method)
    return found


def _read(example: dict[str, Any], type_: Any) -> Any:
    return msgspec.json.decode(json.dumps(example, default=str).encode(), type=type_)


def test_their_search_example_is_read(official: dict[str, Any]) -> None:
    for example in _examples(official, "/hotels", "post"):
        hotels = _read(example, wire.AvailabilityRS).hotels.hotels
        assert hotels
        for raw in hotels:
            rates = [r for room in msgspec.json.decode(raw, type=Hotel).rooms for r in room.rates]
            assert all(rate.rate_key and rate.net > 0 for rate in rates)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/bookings", "post"),
        ("/bookings/{bookingId}", "get"),
        ("/bookings/{bookingId}", "put"),
        ("/bookings/{bookingId}", "delete"),
    ],
)
def test_their_booking_examples_are_read(path: str, method: str, official: dict[str, Any]) -> None:
    for example in _examples(official, path, method):
        told = booking.told(_read(example, wire.BookingRS).booking)
        assert told is not None
        assert told.stay is not None
        if method == "delete":
            assert told.fee is not None
        else:
            assert told.net is not None
            assert told.cancellation is not None


def test_their_list_example_is_read(official: dict[str, Any]) -> None:
    for example in _examples(official, "/bookings", "get"):
        listed = _read(example, wire.BookingListRS).bookings.bookings
        assert listed
        first = listed[0]
        assert booking.chosen(booking.under(first.client_reference, listed)) == first
