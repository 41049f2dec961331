"""The account's events, signed as Stripe signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

import httpx

from adapters._kit.simulator.sending import Message, Sending, Target

API_VERSION = "2026-10-28.endive"


class Webhooks(Sending):
    """events: all there were, oldest first."""

    def __init__(
        self, now: Callable[[], float], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        super().__init__(self._headers, transport)
        self.events: list[dict[str, Any]] = []
        self._now = now

    def emit(self, type: str, thing: dict[str, Any]) -> None:
        """Make an event of *thing* as it is now, and send it or hold it."""
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self._now()),
            "data": {"object": dict(thing)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": type,
        }
        self.events.append(event)
        self.post(Message(str(event["id"]), type, json.dumps(event, indent=2).encode("utf-8")))

    def _headers(self, target: Target, raw: bytes) -> dict[str, str]:
        return {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": signature(target.secret, int(self._now()), raw),
            "user-agent": "Stripe/1.0 (+simulator)",
        }


def signature(secret: str, timestamp: int, raw: bytes) -> str:
    """The Stripe-Signature header: HMAC-SHA256 over `<timestamp>.<body>`, in hex."""
    signed = str(timestamp).encode("ascii") + b"." + raw
    digest = hmac.new(secret.encode("utf-8"), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
