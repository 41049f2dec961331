"""Who may come in: a token for client ID and secret, and a signature on every call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters._kit.simulator.web import Request

CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandboxClientSecret0000"
API_KEY, SECRET_KEY = "sandboxApiKey0000", "sandboxSecretKey0000"
LIVES_S, SKEW_S = 600, 300
FILES = ("document", "ktp", "identity", "selfie", "supporting_docs")


class Rejection(Exception):
    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(*errors)
        self.status = status
        self.body = {"error": {"code": status, "errors": list(errors)}}


class Gate:
    """now: unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._tokens: dict[str, float] = {}
        self._seen: set[str] = set()
        self.signed_in = 0

    def forget_tokens(self) -> None:
        self._tokens.clear()

    def token(self, body: bytes) -> dict[str, Any]:
        asked = _object(body)
        wanted = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "grant_type": "client_credentials",
        }
        if asked != wanted:
            raise Rejection(401, "invalid client")
        token, self.signed_in = secrets.token_urlsafe(30), self.signed_in + 1
        self._tokens[token] = self._now() + LIVES_S
        return {"access_token": token, "token_type": "Bearer", "expires_in": LIVES_S}

    def admit(self, request: Request) -> dict[str, Any]:
        """The body of a call that is genuine."""
        headers = request.headers
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self._tokens.get(token, 0) <= self._now():
            raise Rejection(401, "token expired")
        id = headers.get("request-id", "")
        if not id or id in self._seen:
            raise Rejection(422, "Request-ID is required, and is never used twice")
        self._seen.add(id)
        at = headers.get("timestamp", "")
        if not at.endswith("+07:00") or abs(_unix(at) - self._now()) > SKEW_S:
            raise Rejection(401, "timestamp is not of now, or not of Jakarta")
        body = _object(request.body)
        if not hmac.compare_digest(
            _expected(request.method, at, body), headers.get("signature", "")
        ):
            raise Rejection(401, "signature does not match")
        return body


def _expected(method: str, at: str, body: dict[str, Any]) -> str:
    kept = {k: v for k, v in body.items() if k not in FILES}
    text = json.dumps(kept, separators=(",", ":"), ensure_ascii=False)
    squeezed = "".join(text.split(" ")).encode()
    parts = [at, API_KEY, method, base64.b64encode(hashlib.md5(squeezed).digest()).decode()]  # noqa: S324
    mac = hmac.new(SECRET_KEY.encode(), ":".join(parts).encode(), hashlib.sha256).digest()
    return base64.b64encode(b":".join([API_KEY.encode(), base64.b64encode(mac)])).decode()


def _unix(at: str) -> float:
    try:
        return datetime.fromisoformat(at).timestamp()
    except ValueError:
        raise Rejection(401, "timestamp cannot be read") from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Rejection(422, "the body is no JSON object")
    return found
