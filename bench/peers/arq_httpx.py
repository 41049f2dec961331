"""arq the naive way: one job a delivery, one shared httpx client, everything else as it comes.

python -m bench.peers.arq_httpx seed|work REDIS_URL COUNT IN_FLIGHT URL
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import sys
import time
from typing import Any

import arq
import httpx

from bench.peers.message import RAW

SECRET = bytes(32)


async def deliver(ctx: dict[str, Any], id: str, url: str, raw: bytes) -> int:
    stamp = int(time.time())
    digest = hmac.digest(SECRET, b"%s.%d.%s" % (id.encode(), stamp, raw), hashlib.sha256)
    headers = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    answer: httpx.Response = await ctx["http"].post(url, content=raw, headers=headers)
    answer.raise_for_status()
    return answer.status_code


async def open_client(ctx: dict[str, Any]) -> None:
    ctx["http"] = httpx.AsyncClient(timeout=15, trust_env=False)


async def close_client(ctx: dict[str, Any]) -> None:
    await ctx["http"].aclose()


async def note_end(ctx: dict[str, Any]) -> None:
    ctx["settled"]["at"] = time.time()


async def seed(redis: arq.connections.RedisSettings, count: int, url: str) -> None:
    pool = await arq.create_pool(redis)
    for number in range(count):
        await pool.enqueue_job("deliver", f"evt_{number:026d}", url, RAW)
    await pool.aclose()


async def work(redis: arq.connections.RedisSettings, in_flight: int) -> None:
    settled: dict[str, float] = {}
    worker = arq.Worker(
        [arq.func(deliver, name="deliver", max_tries=11)],
        redis_settings=redis,
        max_jobs=in_flight,
        burst=True,
        on_startup=open_client,
        on_shutdown=close_client,
        after_job_end=note_end,
        ctx={"settled": settled},
        handle_signals=False,
    )
    await worker.main()
    await worker.close()
    print(f"settled {settled['at']}")


async def main(what: str, url: str, count: int, in_flight: int, target: str) -> None:
    redis = arq.connections.RedisSettings.from_dsn(url)
    await (seed(redis, count, target) if what == "seed" else work(redis, in_flight))


if __name__ == "__main__":
    what, url, count, in_flight, target = sys.argv[1:]
    asyncio.run(main(what, url, int(count), int(in_flight), target))
