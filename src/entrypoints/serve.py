"""The hub's own processes: the API, and the worker that runs its loops."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from core.application.hub import Hub
from entrypoints.asgi import serve_asgi, told_to_stop
from entrypoints.bootstrap import open_hub, timers
from entrypoints.first_run import FirstRun, first_run
from entrypoints.loops import run_loops
from entrypoints.settings import Settings

INSIST_S = 0.5
Ready = Callable[[FirstRun | None], None]


async def serve(settings: Settings, sock: socket.socket, *, loops: bool, ready: Ready) -> None:
    """The API, with the hub's own loops beside it when *loops*. ready: told before serving."""
    from entrypoints.http.app import create_app  # the worker does without the web framework

    async with told_to_stop() as stop, open_hub(settings) as hub:
        ready(await first_run(hub))
        app = create_app(hub, settings)
        async with _beside(_loops(hub, settings) if loops else (), stop):
            await serve_asgi(app, sock, stop)


async def work(settings: Settings, ready: Callable[[], None]) -> None:
    """The loops alone. Told to stop, they claim nothing more and give back what they hold."""
    async with told_to_stop() as stop, open_hub(settings) as hub:
        ready()
        async with _beside(_loops(hub, settings), stop):
            await stop.wait()


def _loops(hub: Hub, settings: Settings) -> Sequence[Coroutine[Any, Any, None]]:
    ring = timers(settings)
    return [run_loops(hub), *([_forever(ring)] if ring else [])]


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    await work()


@asynccontextmanager
async def _beside(
    works: Sequence[Coroutine[Any, Any, None]], stop: asyncio.Event
) -> AsyncIterator[None]:
    """*works* run while the block does. One that ends by itself stops it, and is its error."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(lambda _: stop.set())
    try:
        yield
    finally:
        await _end(tasks)
    for task in tasks:
        if not task.cancelled() and (fault := task.exception()) is not None:
            raise fault


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until it is heard: a Redis client that is just connecting swallows the first."""
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=INSIST_S)
