"""What a partner's answer becomes."""

import asyncio
import gzip
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.webhook_sender.sender import HttpWebhookSender
from core.domain.webhooks.delivery import Fault
from tests.infra.webhook_sender.rig import post, saying, url_of
from tests.wire_http import scripts
from tests.wire_http.server import Peer, serving

CARD = "4111 1111 1111 1111"

pytestmark = pytest.mark.anyio


async def test_a_yes_is_recorded_with_its_times_and_address(sender: HttpWebhookSender) -> None:
    async with serving(saying(b"200 OK", b"thanks")) as server:
        for _ in range(2):  # the second on the connection of the first
            began = time.monotonic()
            sent = await post(sender, url_of(server.port, "/hooks"))
            took_ms = (time.monotonic() - began) * 1000
            assert (sent.status, sent.fault, sent.error) == (200, Fault.NONE, "")
            assert (sent.address, sent.excerpt) == ("127.0.0.1", "thanks")
            assert sent.first_byte_ms is not None
            assert 0 <= sent.first_byte_ms <= sent.elapsed_ms <= took_ms + 1
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
    sender: HttpWebhookSender, head: bytes, fault: Fault
) -> None:
    async with serving(saying(head)) as server:
        sent = await post(sender, url_of(server.port))
    assert (sent.status, sent.fault) == (int(head[:3]), fault)
    assert len(server.seen) == 1  # no redirect is followed, nothing repeated


async def test_an_excerpt_is_short_readable_and_shows_no_card(sender: HttpWebhookSender) -> None:
    body = (
        f"card {CARD}\x00\x1b[31m \xe9 ".encode("latin-1") + b"x" * 970 + CARD.encode() + b"y" * 99
    )
    async with serving(saying(b"400 Bad Request", body)) as server:
        sent = await post(sender, url_of(server.port))
    assert len(sent.excerpt.encode()) <= 1000
    assert "4111" not in sent.excerpt
    assert "1111[31m \ufffd x" in sent.excerpt  # NUL and ESC are gone, what was no text is marked


async def test_the_answers_headers_are_kept_without_its_secrets(sender: HttpWebhookSender) -> None:
    head = (
        b"200 OK\r\nServer: nginx\r\nSet-Cookie: sid=obviously-invented\r\nX-Card: 4111111111111111"
    )
    async with serving(saying(head)) as server:
        for _ in range(2):
            sent = await post(sender, url_of(server.port))
            assert sent.headers == (
                "server: nginx\nset-cookie: •••\nx-card: ************1111\ncontent-length: 0"
            )


@pytest.mark.parametrize("status", [b"301 M", b"302 F", b"303 S", b"307 T", b"308 P"])
async def test_no_redirect_leads_anywhere(sender: HttpWebhookSender, status: bytes) -> None:
    async with serving(scripts.answer) as inside:
        to = b"\r\nlocation: http://127.0.0.1:%d/" % inside.port
        async with serving(saying(status + to)) as server:
            sent = await post(sender, url_of(server.port))
    assert (sent.status, sent.fault) == (int(status[:3]), Fault.PARTNER_CONFIG)
    assert (len(server.seen), inside.connections) == (1, 0)


async def test_a_packed_answer_is_not_shown(sender: HttpWebhookSender) -> None:
    body = gzip.compress(b"0" * 100_000)
    async with serving(saying(b"200 OK\r\ncontent-encoding: gzip", body)) as server:
        sent = await post(sender, url_of(server.port))
    assert (sent.status, sent.excerpt) == (200, "")


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("120", 120, 120),
        ("in an hour", 3500, 3600),
        ("soon", None, None),
        ("-5", None, None),
        ("nan", None, None),
    ],
)
async def test_retry_after_is_read_and_nonsense_is_not(
    sender: HttpWebhookSender, value: str, least: float | None, most: float | None
) -> None:
    if value == "in an hour":  # as of now, not of when the tests were collected
        value = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    async with serving(saying(b"503 Busy\r\nretry-after: " + value.encode())) as server:
        sent = await post(sender, url_of(server.port))
    if least is None or most is None:
        assert sent.retry_after_s is None
    else:
        assert sent.retry_after_s is not None
        assert least <= sent.retry_after_s <= most


async def test_two_hundred_at_once_share_no_answer(sender: HttpWebhookSender) -> None:
    async def echo(peer: Peer) -> None:
        while True:
            path = (await peer.request()).split()[1]
            await asyncio.sleep(0.02)
            await peer.ok(path)

    async with serving(echo) as server:
        base = f"http://127.0.0.1:{server.port}"
        sent = await asyncio.gather(*[post(sender, f"{base}/{n}") for n in range(200)])
    assert [s.excerpt for s in sent] == [f"/{n}" for n in range(200)]
