"""The signature of every call, as independent integrations agree that it is made."""

from __future__ import annotations

import base64
import hmac
import json
import uuid
from collections.abc import Generator, Mapping
from datetime import datetime, timedelta, timezone
from hashlib import md5, sha256
from typing import Any

import httpx

from ports.clock import Clock

JAKARTA = timezone(timedelta(hours=7))
# Files are left out of what is signed.
UNSIGNED = frozenset({"document", "ktp", "identity", "selfie", "supporting_docs"})


def timestamp(now: datetime) -> str:
    return now.astimezone(JAKARTA).strftime("%Y-%m-%dT%H:%M:%S+07:00")


def compact(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def signature(api_key: str, secret_key: str, method: str, at: str, body: Mapping[str, Any]) -> str:
    """Every space is left out, also inside values: so let what is signed have none."""
    signed = {name: value for name, value in body.items() if name not in UNSIGNED}
    text = compact(signed).replace(" ", "")
    digest = base64.b64encode(md5(text.encode(), usedforsecurity=False).digest()).decode()
    told = f"{at}:{api_key}:{method}:{digest}"
    proof = base64.b64encode(hmac.digest(secret_key.encode(), told.encode(), sha256)).decode()
    return base64.b64encode(f"{api_key}:{proof}".encode()).decode()


class Signing(httpx.Auth):
    """Signs every attempt anew: its time is of now, and no Request-ID is used twice."""

    requires_request_body = True

    def __init__(self, api_key: str, secret_key: str, clock: Clock) -> None:
        self._api_key, self._secret_key, self._clock = api_key, secret_key, clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if "authorization" in request.headers:  # the token itself is asked for unsigned
            at, body = timestamp(self._clock.now()), json.loads(request.content)
            request.headers["timestamp"] = at
            request.headers["request-id"] = str(uuid.uuid4())
            request.headers["signature"] = signature(
                self._api_key, self._secret_key, request.method, at, body
            )
        yield request
