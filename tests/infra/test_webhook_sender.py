"""The webhook sender against real sockets whose owners mean no good."""

import asyncio
import gzip
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.system import SystemClock
from adapters.webhook_sender.answer import READ_AT_MOST
from adapters.webhook_sender.egress import allow_list
from adapters.webhook_sender.resolver import OwnThreads
from adapters.webhook_sender.sender import AioWebhookSender
from core.domain.delivery import Fault, Sent
from ports.webhook_sender import WebhookSender
from tests.wire_http import scripts
from tests.wire_http.certs import Authority
from tests.wire_http.server import Peer, closed_port, serving

pytestmark = pytest.mark.anyio
LOOPBACK = allow_list(["127.0.0.0/8"])
CARD = "4111 1111 1111 1111"


class Names(AbstractResolver):
    """Answers each question with the next of *addresses*, and the last one for ever."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        ips = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        if not ips:
            raise OSError("no such name")
        return [
            ResolveResult(
                hostname=host,
                host=ip,
                port=port,
                family=socket.AF_INET6 if ":" in ip else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for ip in ips.split()
        ]

    async def close(self) -> None:
        pass


class Hangs(Names):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        await asyncio.sleep(60)
        raise OSError("no such name")


@pytest.fixture
async def sender() -> AsyncIterator[AioWebhookSender]:
    sender = AioWebhookSender(SystemClock(), allow=LOOPBACK)
    yield sender
    await sender.aclose()


async def post(sender: WebhookSender, url: str, deadline_s: float = 5.0) -> Sent:
    headers = {"content-type": "application/json", "webhook-id": "evt_1"}
    return await sender.send(url, headers, b'{"a":1}', deadline_s=deadline_s)


def saying(head: bytes, body: bytes = b"") -> Callable[[Peer], Awaitable[None]]:
    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n" % (head, len(body)) + body)

    return script


async def test_a_yes_is_recorded_with_its_times_and_address(sender: AioWebhookSender) -> None:
    async with serving(saying(b"200 OK", b"thanks")) as server:
        for _ in range(2):  # the second on the connection of the first
            sent = await post(sender, f"http://127.0.0.1:{server.port}/hooks")
            assert (sent.status, sent.fault, sent.error) == (200, Fault.NONE, "")
            assert (sent.address, sent.excerpt) == ("127.0.0.1", "thanks")
            assert sent.first_byte_ms is not None
            assert 0 <= sent.first_byte_ms <= sent.elapsed_ms < 1000
    assert server.connections == 1
    head = server.seen[0].lower()
    assert head.startswith(b"post /hooks http/1.1")
    assert head.count(b"content-type: application/json") == 1
    assert b"webhook-id: evt_1" in head
    assert b"accept-encoding: identity" in head


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        (b"204 No Content", Fault.NONE),
        (b"301 Moved\r\nlocation: /x", Fault.PARTNER_CONFIG),
        (b"401 Unauthorized", Fault.PARTNER_CONFIG),
        (b"410 Gone", Fault.PARTNER_CONFIG),
        (b"429 Too Many Requests", Fault.PARTNER_BUSY),
        (b"500 Oops", Fault.PARTNER_DOWN),
        (b"503 Busy", Fault.PARTNER_BUSY),
    ],
)
async def test_a_status_says_whose_fault_it_is(
    sender: AioWebhookSender, head: bytes, fault: Fault
) -> None:
    async with serving(saying(head)) as server:
        sent = await post(sender, f"http://127.0.0.1:{server.port}/")
    assert (sent.status, sent.fault) == (int(head[:3]), fault)
    assert len(server.seen) == 1  # no redirect is followed, nothing repeated


@pytest.mark.parametrize(
    ("script", "fault", "error"),
    [
        (scripts.reset_before, Fault.PARTNER_DOWN, ""),
        (scripts.reset_during, Fault.PARTNER_DOWN, ""),
        (scripts.reset_after, Fault.PARTNER_DOWN, "ECONNRESET"),
        (scripts.close_after, Fault.PARTNER_DOWN, "hung up"),
        (scripts.half_head, Fault.PARTNER_DOWN, "hung up"),
        (scripts.half_body, Fault.PARTNER_DOWN, "broke"),
        (scripts.half_chunked, Fault.PARTNER_DOWN, "broke"),
        (scripts.garbage, Fault.PARTNER_CONFIG, "not HTTP"),
        (scripts.endless_head, Fault.PARTNER_CONFIG, "headers are too large"),
        (scripts.hang, Fault.PARTNER_DOWN, "in time"),
        (scripts.hang_in_body, Fault.PARTNER_DOWN, "in time"),
        (scripts.drip_head, Fault.PARTNER_DOWN, "in time"),
        (scripts.drip_body, Fault.PARTNER_DOWN, "in time"),
    ],
)
async def test_no_whole_answer_is_no_answer_and_ends_at_the_deadline(
    sender: AioWebhookSender,
    script: Callable[[Peer], Awaitable[None]],
    fault: Fault,
    error: str,
) -> None:
    async with serving(script) as server:
        began = time.monotonic()
        sent = await post(sender, f"http://127.0.0.1:{server.port}/", deadline_s=0.6)
        assert time.monotonic() - began < 1.5
    assert (sent.status, sent.fault, sent.excerpt) == (None, fault, "")
    assert error in sent.error
    assert sent.address == "127.0.0.1"
    assert server.connections == 1


async def test_a_dead_kept_connection_sends_nothing_twice(sender: AioWebhookSender) -> None:
    async with serving(scripts.dies_when_used_again) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert (await post(sender, url)).status == 200
        sent = await post(sender, url)
    assert (sent.status, sent.fault) == (None, Fault.PARTNER_DOWN)
    assert len(server.seen) == 2
    assert server.connections == 1


async def giant_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n")
    while True:
        await peer.say(b"0" * READ_AT_MOST)


@pytest.mark.parametrize("script", [giant_body, scripts.endless_body])
async def test_a_giant_body_is_cut_off_and_the_status_stands(
    sender: AioWebhookSender, script: Callable[[Peer], Awaitable[None]]
) -> None:
    async with serving(script) as server:
        sent = await post(sender, f"http://127.0.0.1:{server.port}/")
        assert (sent.status, sent.fault) == (200, Fault.NONE)
        assert len(sent.excerpt) == 1000
        await post(sender, f"http://127.0.0.1:{server.port}/")
        assert server.connections == 2  # what was not read is not taken for the next answer


async def test_nobody_answers_and_nobody_is_there(sender: AioWebhookSender) -> None:
    sent = await post(sender, f"http://127.0.0.1:{closed_port()}/")
    assert (sent.status, sent.fault) == (None, Fault.PARTNER_DOWN)
    assert "refused" in sent.error
    assert sent.address == "127.0.0.1"


async def test_a_name_that_is_none_and_one_that_takes_too_long() -> None:
    unknown = AioWebhookSender(SystemClock(), resolver=Names(""))
    sent = await post(unknown, "http://partner.example/")
    assert (sent.fault, sent.address) == (Fault.NETWORK, None)
    slow = AioWebhookSender(SystemClock(), resolver=Hangs(""))
    began = time.monotonic()
    sent = await post(slow, "http://partner.example/", deadline_s=0.3)
    assert time.monotonic() - began < 1
    assert (sent.fault, sent.error) == (Fault.NETWORK, "its host name was not resolved in time")
    await unknown.aclose()
    await slow.aclose()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{}/",
        "http://[::ffff:127.0.0.1]:{}/",
        "http://2130706433:{}/",
        "http://0x7f.1:{}/",
        "http://0177.0.0.1:{}/",
        "http://127.1:{}/",
        "http://127.0.0.1.:{}/",
        "http://①②⑦.0.0.1:{}/",
        "http://localhost:{}/",
        "http://partner.example@127.0.0.1:{}/",
    ],
)
async def test_no_spelling_of_this_machine_is_connected_to(url: str) -> None:
    sender = AioWebhookSender(SystemClock())
    async with serving(scripts.answer) as server:
        sent = await post(sender, url.format(server.port))
        assert sent.error == sender.refusal(url.format(server.port))
    assert (sent.status, sent.fault) == (None, Fault.PARTNER_CONFIG)
    assert server.connections == 0
    await sender.aclose()


@pytest.mark.parametrize(
    "addresses", ["127.0.0.1", "::ffff:127.0.0.1", "::1", "10.0.0.1 169.254.169.254 127.0.0.1"]
)
async def test_a_name_that_leads_inside_is_refused_at_the_socket(addresses: str) -> None:
    sender = AioWebhookSender(SystemClock(), resolver=Names(addresses))
    async with serving(scripts.answer) as server:
        sent = await post(sender, f"http://partner.example:{server.port}/")
    assert (sent.fault, sent.error) == (Fault.PARTNER_CONFIG, "its host is at no public address")
    assert sent.address == addresses.split()[0]
    assert server.connections == 0
    await sender.aclose()


async def test_a_name_that_is_rebound_is_judged_again() -> None:
    """The first answer is allowed, the next one is not; the check is of the socket's own."""
    names = Names("127.0.0.2", "127.0.0.1")
    allow = allow_list(["127.0.0.2/32"])
    sender = AioWebhookSender(SystemClock(), allow=allow, resolver=names)

    async def once(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")

    async with serving(once) as server:
        url = f"http://partner.example:{server.port}/"
        on_all = socket.create_server(("127.0.0.2", server.port), backlog=1)
        hidden = await asyncio.start_server(lambda r, w: _hang_up(r, w), sock=on_all)
        first = await post(sender, url)
        assert (first.address, first.fault) == ("127.0.0.2", Fault.PARTNER_DOWN)
        second = await post(sender, url)
        assert (second.address, second.fault) == ("127.0.0.1", Fault.PARTNER_CONFIG)
        hidden.close()
    assert names.asked == 2
    assert server.connections == 0
    await sender.aclose()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_a_public_address_beside_a_private_one_is_used() -> None:
    allow = allow_list(["127.0.0.1/32"])
    sender = AioWebhookSender(SystemClock(), allow=allow, resolver=Names("10.0.0.1 127.0.0.1"))
    async with serving(scripts.answer) as server:
        sent = await post(sender, f"http://partner.example:{server.port}/")
    assert (sent.status, sent.address) == (200, "127.0.0.1")
    await sender.aclose()


async def test_tls_must_hold(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path), Authority(tmp_path)
    names = Names("127.0.0.1")
    past = datetime.now(UTC) - timedelta(days=2)
    contexts = {
        "good": ours.server("partner.example"),
        "self-signed": theirs.server("partner.example"),
        "another's": ours.server("another.example"),
        "expired": ours.server("partner.example", expires=past),
    }
    sent = {}
    for kind, context in contexts.items():
        sender = AioWebhookSender(SystemClock(), allow=LOOPBACK, tls=ours.client(), resolver=names)
        async with serving(scripts.answer, context) as server:
            sent[kind] = await post(sender, f"https://partner.example:{server.port}/")
            assert len(server.seen) == (kind == "good")
        await sender.aclose()
    assert sent.pop("good").status == 200
    assert {s.fault for s in sent.values()} == {Fault.PARTNER_CONFIG}
    assert {s.error for s in sent.values()} == {"its TLS certificate does not hold"}


async def test_plain_http_on_a_tls_port_is_the_partners_setting(sender: AioWebhookSender) -> None:
    async with serving(scripts.plain_http) as server:
        sent = await post(sender, f"https://127.0.0.1:{server.port}/")
    assert (sent.status, sent.fault) == (None, Fault.PARTNER_CONFIG)


async def test_an_excerpt_is_short_readable_and_shows_no_card(sender: AioWebhookSender) -> None:
    body = (
        f"card {CARD}\x00\x1b[31m \xe9 ".encode("latin-1") + b"x" * 970 + CARD.encode() + b"y" * 99
    )
    async with serving(saying(b"400 Bad Request", body)) as server:
        sent = await post(sender, f"http://127.0.0.1:{server.port}/")
    assert len(sent.excerpt.encode()) <= 1000
    assert "4111" not in sent.excerpt
    assert "1111[31m \ufffd x" in sent.excerpt  # NUL and ESC are gone, what was no text is marked


async def test_a_packed_answer_is_not_shown(sender: AioWebhookSender) -> None:
    body = gzip.compress(b"0" * 100_000)
    async with serving(saying(b"200 OK\r\ncontent-encoding: gzip", body)) as server:
        sent = await post(sender, f"http://127.0.0.1:{server.port}/")
    assert (sent.status, sent.excerpt) == (200, "")


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("120", 120, 120),
        (format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True), 3300, 3600),
        ("soon", None, None),
        ("-5", None, None),
        ("nan", None, None),
    ],
)
async def test_retry_after_is_read_and_nonsense_is_not(
    sender: AioWebhookSender, value: str, least: float | None, most: float | None
) -> None:
    async with serving(saying(b"503 Busy\r\nretry-after: " + value.encode())) as server:
        sent = await post(sender, f"http://127.0.0.1:{server.port}/")
    if least is None or most is None:
        assert sent.retry_after_s is None
    else:
        assert sent.retry_after_s is not None
        assert least <= sent.retry_after_s <= most


