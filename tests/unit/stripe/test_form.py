"""Brackets, as Stripe reads them."""

from urllib.parse import parse_qsl

import pytest

from adapters.stripe.form import Field, encode
from adapters.stripe.simulator import params
from adapters.stripe.simulator.errors import ApiError

SCHEMA = {"a": "str", "b": [{"c": "int", "d": "bool"}], "m": "map"}


def test_nesting_lists_and_what_is_absent() -> None:
    fields: dict[str, Field] = {
        "a": "x & y=é",
        "b": [{"c": 1, "d": True}, {"c": -2, "d": False}],
        "none": None,
        "m": {"k": "v", "empty": None},
    }
    assert parse_qsl(encode(fields).decode()) == [
        ("a", "x & y=é"),
        ("b[0][c]", "1"),
        ("b[0][d]", "true"),
        ("b[1][c]", "-2"),
        ("b[1][d]", "false"),
        ("m[k]", "v"),
    ]


def test_the_other_side_reads_what_was_meant() -> None:
    """Two programs written apart agree."""
    meant: dict[str, Field] = {"a": "ü[0]=&", "b": [{"c": 7, "d": False}], "m": {"k": "v"}}
    assert params.read(encode(meant), SCHEMA) == meant


@pytest.mark.parametrize(
    "raw",
    [
        b"b[1][c]=1",
        b"a=1&a=2",
        b"a[b]=1",
        b"a=1&a[b]=2",
        b"b[c]=1",
        b"z=1",
        b"m=1",
        b"a",
        b"\xff=1",
        b"a=%FF",
        b"b[0][c]=1.0",
        b"b[0][d]=yes",
        b"A b=1",
        b"a=",
    ],
)
def test_the_other_side_is_strict(raw: bytes) -> None:
    with pytest.raises(ApiError):
        params.read(raw, SCHEMA)
