"""The Redis of BullMQ and arq: append-only file, written out every second, as is usual."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import redis.asyncio as redis
from tests.servers import running_redis


@contextmanager
def usual_redis() -> Iterator[str]:
    """Its URL. (The tests' own writes every command to disk, which would be unfair.)"""
    with running_redis() as server:
        asyncio.run(_relax(server.url))
        yield server.url


async def _relax(url: str) -> None:
    client = redis.Redis.from_url(url)
    await client.config_set("appendfsync", "everysec")
    await client.aclose()
