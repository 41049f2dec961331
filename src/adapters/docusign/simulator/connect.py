"""Connect: what happened to an envelope, told where its sender asked for it, signed by each key."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx

from adapters._kit.simulator.sending import Message, Sending, Target
from adapters.docusign.simulator.access import ACCOUNT_ID, USER_ID
from adapters.docusign.simulator.envelopes import Envelope, stamp, told

_WANTED = {"envelope": "envelope_event_status_code", "recipient": "recipient_event_status_code"}


class Connect(Sending):
    """keys: of the account; every one of them signs, each in a header of its own."""

    def __init__(
        self, now: Callable[[], float], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        super().__init__(self._headers, transport)
        self._now = now
        self.keys: list[str] = []

    def emit(self, event: str, envelope: Envelope, recipient: str | None) -> None:
        """Only what was asked for; without eventNotification nothing is told."""
        asked = envelope.definition.event_notification
        if asked is None or not _wants(asked, event):
            return
        data: dict[str, Any] = {
            "accountId": ACCOUNT_ID,
            "userId": USER_ID,
            "envelopeId": envelope.id,
            "envelopeSummary": told(envelope, set(asked.event_data.include_data)),
        }
        if recipient is not None:
            data["recipientId"] = recipient
        body = {
            "event": event,
            "uri": f"/restapi/v2.1/accounts/{ACCOUNT_ID}/envelopes/{envelope.id}",
            "retryCount": 0,
            "configurationId": 0,
            "apiVersion": "v2.1",
            "generatedDateTime": stamp(self._now()),
            "data": data,
        }
        number = f"{envelope.id}/{len(self.messages)}"
        self.post(Message(number, event, json.dumps(body).encode(), asked.url))

    def _headers(self, target: Target, raw: bytes) -> dict[str, str]:
        return {
            "content-type": "application/json; charset=utf-8",
            "x-authorization-digest": "HMACSHA256",
            **{
                f"x-docusign-signature-{n}": signature(key, raw)
                for n, key in enumerate(self.keys, 1)
            },
        }


def _wants(asked: Any, event: str) -> bool:
    kind, _, status = event.partition("-")
    wanted = asked.envelope_events if kind == "envelope" else asked.recipient_events
    return status in {getattr(one, _WANTED[kind]).lower() for one in wanted}


def signature(key: str, raw: bytes) -> str:
    return base64.b64encode(hmac.new(key.encode(), raw, sha256).digest()).decode()
