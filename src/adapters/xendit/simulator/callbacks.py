"""Callbacks, with the account's token in their header."""

from __future__ import annotations

import json
import secrets
from typing import Any

import httpx

from adapters._kit.simulator.sending import Message, Sending, Target


class Callbacks(Sending):
    """The target's secret is the verification token; "" sends the one the account began with."""

    def __init__(self, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(self._headers, transport)
        self._token = token

    def emit(self, kind: str, body: dict[str, Any]) -> None:
        type = f"invoice.{body['status'].lower()}" if kind == "invoice" else kind
        raw = json.dumps(body).encode("utf-8")
        self.post(Message(secrets.token_hex(12), type, raw))

    def _headers(self, target: Target, _: bytes) -> dict[str, str]:
        return {
            "content-type": "application/json",
            "x-callback-token": target.secret or self._token,
            "webhook-id": secrets.token_hex(12),
        }
