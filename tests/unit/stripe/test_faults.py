"""What Stripe's errors stand for, the status, the type and Stripe's own hint taken together."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from adapters._kit.answer import Answer
from adapters._kit.verdict import verdict
from adapters.stripe.mapping.payments import read_fault
from ports.errors import (
    BrokenContract,
    Misconfigured,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
INVALID, KEY_ERROR = "invalid_request_error", "idempotency_error"


def error_of(
    status: int, body: bytes, *, repeatable: bool = False, hint: str | None = None
) -> VendorError:
    answer = Answer(
        vendor="stripe",
        operation="refund",
        repeatable=repeatable,
        status=status,
        headers=httpx.Headers({"stripe-should-retry": hint} if hint else {}),
        body=body,
    )
    error = verdict(answer, now=NOW, read_fault=read_fault)
    assert error is not None
    return error


def body(type: str, code: str | None = None) -> bytes:
    return json.dumps({"error": {"type": type, "code": code}}).encode()


@pytest.mark.parametrize(
    ("status", "type", "code", "hint", "creation", "question"),
    [
        (400, INVALID, None, None, Refused, Refused),
        (400, KEY_ERROR, None, None, OutcomeUnknown, Unavailable),
        (400, INVALID, None, "true", Unavailable, Unavailable),
        (401, INVALID, None, None, Misconfigured, Misconfigured),
        (402, "card_error", "card_declined", None, Refused, Refused),
        (403, INVALID, None, None, Misconfigured, Misconfigured),
        (404, INVALID, "resource_missing", None, Refused, Refused),
        (409, KEY_ERROR, "idempotency_key_in_use", "true", OutcomeUnknown, Unavailable),
        (409, INVALID, "lock_timeout", None, Unavailable, Unavailable),
        (429, INVALID, "rate_limit", None, Unavailable, Unavailable),
        (500, "api_error", None, None, OutcomeUnknown, Unavailable),
        (500, "api_error", None, "true", OutcomeUnknown, Unavailable),
        (503, "api_error", None, "false", OutcomeUnknown, Unavailable),
    ],
)
def test_what_to_do_next(
    status: int,
    type: str,
    code: str | None,
    hint: str | None,
    creation: type[VendorError],
    question: type[VendorError],
) -> None:
    for repeatable, kind in ((False, creation), (True, question)):
        error = error_of(status, body(type, code), repeatable=repeatable, hint=hint)
        assert error.__class__ is kind
        assert error.vendor_code == (code or type)


def test_not_to_be_repeated_now_is_later_than_any_call() -> None:
    error = error_of(500, body("api_error"), repeatable=True, hint="false")
    assert isinstance(error, Unavailable)
    assert error.retry_after_s == 60


@pytest.mark.parametrize("page", [b"", b"<html>", b"{}", b'{"error": "no"}', b"[" * 5000])
@pytest.mark.parametrize("status", [302, 400, 404, 413])
def test_a_page_that_is_not_stripes_is_no_refusal(status: int, page: bytes) -> None:
    assert isinstance(error_of(status, page), OutcomeUnknown)
    assert isinstance(error_of(status, page, repeatable=True), BrokenContract)


def test_nothing_of_the_message_is_repeated() -> None:
    said = json.dumps(
        {"error": {"type": INVALID, "message": "Siti's card 4242424242424242 failed"}}
    )
    assert "4242" not in str(error_of(400, said.encode()))
    assert "Siti" not in str(error_of(400, said.encode()))
