"""The hub's own processes: the API, and the worker that runs its loops."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

from core.application.hub import Hub
from core.application.tasks import ended
from core.application.webhooks.leases import Pools
from entrypoints.asgi import serve_asgi, told_to_stop
from entrypoints.bootstrap import BadSetting, open_hub, timers
from entrypoints.first_run import FirstRun, first_run
from entrypoints.loops import run_loops
from entrypoints.metrics import Metrics
from entrypoints.settings import Settings

HEEDED_WITHIN_S = 20.0
Ready = Callable[[FirstRun | None], None]


async def serve(settings: Settings, sock: socket.socket, *, loops: bool, ready: Ready) -> None:
    """The API, with the hub's own loops beside it when *loops*. ready: told before serving."""
    from entrypoints.http.app import create_app  # the worker does without the web framework

    metrics = Metrics()
    async with told_to_stop() as stop, open_hub(settings, meter=metrics.deliveries) as hub:
        ready(await first_run(hub))
        app = create_app(hub, settings, metrics)
        async with _beside(_loops(hub, settings, stop) if loops else (), stop):
            await serve_asgi(app, sock, stop)


async def work(settings: Settings, ready: Callable[[], None]) -> None:
    """The loops alone. Told to stop, they claim nothing more and end what they are sending.

    BadSetting: the port of its metrics cannot be had.
    """
    metrics = Metrics()
    async with told_to_stop() as stop, open_hub(settings, meter=metrics.deliveries) as hub:
        with _shown(metrics, settings):
            ready()
            async with _beside(_loops(hub, settings, stop), stop):
                await stop.wait()


@contextmanager
def _shown(metrics: Metrics, settings: Settings) -> Iterator[None]:
    port = settings.metrics_port
    with ExitStack() as stack:
        if port is not None:
            try:
                stack.enter_context(metrics.served(settings.host, port))
            except OSError as e:
                why = (e.strerror or "no such address").lower()
                raise BadSetting(
                    f"SERAI_METRICS_PORT: cannot listen on {settings.host} port {port}: {why}."
                ) from None
        yield


def _loops(
    hub: Hub, settings: Settings, stop: asyncio.Event
) -> Sequence[Coroutine[Any, Any, None]]:
    pools = Pools(in_flight=settings.deliveries_in_flight)
    ring = timers(settings)
    return [run_loops(hub, stop, pools), *([_until(stop, ring)] if ring else [])]


async def _until(stop: asyncio.Event, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """*work* goes on for ever; it ends when *stop* is set."""
    working, stopping = asyncio.create_task(work()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await ended(working, stopping)
    if not working.cancelled():
        working.result()


@asynccontextmanager
async def _beside(
    works: Sequence[Coroutine[Any, Any, None]], stop: asyncio.Event
) -> AsyncIterator[None]:
    """*works* run while the block does, and then until they have heeded *stop*. One that ends
    by itself sets it, and is its error."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(lambda _: stop.set())
    try:
        yield
        stop.set()
        if tasks:
            await asyncio.wait(tasks, timeout=HEEDED_WITHIN_S)
    finally:
        await ended(*tasks)
    for task in tasks:
        if not task.cancelled() and (fault := task.exception()) is not None:
            raise fault
