"""Answers in every frame there is, honest and not. A lie about the end is never the next answer."""

import asyncio
import time

import pytest

from adapters.webhook_sender.sender import HttpWebhookSender
from core.domain.webhooks.delivery import Fault
from tests.infra.webhook_sender.rig import OK, holds, once, post, raw, url_of
from tests.patience import PATIENCE_S
from tests.wire_http.server import Peer, serving

pytestmark = pytest.mark.anyio
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "status", "excerpt"),
    [
        (OK, 200, "ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n", 304, ""),
        (CHUNKED + b"1\r\no\r\n1;x=y\r\nk\r\n0\r\n\r\n", 200, "ok"),
        (CHUNKED + b"2\r\nok\r\n0\r\nx: y\r\nretry-after: 9\r\n\r\n", 200, "ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nretry-after: 9\r\n\r\n" + OK, 200, "ok"),
        (b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok", 200, "ok"),
        (b"HTTP/1.1 200 OK\r\nupgrade: h2c\r\nconnection: upgrade\r\ncontent-length: 2\r\n\r\nok", 200, "ok"),
    ],
)  # fmt: skip
async def test_a_whole_answer_leaves_its_connection_fit_for_the_next(
    sender: HttpWebhookSender, answer: bytes, status: int, excerpt: str
) -> None:
    async with serving(raw(answer)) as server:
        for _ in range(3):
            sent = await post(sender, url_of(server.port))
            assert (sent.status, sent.excerpt, sent.retry_after_s) == (status, excerpt, None)
    assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        OK + b"!",  # longer than declared
        OK + b"\x00\xff",
        OK + OK,
        OK + b"HTTP/1.1 2",
        OK + b"HTTP/1.1 100 Continue\r\n\r\n",
        CHUNKED + b"2\r\nok\r\n0\r\n\r\nHTTP/1.1 500 Not yours\r\n\r\n",
    ],
)
async def test_what_comes_after_the_answer_is_nobodys(
    sender: HttpWebhookSender, answer: bytes
) -> None:
    async with serving(raw(answer)) as server:
        for _ in range(2):
            sent = await post(sender, url_of(server.port))
            assert (sent.status, sent.fault, sent.excerpt) == (200, Fault.NONE, "ok")
            assert await holds(sender, 0)
        assert server.connections == 2


async def test_a_second_answer_that_comes_while_nobody_asks_is_dropped(
    sender: HttpWebhookSender,
) -> None:
    async with serving(once(OK, b"HTTP/1.1 500 Not yours\r\n\r\n", hang=True)) as server:
        assert (await post(sender, url_of(server.port))).status == 200
        await asyncio.sleep(0.1)
        assert await holds(sender, 0)
        assert (await post(sender, url_of(server.port))).status == 200
        assert server.connections == 2


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\ncontent-length: 3\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
async def test_an_answer_that_tells_no_length_ends_with_its_connection(
    sender: HttpWebhookSender, head: bytes
) -> None:
    async with serving(once(head, b"o", b"k")) as server:
        sent = await post(sender, url_of(server.port))
    assert (sent.status, sent.excerpt) == (200, "ok")
    assert await holds(sender, 0)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n",
    ],
)
async def test_an_answer_shorter_than_it_says_is_none(
    sender: HttpWebhookSender, answer: bytes
) -> None:
    async with serving(once(answer)) as server:
        sent = await post(sender, url_of(server.port))
    assert (sent.status, sent.fault, sent.error) == (
        None,
        Fault.PARTNER_DOWN,
        "the connection broke",
    )
    async with serving(once(answer, hang=True)) as server:
        sent = await post(sender, url_of(server.port), deadline_s=0.2)
    assert (sent.status, sent.error) == (None, "no whole answer in time")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nok",
        CHUNKED + b"zz\r\nok\r\n",
        CHUNKED + b"fffffffffffffffff\r\nok\r\n",
        b"HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\r\n folded: c\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
    ],
)
async def test_what_two_readers_could_read_differently_is_not_http(
    sender: HttpWebhookSender, answer: bytes
) -> None:
    async with serving(once(answer, hang=True)) as server:
        sent = await post(sender, url_of(server.port))
        assert (sent.status, sent.fault) == (None, Fault.PARTNER_CONFIG)
        assert sent.error == "the answer is not HTTP"
        assert await holds(sender, 0)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 17_000 + b"\r\n\r\n",  # one field
        b"HTTP/1.1 200 OK\r\n" + (b"x: " + b"y" * 1000 + b"\r\n") * 40 + b"\r\n",  # all of them
        b"HTTP/1.1 200 OK\r\nx" + b"y" * 40_000,  # a name without end
        b"HTTP/1.1 200 " + b"y" * 40_000,  # a reason without end
        b"HTTP/1.1 103 Early\r\nx: y\r\n\r\n" * 2000,  # small ones without end
        CHUNKED + b"2\r\nok\r\n0\r\n" + b"x: y\r\n" * 40_000,  # trailers
    ],
)
async def test_giant_headers_are_refused_wherever_they_are(
    sender: HttpWebhookSender, head: bytes
) -> None:
    async with serving(once(head, hang=True)) as server:
        sent = await post(sender, url_of(server.port))
    assert (sent.status, sent.fault) == (None, Fault.PARTNER_CONFIG)
    assert sent.error == "the answer's headers are too large"


