"""The httpx client that a vendor is called with."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from adapters._kit.body import ACCEPT_ENCODING

# A backstop for whoever uses the client directly; VendorHttp sets its own deadline.
EACH_STEP_S = 30.0


def open_client(
    base_url: str,
    *,
    transport: httpx.AsyncBaseTransport,
    headers: Mapping[str, str] | None = None,
    auth: httpx.Auth | None = None,
) -> httpx.AsyncClient:
    """A client that keeps no cookies, follows nothing, reads no environment. Close it with `async with`.

    transport: lent, so that connections can share one; whoever made it closes it.
    auth: runs for every attempt, so a signature with a timestamp is always fresh.
    One that needs a token fetches it through a VendorHttp of its own, never by
    yielding a second request: a port error from there passes through unchanged,
    while a lost token request of this client would count as a lost call.
    """
    logging.getLogger("httpx").addFilter(_nothing)
    return httpx.AsyncClient(
        base_url=base_url,
        transport=_Lent(transport),
        headers={"accept-encoding": ACCEPT_ENCODING, "user-agent": "serai", **(headers or {})},
        auth=auth,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,
        trust_env=False,
        timeout=EACH_STEP_S,
    )


def _nothing(_: logging.LogRecord) -> bool:
    """httpx logs whole URLs, and vendors put keys in queries. A level could be lowered again."""
    return False


class _Lent(httpx.AsyncBaseTransport):
    """Another's transport: a client closes what it was given, and this must outlive it."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Not ours to close."""
