"""Messages against contracts: ours always, OCTO's own where it is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from adapters.octo.mapping import booking, faults, vouchers, wire
from core.domain.bookings.booking import SupplierState
from tests.wire.octo.official import keep_their_contract
from tests.wire.octo.replay import every_name, load

ROOT = Path(__file__).parents[3]
OURS = json.loads((ROOT / "contracts/octo/contract.json").read_text())


def parts() -> list[Any]:
    """Each message of a fixture with the name of its schema."""
    found = []
    for name in every_name():
        fixture = load(name)
        for side, message in (("request", fixture.request), ("response", fixture.response)):
            schema = fixture.meta.get(f"{side}_schema")
            assert (schema is None) == (message["body"] is None), name
            if schema is not None:
                found.append(pytest.param(schema, message["body"], id=f"{name}-{side}"))
    return found


@pytest.mark.parametrize(("schema", "body"), parts())
def test_messages_keep_our_contract(schema: str, body: Any) -> None:
    jsonschema.Draft202012Validator(
        {**OURS, "$ref": f"#/$defs/{schema}"},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    ).validate(body)


@pytest.mark.parametrize("name", every_name())
def test_messages_keep_their_contract(name: str, official: dict[str, Any]) -> None:
    """Strictly: a field that they do not name is a fault of ours, sent or simulated."""
    fixture = load(name)
    keep_their_contract(official, fixture.request, fixture.response)


def test_a_misspelt_field_would_be_seen(official: dict[str, Any]) -> None:
    fixture = load("hold/held")
    for body in (
        {**fixture.request["body"], "availabilityID": "1"},
        {**fixture.request["body"], "unitItems": [{"unit": "adult"}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            keep_their_contract(official, {**fixture.request, "body": body}, fixture.response)
    answer = {k: v for k, v in fixture.response["body"].items() if k != "testMode"}
    with pytest.raises(jsonschema.ValidationError):
        keep_their_contract(official, fixture.request, {**fixture.response, "body": answer})


# ------------------------------------------------- their own examples, read by our mapping


def _examples(spec: dict[str, Any], path: str, method: str, status: str = "200") -> list[Any]:
    content = spec["paths"][path][method]["responses"][status]["content"]["application/json"]
    found = [e["value"] for e in content.get("examples", {}).values()]
    assert found, (path, method)
    return found


def _read(example: Any, type_: Any) -> Any:
    return msgspec.json.decode(json.dumps(example, default=str).encode(), type=type_)


def test_their_product_examples_are_read(official: dict[str, Any]) -> None:
    for example in _examples(official, "/products/", "get"):
        (product,) = _read(example, tuple[wire.Product, ...])
        assert product.time_zone == "Europe/London"
        (option,) = product.options
        assert {unit.type for unit in option.units} >= {"ADULT"}
        assert (option.cancellation_cutoff_amount, option.cancellation_cutoff_unit) == (1, "hour")


def test_their_availability_examples_are_read(official: dict[str, Any]) -> None:
    for example in _examples(official, "/availability/", "post"):
        for row in _read(example, tuple[wire.Availability, ...]):
            assert row.available
            assert row.utc_cutoff_at is not None


@pytest.mark.parametrize(
    ("method", "path", "state"),
    [
        ("post", "/bookings/", None),
        ("post", "/bookings/{uuid}/extend", None),
        ("post", "/bookings/{uuid}/confirm", SupplierState.CONFIRMED),
        ("get", "/bookings/{uuid}", SupplierState.CONFIRMED),
        ("post", "/bookings/{uuid}/cancel", SupplierState.CANCELLED),
    ],
)
def test_their_booking_examples_are_read(
    method: str, path: str, state: SupplierState | None, official: dict[str, Any]
) -> None:
    for example in _examples(official, path, method):
        read = _read(example, wire.Booking)
        told = booking.told(read)
        assert (told.state if told else None) is state
        assert (read.status == booking.HELD) is (state is None)
        assert vouchers.tickets(read).found == ()  # their codes are empty


def test_their_errors_are_known(official: dict[str, Any]) -> None:
    """Every code of theirs is a clear no, a key to mend, or a failure of their own."""
    told = set()
    for path, method in (("/bookings/{uuid}/confirm", "post"), ("/availability/", "post")):
        told |= {e["error"] for e in _examples(official, path, method, "400")}
    known = faults._NO | faults._OURS_TO_MEND | {"INTERNAL_SERVER_ERROR"}
    assert told <= known
