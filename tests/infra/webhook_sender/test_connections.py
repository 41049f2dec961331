"""Connections that are kept, found dead, given up: none leaks, none is sent on twice."""

import asyncio
import gc
import socket
import threading
import time
from collections.abc import AsyncIterator

import pytest

from adapters.system import SystemClock
from adapters.webhook_sender import pool
from adapters.webhook_sender.sender import HttpWebhookSender
from core.domain.webhooks.delivery import Fault, Sent
from tests.infra.webhook_sender.rig import (
    LOOPBACK,
    OK,
    Names,
    holds,
    in_thread,
    post,
    saying,
    sockets,
    url_of,
)
from tests.patience import PATIENCE_S, until
from tests.wire_http import scripts
from tests.wire_http.server import Peer, Script, serving

pytestmark = pytest.mark.anyio
LONG_S = 2 * PATIENCE_S
DYING = [scripts.dies_when_used_again, scripts.resets_when_used_again]


@pytest.fixture(autouse=True)
async def no_socket_is_left() -> AsyncIterator[None]:
    gc.collect()
    before = sockets()
    yield
    await until(lambda: sockets() <= before)


class HandClock(SystemClock):
    """Stands still until it is moved: nothing grows old meanwhile, however slow the machine."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def monotonic(self) -> float:
        return self.passed_s


@pytest.mark.parametrize("script", DYING)
async def test_a_reused_connection_that_dies_is_the_attempts_own_failure(
    sender: HttpWebhookSender, script: Script
) -> None:
    async with serving(script) as server:
        await post(sender, url_of(server.port, "/first"))
        sent = await post(sender, url_of(server.port, "/second"))
        assert (sent.status, sent.fault) == (None, Fault.PARTNER_DOWN)
        assert [head.split()[1] for head in server.seen] == [b"/first", b"/second"]
        assert await holds(sender, 0)
    assert server.connections == 1


async def test_a_connection_found_closed_is_replaced_before_anything_is_written(
    sender: HttpWebhookSender,
) -> None:
    async with serving(scripts.closes_when_idle) as server:
        for _ in range(2):
            assert (await post(sender, url_of(server.port))).status == 200
            assert await holds(sender, 0)
    assert server.connections == len(server.seen) == 2


async def test_a_goodbye_that_the_loop_has_not_seen_yet_is_found_in_the_kernel(
    sender: HttpWebhookSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_STILL_WARM_S", 0)
    go, said_goodbye = threading.Event(), threading.Event()

    def one_each(listener: socket.socket) -> None:
        for _ in range(2):
            sock, _ = listener.accept()
            with sock:
                sock.recv(1000)
                sock.sendall(OK)
                go.wait(PATIENCE_S)
            said_goodbye.set()

    async with in_thread(one_each) as port:
        assert (await post(sender, url_of(port))).status == 200
        go.set()
        said_goodbye.wait(PATIENCE_S)  # it blocks the loop, which so learns of nothing
        (kept,) = sender._pool.open
        assert kept.alive
        assert (await post(sender, url_of(port))).status == 200


async def test_a_half_closed_connection_can_still_answer_and_is_not_kept(
    sender: HttpWebhookSender,
) -> None:
    async def silent(peer: Peer) -> None:
        await peer.request()
        peer.writer.write_eof()
        await asyncio.sleep(LONG_S)

    async def answers(peer: Peer) -> None:
        await peer.request()
        peer.writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        peer.writer.write_eof()
        await asyncio.sleep(LONG_S)

    async with serving(silent) as server:
        began = time.monotonic()
        sent = await post(sender, url_of(server.port))
        assert (sent.fault, sent.error) == (Fault.PARTNER_DOWN, "it hung up without an answer")
        assert time.monotonic() - began < PATIENCE_S / 2
    async with serving(answers) as server:
        assert (await post(sender, url_of(server.port))).status == 200
        assert await holds(sender, 0)


async def test_connections_are_kept_for_a_while_and_not_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "KEEPALIVE_S", 0.2)
    monkeypatch.setattr(pool, "IDLE_PER_ORIGIN", 3)
    sender = HttpWebhookSender(clock := HandClock(), allow=LOOPBACK)

    async def slowly(peer: Peer) -> None:
        while True:
            await peer.request()
            await asyncio.sleep(0.05)
            await peer.ok()

    async with serving(slowly) as server:
        await asyncio.gather(*[post(sender, url_of(server.port)) for _ in range(10)])
        assert await holds(sender, 3)
        await asyncio.sleep(0.3)
        assert len(sender._pool.open) == 3
        clock.passed_s += 0.2
        assert await holds(sender, 0)  # swept, though nobody asked for one
        await post(sender, url_of(server.port))
        assert server.connections == 11
        await sender.aclose()


async def test_a_busy_connection_ends_too_so_that_names_are_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "LIFE_S", 0.1)
    names = Names("127.0.0.1", "127.0.0.1", "10.0.0.1")
    sender = HttpWebhookSender(clock := HandClock(), allow=LOOPBACK, resolver=names)
    async with serving(saying(b"200 OK")) as server:
        sent: list[Sent] = []
        while not sent or sent[-1].status == 200:
            sent.append(await post(sender, f"http://partner.example:{server.port}/"))
            clock.passed_s += 0.03
    assert names.asked == 3
    assert server.connections == 2
    assert len(sent) > 4
    assert sent[-1].error == "its host is at no public address"
    await sender.aclose()


@pytest.mark.parametrize(
    "script", [scripts.hang, scripts.hang_in_body, scripts.drip_body, scripts.hang_at_once]
)
async def test_a_send_that_is_cancelled_leaves_nothing_behind(
    sender: HttpWebhookSender, script: Script
) -> None:
    async with serving(script) as server:
        tasks = [asyncio.create_task(post(sender, url_of(server.port))) for _ in range(20)]
        for n in range(20):  # some while connecting, some while waiting
            await asyncio.sleep(0.002 * n)
            tasks[n].cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)
        assert await holds(sender, 0)


async def test_a_send_that_is_cancelled_at_any_step_of_the_loop_lets_us_stop() -> None:
    """Between the connect and the first byte there are moments when nobody owns the socket."""
    async with serving(scripts.hang) as server:
        for steps in range(40):
            sender = HttpWebhookSender(SystemClock(), allow=LOOPBACK)
            task = asyncio.create_task(post(sender, url_of(server.port)))
            for _ in range(steps):
                await asyncio.sleep(0.0001)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await holds(sender, 0), steps
            await asyncio.wait_for(sender.aclose(), PATIENCE_S)


async def test_each_of_many_deadlines_is_kept_by_the_one_timer(sender: HttpWebhookSender) -> None:
    async def ended_s(deadline_s: float) -> float:
        began = time.monotonic()
        sent = await post(sender, url_of(server.port), deadline_s)
        assert sent.error == "no whole answer in time"
        return time.monotonic() - began

    async def slept_s(seconds: float) -> float:
        began = time.monotonic()
        await asyncio.sleep(seconds)
        return time.monotonic() - began

    async with serving(scripts.hang) as server:
        waits = [0.9, 0.3, 0.6, *(0.4 + 0.01 * n for n in range(20))]  # not in order
        ends = await asyncio.gather(*map(ended_s, waits), *map(slept_s, waits))
    for wait, end, slept in zip(waits, ends[: len(waits)], ends[len(waits) :], strict=True):
        assert wait - 0.01 < end < slept + 0.2  # a machine that stalls holds up both


async def test_what_is_under_way_when_we_stop_is_not_charged_to_the_partner() -> None:
    sender = HttpWebhookSender(SystemClock(), allow=LOOPBACK)
    async with serving(scripts.hang) as server:
        task = asyncio.create_task(post(sender, url_of(server.port)))
        await server.arrived.get()
        await sender.aclose()
        assert await holds(sender, 0)
        assert (await task).fault is Fault.OURS


async def test_five_hundred_at_once_share_no_answer(sender: HttpWebhookSender) -> None:
    async def echo(peer: Peer) -> None:
        while True:
            path = (await peer.request()).split()[1]
            await asyncio.sleep(0.01)
            await peer.ok(path)

    async with serving(echo) as server:
        for _ in range(2):
            sent = await asyncio.gather(
                *[post(sender, url_of(server.port, f"/{n}")) for n in range(500)]
            )
            assert [s.excerpt for s in sent] == [f"/{n}" for n in range(500)]
        assert server.connections <= 1000 - pool.IDLE_PER_ORIGIN
        assert await holds(sender, pool.IDLE_PER_ORIGIN)
