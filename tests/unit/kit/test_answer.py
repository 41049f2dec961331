from __future__ import annotations

import httpx
import msgspec
import pytest

from adapters._kit.answer import Answer, broken, decode
from adapters._kit.redact import safe_code, safe_reason
from ports.errors import BrokenContract, OutcomeUnknown

GUEST = "Fulan bin Fulan"


class Hotel(msgspec.Struct):
    code: int
    board: msgspec.Raw = msgspec.Raw(b"")


def answer(body: bytes, *, repeatable: bool = True) -> Answer:
    return Answer("acme", "search", repeatable, 200, httpx.Headers({"x": GUEST}), body, "req-1")


def test_a_good_body() -> None:
    assert decode(answer(b'{"code": 7, "new": 1}'), Hotel).code == 7
    assert decode(answer(b'{"code": "7"}'), Hotel, strict=False).code == 7


BAD = {
    "empty": b"",
    "cut": b'{"code": 7',
    "other type": b'{"code": "7"}',
    "null": b"null",
    "list": b"[]",
    "html": b"<html>" + GUEST.encode(),
    "not utf-8": b'{"code": "\xff\xfe"}',
    "two": b'{"code": 7}{"code": 7}',
    "huge number": b'{"code": 1' + b"0" * 5000 + b"}",
    "deep": b'{"board": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_bad_body_is_a_broken_contract_or_for_a_booking_unknown(body: bytes) -> None:
    with pytest.raises(BrokenContract) as caught:
        decode(answer(body), Hotel)
    assert caught.value.request_id == "req-1"
    assert caught.value.__cause__ is caught.value.__context__ is None
    with pytest.raises(OutcomeUnknown):
        decode(answer(body, repeatable=False), Hotel)


def test_an_error_quotes_no_value() -> None:
    class Kind(msgspec.Struct):
        name: msgspec.UnsetType

    with pytest.raises(BrokenContract) as caught:
        decode(answer(f'{{"name": "{GUEST}"}}'.encode()), Kind)
    assert GUEST not in str(caught.value)
    assert GUEST not in repr(answer(GUEST.encode()))


def test_broken_says_where() -> None:
    error = broken(answer(b""), "no rooms")
    assert str(error) == "acme search: HTTP 200: no rooms"


@pytest.mark.parametrize(
    ("value", "code"),
    [("E-42", "E-42"), ("a b\r\nc", "a_b_c"), ("", None), ("  ", None), ("x" * 999, "x" * 64)],
)
def test_a_code_is_short_and_plain(value: str, code: str | None) -> None:
    assert safe_code(value) == code


def test_a_reason_hides_what_it_quotes() -> None:
    assert safe_reason(ValueError(f"Invalid value '{GUEST}' - at `$.a`")).endswith(
        "Invalid value *** - at `$.a`"
    )
    assert GUEST not in safe_reason(ValueError(f"Invalid '{GUEST}"))
