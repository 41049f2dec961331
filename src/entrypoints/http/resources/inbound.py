from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
import structlog
from litestar import Controller, Request, Response, post
from litestar.params import FromPath

from core.application.hub import Hub
from core.application.inbound.receive_message import receive_message
from core.domain.problem import Forbidden, NotFound
from entrypoints.http import problems
from entrypoints.http.operation import operation
from entrypoints.http.wire.connection import Received
from ports.inbound_webhook import PATH_TAIL
from ports.store import Away, Busy

log = structlog.get_logger("serai.http")


class InboundController(Controller):
    path = "/in"
    tags = ("Inbound",)

    @post(
        "/{connection_id:str}",
        opt=operation(
            summary="Where a vendor sends its webhooks",
            raw=True,
            public=True,
            answers={200: Received},
            problems=(400, 404, 503),
        ),
    )
    async def receive(
        self, request: Request[Any, Any, Any], connection_id: FromPath[str]
    ) -> Response[bytes]:
        """Takes no API key: the vendor's signature over the raw bytes is what counts. 200 is
        given only after the message is kept. 400: not genuine;
        GET /v1/connections/{id}/rejections tells why."""
        return await _receive(request, connection_id, _headers(request))

    @post(
        "/{connection_id:str}/{secret:str}",
        opt=operation(
            summary="The same, for vendors that sign nothing and know a secret address",
            raw=True,
            public=True,
            answers={200: Received},
            problems=(400, 404, 503),
        ),
    )
    async def receive_secretly(
        self, request: Request[Any, Any, Any], connection_id: FromPath[str], secret: FromPath[str]
    ) -> Response[bytes]:
        """What comes here is never believed: the vendor is asked. The secret is the connection's
        own, of its configuration."""
        return await _receive(request, connection_id, {**_headers(request), PATH_TAIL: secret})


async def _receive(
    request: Request[Any, Any, Any], connection_id: str, headers: dict[str, str]
) -> Response[bytes]:
    hub: Hub = request.app.state.hub
    raw = await request.body()
    try:
        await receive_message(hub, connection_id, headers, raw)
    except Forbidden as e:
        log.warning("inbound.rejected", connection=connection_id, reason=e.message)
        raise problems.Malformed("the message is not genuine", code="signature_rejected") from None
    except NotFound:
        raise
    except Exception as e:  # whatever keeps it from being kept, the vendor shall send it again
        raise _away(connection_id, e) from e
    return Response(msgspec.json.encode(Received(True)), status_code=200)


def _away(connection: str, error: Exception) -> problems.Away:
    """A store that is away or busy explains itself: in a storm a trace for each message would
    take longer than the message, and bury what is not known."""
    known = isinstance(error, Away | Busy)
    log.error(
        "inbound.not-kept",
        connection=connection,
        reason=str(error) if known else type(error).__name__,
        exc_info=None if known else error,
    )
    message = "the message was not kept; send it again"
    return problems.Away("store_unavailable", message, retry_after_s=30)


def _headers(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Names in lower case, a repeated header joined by a comma (RFC 9110, 5.3)."""
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in request.scope["headers"]:
        values[name.decode("latin-1").lower()].append(value.decode("latin-1"))
    return {name: ", ".join(several) for name, several in values.items()}
