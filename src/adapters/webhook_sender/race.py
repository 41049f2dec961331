"""Several addresses, one connection (RFC 8305)."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from itertools import chain, zip_longest

from adapters.webhook_sender.egress import Vetoed

HEAD_START_S = 0.25  # an address that does not answer must not hold up the next
Connect = Callable[[str], Coroutine[None, None, socket.socket]]
Connected = tuple[str, socket.socket]


async def first_to_connect(ips: Iterable[str], connect: Connect) -> Connected:
    """Try each in turn, the next one as soon as one fails or has had its head start.

    OSError: of the last that failed; of one that was refused, only if all were. The sockets
    of those that lost are closed, and all are when this is cancelled.
    """
    waiting, running, won = deque(ips), set[asyncio.Task[Connected]](), list[Connected]()
    error: OSError | None = None
    try:
        while not won and (waiting or running):
            if waiting:
                running.add(asyncio.create_task(_named(waiting.popleft(), connect)))
            patience = HEAD_START_S if waiting else None
            done, running = await asyncio.wait(
                running, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            failures = [failed for task in done if (failed := task.exception())]
            won += [task.result() for task in done if not task.exception()]
            for failed in failures:
                if not isinstance(failed, OSError):
                    raise failed
                if error is None or not isinstance(failed, Vetoed):
                    error = failed
        await _give_up(running, won[1:])
    except BaseException:
        await _give_up(running, won)
        raise
    if won:
        return won[0]
    raise error or OSError("there is no address")


def alternating(ips: Iterable[str]) -> list[str]:
    """Families by turns, the first one's first: one that leads nowhere costs one head start."""
    ips = list(ips)
    six = [":" in ip for ip in ips]
    first = [ip for ip, is_six in zip(ips, six, strict=True) if is_six == six[0]]
    other = [ip for ip, is_six in zip(ips, six, strict=True) if is_six != six[0]]
    return [ip for ip in chain.from_iterable(zip_longest(first, other)) if ip is not None]


async def _named(ip: str, connect: Connect) -> Connected:
    return ip, await connect(ip)


async def _give_up(running: set[asyncio.Task[Connected]], lost: list[Connected]) -> None:
    for task in running:
        task.cancel()
    ends = await asyncio.gather(*running, return_exceptions=True)
    for _, sock in [*lost, *(end for end in ends if not isinstance(end, BaseException))]:
        sock.close()
