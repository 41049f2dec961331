"""Requests, read as strictly as the types of the official SDK, and no field we do not send."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from adapters.xendit.simulator.errors import ApiError, invalid

DIGITS = {"IDR": 0, "VND": 0, "USD": 2, "PHP": 2, "THB": 2, "MYR": 2}
REASONS = {"FRAUDULENT", "DUPLICATE", "REQUESTED_BY_CUSTOMER", "CANCELLATION", "OTHERS"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
Object = dict[str, Any]
Check = Callable[[Any], bool]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _text(longest: int) -> Check:
    return lambda value: isinstance(value, str) and 1 <= len(value) <= longest


def _url(value: Any) -> bool:
    return isinstance(value, str) and bool(re.match(r"https?://[^/\s]+", value))


def _metadata(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) > 50:
        return False
    return all(len(k) <= 40 and isinstance(v, str) and len(v) <= 500 for k, v in value.items())


_INVOICE: dict[str, Check] = {
    "external_id": _text(255),
    "amount": _number,
    "currency": lambda value: value in DIGITS,
    "description": _text(1000),
    "invoice_duration": lambda value: type(value) is int and 1 <= value <= 31_536_000,
    "payer_email": lambda value: isinstance(value, str) and bool(_EMAIL.fullmatch(value)),
    "should_send_email": lambda value: isinstance(value, bool),
    "success_redirect_url": _url,
    "failure_redirect_url": _url,
}
_REFUND: dict[str, Check] = {
    "invoice_id": _text(255),
    "reference_id": _text(255),
    "amount": _number,
    "currency": lambda value: value in DIGITS,
    "reason": lambda value: value in REASONS,
    "metadata": _metadata,
}


def invoice_request(body: bytes) -> Object:
    """ApiError: what Xendit would refuse, and what we have no reason to send."""
    asked = _object(body)
    if asked.get("currency", "IDR") not in DIGITS:
        raise ApiError(400, "UNSUPPORTED_CURRENCY", "The currency is not supported")
    _check(asked, _INVOICE, ("external_id", "amount"))
    check_digits(asked["amount"], asked.get("currency", "IDR"))
    return asked


def refund_request(body: bytes) -> Object:
    asked = _object(body)
    _check(asked, _REFUND, ("invoice_id", "reason"))
    return asked


def check_digits(amount: float, currency: str) -> None:
    if round(amount, DIGITS[currency]) != amount:
        raise invalid(f"amount has more decimal places than {currency}")


def _object(body: bytes) -> Object:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON") from None
    if not isinstance(found, dict):
        raise invalid("the body is not an object")
    return found


def _check(asked: Object, known: dict[str, Check], needed: tuple[str, ...]) -> None:
    faults = [f"{name} is not allowed" for name in asked if name not in known]
    faults += [f"{name} is required" for name in needed if name not in asked]
    faults += [
        f"{n} is invalid" for n, value in asked.items() if n in known and not known[n](value)
    ]
    if faults:
        raise invalid(*faults)
