"""Looking names up apart from everybody else.

The loop's own lookups share a handful of threads with the whole process; a partner whose
name server never answers would hold up the vendors' too.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

THREADS = 64
Lookup = Callable[[str, int, int, int], list[tuple[Any, ...]]]


class Resolver(Protocol):
    async def addresses(self, host: str) -> Sequence[str]:
        """IP addresses in the order to try. OSError, UnicodeError: there are none."""
        ...

    async def aclose(self) -> None: ...


class OwnThreads:
    """lookup: as socket.getaddrinfo; it blocks, and what is given up keeps its thread."""

    def __init__(self, lookup: Lookup = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook-dns")

    async def addresses(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, self._lookup, host, 0, socket.AF_UNSPEC, socket.SOCK_STREAM
        )
        return list(dict.fromkeys(address[0] for *_, address in found))

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
