"""Every request carries the key, and a signature over key, secret and the second it is sent in."""

from __future__ import annotations

import hashlib
from collections.abc import Generator

import httpx

from ports.clock import Clock


class Signing(httpx.Auth):
    """Runs for every attempt: a repeat after a wait needs a fresh second."""

    def __init__(self, api_key: str, secret: str, clock: Clock) -> None:
        self._api_key = api_key
        self._secret = secret
        self._clock = clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        seconds = int(self._clock.now().timestamp())
        signed = f"{self._api_key}{self._secret}{seconds}".encode()
        request.headers["Api-key"] = self._api_key
        request.headers["X-Signature"] = hashlib.sha256(signed).hexdigest()
        yield request