async def test_headers_of_a_usual_size_are_read(sender: HttpWebhookSender) -> None:
    answer = b"HTTP/1.1 503 Busy\r\nx: %b\r\nRetry-After: 7\r\ncontent-length: 0\r\n\r\n"
    async with serving(raw(answer % (b"y" * 15_000))) as server:
        sent = await post(sender, url_of(server.port))
    assert (sent.status, sent.retry_after_s) == (503, 7)


async def test_a_body_in_tiny_chunks_is_cut_off_by_what_it_costs(sender: HttpWebhookSender) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(CHUNKED)
        while True:
            await peer.say(b"1;%b\r\nx\r\n" % (b"y" * 1000))

    async with serving(script) as server:
        sent = await post(sender, url_of(server.port))
        assert (sent.status, sent.fault) == (200, Fault.NONE)
        assert await holds(sender, 0)


async def test_an_answer_to_half_a_request_is_taken_and_the_rest_not_sent(
    sender: HttpWebhookSender,
) -> None:
    async def script(peer: Peer) -> None:
        await peer.begun()
        await peer.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        await asyncio.sleep(2 * PATIENCE_S)

    async with serving(script) as server:
        sent = await post(sender, url_of(server.port), raw=b"x" * 20_000_000)
        assert (sent.status, sent.fault) == (413, Fault.PARTNER_CONFIG)
        assert await holds(sender, 0)


async def test_switching_protocols_is_an_answer_and_the_end_of_the_connection(
    sender: HttpWebhookSender,
) -> None:
    head = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n\x00"
    async with serving(once(head, hang=True)) as server:
        sent = await post(sender, url_of(server.port))
        assert (sent.status, sent.fault) == (101, Fault.PARTNER_CONFIG)
        assert await holds(sender, 0)


async def test_drips_that_come_in_time_are_an_answer(sender: HttpWebhookSender) -> None:
    answer = CHUNKED + b"2\r\nok\r\n0\r\n\r\n"

    async def script(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(0.1)
        for byte in answer:
            await peer.say(bytes([byte]))
            await asyncio.sleep(0.002)
        await asyncio.sleep(2 * PATIENCE_S)

    async with serving(script) as server:
        began = time.monotonic()
        sent = await post(sender, url_of(server.port))
        took_ms = (time.monotonic() - began) * 1000
    assert (sent.status, sent.excerpt) == (200, "ok")
    assert sent.first_byte_ms is not None
    assert 90 <= sent.first_byte_ms < sent.elapsed_ms - 100
    assert sent.elapsed_ms <= took_ms + 1
