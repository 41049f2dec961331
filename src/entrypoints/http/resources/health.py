from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import structlog
from litestar import Controller, Request, Response, get

from core.application.hub import Hub
from entrypoints.http import problems
from entrypoints.http.operation import operation
from entrypoints.metrics import CONTENT_TYPE, Metrics

PING_DEADLINE_S = 2.0
log = structlog.get_logger("serai.http")


class Health(msgspec.Struct, frozen=True):
    status: str


class HealthController(Controller):
    tags = ("Health",)

    @get(
        "/healthz",
        opt=operation(summary="Is the process alive?", public=True, answers={200: Health}),
    )
    async def healthz(self) -> Response[bytes]:
        return Response(msgspec.json.encode(Health("ok")), status_code=200)

    @get(
        "/readyz",
        opt=operation(
            summary="Can it serve? The store answers.",
            public=True,
            answers={200: Health},
            problems=(503,),
        ),
    )
    async def readyz(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        hub: Hub = request.app.state.hub
        try:
            async with asyncio.timeout(PING_DEADLINE_S):
                await hub.store.ping()
        except Exception as e:  # whatever it is, it is not ready
            log.warning("store.unreachable", exc_info=e)
            raise problems.Away("store_unavailable", "the store does not answer") from None
        return Response(msgspec.json.encode(Health("ready")), status_code=200)

    @get(
        "/metrics",
        opt=operation(
            summary="Figures for Prometheus",
            public=True,
            answers={200: None},
            media_type="text/plain",
        ),
    )
    async def metrics(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        """What waits in the store is told by the API; what a process does, by each for itself."""
        metrics: Metrics = request.app.state.metrics
        hub: Hub = request.app.state.hub
        try:
            async with asyncio.timeout(PING_DEADLINE_S):
                metrics.deliveries.waiting(await hub.store.waiting())
                metrics.channels.waiting(await hub.store.channels_waiting())
                metrics.work.waiting(await hub.store.past_due())
        except Exception as e:  # this process's own figures are worth having all the same
            log.warning("store.unreachable", exc_info=e)
            metrics.deliveries.blind()
            metrics.channels.blind()
            metrics.work.blind()
        return Response(metrics.text(), media_type=CONTENT_TYPE)
