"""Notifications, signed as Midtrans signs them."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import httpx

from adapters._kit.simulator.sending import Message, Sending, Target


class Notifications(Sending):
    """The target's secret is not used: the server key signs."""

    def __init__(self, key: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(_headers, transport)
        self._key = key

    def emit(self, shown: dict[str, Any], notify: str) -> None:
        """notify: the address the checkout asked for, or ""."""
        body = {
            **shown,
            "status_message": "midtrans payment notification",
            "signature_key": signature(shown, self._key),
        }
        raw = json.dumps(body, indent=2).encode("utf-8")
        self.post(Message(f"ntf_{uuid.uuid4()}", shown["transaction_status"], raw, notify))


def signature(shown: dict[str, Any], key: str) -> str:
    """SHA-512 over the order, the code, the amount as it is written, and the server key."""
    signed = shown["order_id"] + shown["status_code"] + shown["gross_amount"] + key
    return hashlib.sha512(signed.encode("utf-8")).hexdigest()


def _headers(_: Target, __: bytes) -> dict[str, str]:
    return {"content-type": "application/json", "user-agent": "Veritrans (+simulator)"}