async def test_a_header_that_cannot_be_written_is_our_fault(sender: AioWebhookSender) -> None:
    async with serving(scripts.answer) as server:
        url = f"http://127.0.0.1:{server.port}/"
        sent = await sender.send(url, {"x": "a\r\nb: c"}, b"", deadline_s=5)
    assert sent.fault is Fault.OURS
    assert not server.seen


async def test_names_that_are_never_found_hold_up_no_other_lookup() -> None:
    answered = threading.Event()

    def lookup(*_: object) -> list[tuple[Any, ...]]:
        answered.wait(20)
        raise OSError("no such name")

    sender = AioWebhookSender(SystemClock(), allow=LOOPBACK, resolver=OwnThreads(lookup))
    late = await asyncio.gather(
        *[post(sender, f"http://partner{n}.example/", deadline_s=0.3) for n in range(50)]
    )
    assert {s.fault for s in late} == {Fault.NETWORK}
    loop = asyncio.get_running_loop()
    assert await asyncio.wait_for(loop.getaddrinfo("127.0.0.1", 80), 2)
    async with serving(scripts.answer) as server:
        assert (await post(sender, f"http://127.0.0.1:{server.port}/")).status == 200
    answered.set()
    await sender.aclose()


async def test_the_system_is_asked_for_names(sender: AioWebhookSender) -> None:
    async with serving(scripts.answer) as server:
        assert (await post(sender, f"http://localhost:{server.port}/")).status == 200
    sent = await post(sender, "http://no-such-name.invalid/")
    assert (sent.fault, sent.error) == (Fault.NETWORK, "its host name could not be resolved")


async def test_two_hundred_at_once_share_no_answer(sender: AioWebhookSender) -> None:
    async def echo(peer: Peer) -> None:
        while True:
            path = (await peer.request()).split()[1]
            await asyncio.sleep(0.02)
            await peer.ok(path)

    async with serving(echo) as server:
        base = f"http://127.0.0.1:{server.port}"
        sent = await asyncio.gather(*[post(sender, f"{base}/{n}") for n in range(200)])
    assert [s.excerpt for s in sent] == [f"/{n}" for n in range(200)]
