"""Bare HTTP clients in a loop, signing and sending, with no database behind them.

python -m bench.peers.bare CLIENT URL COUNT IN_FLIGHT
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import uvloop

from adapters.signer import Ed25519Signer
from adapters.system import SystemClock
from adapters.webhook_sender.egress import allow_list
from adapters.webhook_sender.sender import HttpWebhookSender
from bench.peers.message import RAW
from core.application.webhooks.sign_message import signed_headers
from core.domain.secret import Secret
from core.domain.webhooks.signature import secret_from

PACKAGES = Path(__file__).parent / ".packages"  # of clients that the hub itself does without
DEADLINE_S = 15.0
Post = Callable[[Mapping[str, str]], Awaitable[int | None]]


@asynccontextmanager
async def serai(url: str) -> AsyncIterator[Post]:
    sender = HttpWebhookSender(SystemClock(), allow=allow_list(["127.0.0.0/8"]))

    async def post(headers: Mapping[str, str]) -> int | None:
        return (await sender.send(url, headers, RAW, deadline_s=DEADLINE_S)).status

    yield post
    await sender.aclose()


@asynccontextmanager
async def aiohttp_(url: str) -> AsyncIterator[Post]:
    timeout = aiohttp.ClientTimeout(total=DEADLINE_S)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:

        async def post(headers: Mapping[str, str]) -> int | None:
            async with http.post(url, data=RAW, headers=headers) as answer:
                await answer.read()
                return answer.status

        yield post


@asynccontextmanager
async def pyreqwest(url: str) -> AsyncIterator[Post]:
    sys.path.insert(0, str(PACKAGES))
    async with importlib.import_module("pyreqwest.client").ClientBuilder().build() as http:

        async def post(headers: Mapping[str, str]) -> int | None:
            request = http.post(url).headers(headers).body_bytes(RAW).build()
            answer = await request.send()
            await answer.bytes()
            return int(answer.status)

        yield post


CLIENTS = {"serai": serai, "aiohttp": aiohttp_, "pyreqwest": pyreqwest}


async def main(client: str, url: str, count: int, in_flight: int) -> None:
    keys, signer = [Secret(secret_from(bytes(32)))], Ed25519Signer(SystemClock())
    numbers = iter(range(count))

    async def send_on(post: Post) -> None:
        for number in numbers:
            id, stamp = f"evt_{number:026d}", int(time.time())
            status = await post(signed_headers(signer, keys, id, stamp, RAW))
            if status != 204:
                raise RuntimeError(f"{client} got {status}")

    async with CLIENTS[client](url) as post:
        await asyncio.gather(*(send_on(post) for _ in range(in_flight)))
        ended = time.time()
    print(f"settled {ended}")


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
