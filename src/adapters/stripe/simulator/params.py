"""Reading a bracketed form as strictly as Stripe does: no parameter it does not know."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from adapters.stripe.simulator.errors import invalid

_NAME = re.compile(r"([a-z_0-9]+)((?:\[[A-Za-z0-9_ -]*\])*)", re.ASCII)
MOST_METADATA = 50

# "str", "int", "bool", "map", a set of words, a nested dict, or [what a list holds].
Schema = dict[str, Any]
METADATA = "map"
EXPAND = ["str"]
SESSION_CREATE: Schema = {
    "mode": {"payment"},
    "adaptive_pricing": {"enabled": "bool"},
    "cancel_url": "url",
    "client_reference_id": "str",
    "customer_email": "email",
    "expand": EXPAND,
    "expires_at": "int",
    "line_items": [
        {
            "quantity": "int",
            "price_data": {
                "currency": "str",
                "unit_amount": "int",
                "product_data": {"name": "str", "description": "str", "metadata": METADATA},
            },
        }
    ],
    "locale": "str",
    "metadata": METADATA,
    "payment_intent_data": {"description": "str", "metadata": METADATA},
    "success_url": "url",
}
REFUND_CREATE: Schema = {
    "amount": "int",
    "charge": "str",
    "expand": EXPAND,
    "metadata": METADATA,
    "payment_intent": "str",
    "reason": {"duplicate", "fraudulent", "requested_by_customer"},
}
REFUND_LIST: Schema = {
    "charge": "str",
    "expand": EXPAND,
    "limit": "int",
    "payment_intent": "str",
    "starting_after": "str",
}
TRANSACTION_LIST: Schema = {
    "created": {"gte": "int", "lt": "int"},
    "expand": EXPAND,
    "limit": "int",
    "starting_after": "str",
}
ONLY_EXPAND: Schema = {"expand": EXPAND}
NOTHING: Schema = {}


def read(raw: bytes, schema: Schema) -> dict[str, Any]:
    """The parameters as a tree with typed leaves. ApiError: unknown, repeated or ill-typed."""
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, strict_parsing=bool(raw), errors="strict"
        )
    except ValueError:
        raise invalid("Invalid request body") from None
    tree: dict[str, Any] = {}
    for name, value in pairs:
        _plant(tree, name, value)
    return {k: _typed(k, v, schema.get(k)) for k, v in tree.items()}


def _plant(tree: dict[str, Any], name: str, value: str) -> None:
    match = _NAME.fullmatch(name)
    if match is None:
        raise invalid(f"Invalid parameter name: {name}")
    *branches, leaf = [match[1], *re.findall(r"\[([^\]]*)\]", match[2])]
    for branch in branches:
        tree = tree.setdefault(branch, {})
        if not isinstance(tree, dict):
            raise invalid(f"Invalid object: {name}", param=name)
    if leaf == "":
        leaf = str(len(tree))
    if leaf in tree:
        raise invalid(f"Repeated parameter: {name}", param=name)
    tree[leaf] = value


def _typed(name: str, value: Any, kind: Any) -> Any:
    if kind is None:
        raise invalid(f"Received unknown parameter: {name}", "parameter_unknown", name)
    if isinstance(kind, dict | list) or kind == METADATA:
        if not isinstance(value, dict):
            raise invalid(f"Invalid object: {name}", param=name)
        return _nested(name, value, kind)
    if not isinstance(value, str):
        raise invalid(f"Invalid {name}: not a plain value", param=name)
    if value == "":
        raise invalid(f"You passed an empty string for '{name}'", "parameter_invalid_empty", name)
    return _leaf(name, value, kind)


def _nested(name: str, value: dict[str, Any], kind: Any) -> Any:
    if kind == METADATA:
        return _metadata(name, value)
    if isinstance(kind, dict):
        return {k: _typed(f"{name}[{k}]", v, kind.get(k)) for k, v in value.items()}
    if [*value] != [str(n) for n in range(len(value))]:
        raise invalid(f"Invalid array: {name}", param=name)
    return [_typed(f"{name}[{k}]", v, kind[0]) for k, v in value.items()]


def _metadata(name: str, value: dict[str, Any]) -> dict[str, str]:
    for key, text in value.items():
        if not isinstance(text, str) or len(key) > 40 or len(text) > 500:
            raise invalid("Metadata is up to 40 by 500 characters", param=f"{name}[{key}]")
    if len(value) > MOST_METADATA:
        raise invalid("Too many metadata keys", param=name)
    return value


def _leaf(name: str, value: str, kind: Any) -> Any:
    if isinstance(kind, set):
        if value not in kind:
            raise invalid(f"Invalid {name}: must be one of {', '.join(sorted(kind))}", param=name)
        return value
    if kind == "int":
        if not re.fullmatch(r"-?[0-9]{1,15}", value, re.ASCII):
            raise invalid(f"Invalid integer: {value}", "parameter_invalid_integer", name)
        return int(value)
    if kind == "bool":
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", param=name)
        return value == "true"
    _text(name, value, kind)
    return value


def _text(name: str, value: str, kind: str) -> None:
    if kind == "url" and not re.match(r"https?://[^/\s]+", value):
        raise invalid("Not a valid URL", "url_invalid", name)
    if kind == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        raise invalid(f"Invalid email address: {value}", "email_invalid", name)
    if len(value) > 5000:
        raise invalid("Too long", "parameter_invalid_string", name)


def need(params: dict[str, Any], *names: str) -> None:
    """ApiError: one of *names* is not there."""
    for name in names:
        if name not in params:
            raise invalid(f"Missing required param: {name}.", "parameter_missing", name)
