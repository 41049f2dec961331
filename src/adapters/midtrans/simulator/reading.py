"""A Snap request, read as strictly as Midtrans' documentation allows."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from adapters.midtrans.simulator.errors import core, snap

LARGEST_REQUEST = 16 * 1024
SHORTEST_MIN, LONGEST_MIN = 5, 7 * 24 * 60
_ORDER = re.compile(r"[A-Za-z0-9_~.-]{1,50}", re.ASCII)
_REFUND_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
_KNOWN = {
    "transaction_details": {"order_id", "gross_amount"},
    "item_details": {"id", "price", "quantity", "name"},
    "customer_details": {"first_name", "last_name", "email", "phone"},
    "credit_card": {"secure"},
    "expiry": {"start_time", "unit", "duration"},
    "callbacks": {"finish"},
}


def page_request(body: bytes) -> dict[str, Any]:
    """Refusal: what Midtrans would refuse, and what we have no reason to send."""
    if len(body) > LARGEST_REQUEST:
        raise snap(400, "request is larger than 16 KB")
    asked = _object(body)
    if asked is None:
        raise snap(400, "request body is not JSON")
    faults = [*_unknown(asked), *_details(asked), *_items(asked), *_others(asked)]
    if faults:
        raise snap(400, *faults)
    return asked


def ends_at(asked: dict[str, Any], now: float) -> float:
    """Unix seconds at which the page and every means of payment end. Refusal: out of bounds."""
    expiry = asked.get("expiry")
    if expiry is None:
        return now + 24 * 3600
    minutes = expiry["duration"] * _MINUTES[expiry["unit"].rstrip("s")]
    start = datetime.strptime(expiry["start_time"], "%Y-%m-%d %H:%M:%S %z").timestamp()
    left = start + minutes * 60 - now
    if not SHORTEST_MIN * 60 - 60 <= left <= LONGEST_MIN * 60 + 60:
        raise snap(400, "expiry.duration is from 5 minutes to 7 days")
    return float(start + minutes * 60)


def refund_request(body: bytes) -> dict[str, Any]:
    asked = _object(body) if body else {}
    if asked is None:
        raise core(413, "The request cannot be processed due to malformed syntax")
    if set(asked) - {"refund_key", "amount", "reason"}:
        raise core(400, "One or more parameters in the payload is invalid.")
    amount, key = asked.get("amount"), asked.get("refund_key", "x")
    if amount is not None and (type(amount) is not int or amount < 1):
        raise core(414, "Refund request is rejected due to invalid amount")
    if not isinstance(key, str) or not _REFUND_KEY.fullmatch(key):
        raise core(400, "refund_key is letters, digits, dash and underscore")
    if len(str(asked.get("reason", ""))) > 255:
        raise core(400, "reason is up to 255 characters")
    return asked


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _unknown(asked: dict[str, Any]) -> list[str]:
    faults = [f"{name} is not known here" for name in asked if name not in _KNOWN]
    for name, fields in _KNOWN.items():
        value = asked.get(name, {})
        for thing in value if isinstance(value, list) else [value]:
            if not isinstance(thing, dict):
                faults.append(f"{name} is not an object")
            else:
                faults += [f"{name}.{f} is not known here" for f in thing if f not in fields]
    return faults


def _details(asked: dict[str, Any]) -> list[str]:
    details = asked.get("transaction_details")
    if not isinstance(details, dict):
        return ["transaction_details is required"]
    order, amount = details.get("order_id"), details.get("gross_amount")
    faults = []
    if not isinstance(order, str) or not _ORDER.fullmatch(order):
        faults.append("transaction_details.order_id is up to 50 of A-Z a-z 0-9 - _ ~ .")
    if type(amount) is not int or amount < 1:
        faults.append("transaction_details.gross_amount is not a positive integer")
    return faults


def _items(asked: dict[str, Any]) -> list[str]:
    items = asked.get("item_details")
    if items is None:
        return []
    if not isinstance(items, list) or not items:
        return ["item_details is not a list of items"]
    for item in items:
        if not all(type(item.get(f)) is int for f in ("price", "quantity")):
            return ["item_details.price and quantity are integers"]
        if not 1 <= len(str(item.get("name", ""))) <= 50 or len(str(item.get("id", ""))) > 50:
            return ["item_details.name is required, and up to 50 characters"]
    total = sum(item["price"] * item["quantity"] for item in items)
    if total != asked.get("transaction_details", {}).get("gross_amount"):
        return ["transaction_details.gross_amount is not equal to the sum of item_details"]
    return []


def _others(asked: dict[str, Any]) -> list[str]:
    faults = []
    email = asked.get("customer_details", {}).get("email")
    if email is not None and not _EMAIL.fullmatch(str(email)):
        faults.append("customer_details.email format is invalid")
    finish = asked.get("callbacks", {}).get("finish")
    if finish is not None and not re.match(r"https?://[^/\s]+", str(finish)):
        faults.append("callbacks.finish is not a URL")
    expiry = asked.get("expiry")
    if expiry is not None:
        faults += _expiry(expiry)
    return faults


def _expiry(expiry: dict[str, Any]) -> list[str]:
    unit, duration = str(expiry.get("unit", "")).rstrip("s"), expiry.get("duration")
    if unit not in _MINUTES or type(duration) is not int:
        return ["expiry.unit or duration is invalid"]
    if not SHORTEST_MIN <= duration * _MINUTES[unit] <= LONGEST_MIN:
        return ["expiry.duration is from 5 minutes to 7 days"]
    try:
        datetime.strptime(str(expiry.get("start_time")), "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return ["expiry.start_time is not YYYY-MM-DD HH:MM:SS +0700"]
    return []
