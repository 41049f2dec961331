"""Who may pass to a route: a good key, within its allowance, with the permission it takes."""

from __future__ import annotations

import math

import structlog
from litestar.handlers.base import BaseRouteHandler

from core.application.hub import Asking, Hub
from core.application.tenants.issue_key import authenticate
from core.domain.problem import Forbidden
from core.domain.tenancy import Principal
from entrypoints.http.operation import Connection, operation_of
from entrypoints.http.problems import TooMany, Unauthorized, WrongMedia
from entrypoints.settings import Settings
from ports.limiter import Rate

HOUR_S = 3600
REASON = "serai-reason"


async def admit(connection: Connection, handler: BaseRouteHandler) -> None:
    """The guard of /v1: 401, then 429, 403 and 415, all before the body is read."""
    promised = operation_of(handler)
    if promised is None or promised.public:
        return
    hub: Hub = connection.app.state.hub
    who = await _who(hub, connection)
    structlog.contextvars.bind_contextvars(key=who.id)
    await _within_allowance(hub, connection, who)
    if promised.needs is not None and not who.may(promised.needs):
        raise Forbidden("forbidden", f"this key lacks the permission {promised.needs}")
    if promised.takes is not None:
        _json_only(connection)
    connection.scope["state"]["asking"] = Asking(
        who=who,
        request=connection.scope["state"]["request_id"],
        reason=_printable(connection.headers.get(REASON, ""))[:500],
    )


def _printable(text: str) -> str:
    """A header may hold control characters; the trail, and whoever reads it, must not."""
    return "".join(c for c in text if c.isprintable())


async def _who(hub: Hub, connection: Connection) -> Principal:
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise Unauthorized("unauthorized", "send an API key: Authorization: Bearer serai_…")
    who = await authenticate(hub, text.strip())
    if who is None:
        raise Unauthorized("unauthorized", "this API key opens nothing; it may be revoked")
    return who


async def _within_allowance(hub: Hub, connection: Connection, who: Principal) -> None:
    settings: Settings = connection.app.state.settings
    count = settings.requests_per_hour
    headers: dict[str, str] = connection.scope["state"]["headers"]
    headers["ratelimit-policy"] = f'"key";q={count};w={HOUR_S}'
    wait = await hub.limiter.acquire(f"key:{who.id}", rate=Rate(count, HOUR_S))
    if wait > 0:
        headers["ratelimit"] = f'"key";r=0;t={math.ceil(wait)}'
        detail = f"a key has {count} requests an hour, evenly given back"
        raise TooMany("rate_limited", detail, retry_after_s=wait)


def _json_only(connection: Connection) -> None:
    headers = connection.headers
    empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not empty and media != "application/json":
        raise WrongMedia("unsupported_media_type", "the body is JSON: application/json")
