"""No whole answer: whose fault it is, and that nothing is sent twice."""

import asyncio
import threading
import time
from typing import Any

import pytest

from adapters.system import SystemClock
from adapters.webhook_sender.answer import READ_AT_MOST
from adapters.webhook_sender.resolver import OwnThreads
from adapters.webhook_sender.sender import HttpWebhookSender
from core.domain.webhooks.delivery import Fault
from tests.infra.webhook_sender.rig import LOOPBACK, Hangs, Names, post, url_of
from tests.patience import PATIENCE_S
from tests.wire_http import scripts
from tests.wire_http.server import Peer, Script, closed_port, serving

pytestmark = pytest.mark.anyio
IN_TIME = "in time"


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
        (scripts.hang, Fault.PARTNER_DOWN, IN_TIME),
        (scripts.hang_in_body, Fault.PARTNER_DOWN, IN_TIME),
        (scripts.drip_head, Fault.PARTNER_DOWN, IN_TIME),
        (scripts.drip_body, Fault.PARTNER_DOWN, IN_TIME),
    ],
)
async def test_no_whole_answer_is_no_answer_and_ends_at_the_deadline(
    sender: HttpWebhookSender,
    script: Script,
    fault: Fault,
    error: str,
) -> None:
    async with serving(script) as server:
        began = time.monotonic()
        deadline_s = 0.6 if error == IN_TIME else PATIENCE_S
        sent = await post(sender, url_of(server.port), deadline_s)
        assert time.monotonic() - began < PATIENCE_S / 2
    assert (sent.status, sent.fault, sent.excerpt) == (None, fault, "")
    assert error in sent.error
    assert sent.address == "127.0.0.1"
    assert server.connections == 1


@pytest.mark.parametrize("script", [scripts.half_head, scripts.half_body, scripts.drip_body])
async def test_the_time_of_the_first_byte_is_told_though_the_last_never_came(
    sender: HttpWebhookSender, script: Script
) -> None:
    async with serving(script) as server:
        deadline_s = 0.4 if script is scripts.drip_body else PATIENCE_S
        sent = await post(sender, url_of(server.port), deadline_s)
    assert sent.status is None
    assert sent.first_byte_ms is not None
    assert sent.connect_ms is not None
    assert (sent.dns_ms, sent.tls_ms) == (None, None)  # an address, and no TLS
    assert sent.connect_ms <= sent.first_byte_ms <= sent.elapsed_ms


async def test_without_a_byte_there_is_no_time_of_one(sender: HttpWebhookSender) -> None:
    async with serving(scripts.close_after) as server:
        assert (await post(sender, url_of(server.port))).first_byte_ms is None
    assert (await post(sender, f"http://127.0.0.1:{closed_port()}/")).first_byte_ms is None


async def test_a_dead_kept_connection_sends_nothing_twice(sender: HttpWebhookSender) -> None:
    async with serving(scripts.dies_when_used_again) as server:
        url = url_of(server.port)
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
    sender: HttpWebhookSender, script: Script
) -> None:
    async with serving(script) as server:
        sent = await post(sender, url_of(server.port))
        assert (sent.status, sent.fault) == (200, Fault.NONE)
        assert len(sent.excerpt) == 1000
        await post(sender, url_of(server.port))
        assert server.connections == 2  # what was not read is not taken for the next answer


async def test_nobody_answers_and_nobody_is_there(sender: HttpWebhookSender) -> None:
    sent = await post(sender, f"http://127.0.0.1:{closed_port()}/")
    assert (sent.status, sent.fault) == (None, Fault.PARTNER_DOWN)
    assert "refused" in sent.error
    assert sent.address == "127.0.0.1"


async def test_a_name_that_is_none_and_one_that_takes_too_long() -> None:
    unknown = HttpWebhookSender(SystemClock(), resolver=Names(""))
    sent = await post(unknown, "http://partner.example/")
    assert (sent.fault, sent.address) == (Fault.NETWORK, None)
    slow = HttpWebhookSender(SystemClock(), resolver=Hangs(""))
    began = time.monotonic()
    sent = await post(slow, "http://partner.example/", deadline_s=0.3)
    assert time.monotonic() - began < PATIENCE_S / 2
    assert (sent.fault, sent.error) == (Fault.NETWORK, "its host name was not resolved in time")
    await unknown.aclose()
    await slow.aclose()


async def test_a_header_that_cannot_be_written_is_our_fault(sender: HttpWebhookSender) -> None:
    async with serving(scripts.answer) as server:
        url = url_of(server.port)
        sent = await sender.send(url, {"x": "a\r\nb: c"}, b"", deadline_s=PATIENCE_S)
    assert sent.fault is Fault.OURS
    assert not server.seen


async def test_names_that_are_never_found_hold_up_no_other_lookup() -> None:
    answered = threading.Event()

    def lookup(*_: object) -> list[tuple[Any, ...]]:
        answered.wait(2 * PATIENCE_S)
        raise OSError("no such name")

    sender = HttpWebhookSender(SystemClock(), allow=LOOPBACK, resolver=OwnThreads(lookup))
    late = await asyncio.gather(
        *[post(sender, f"http://partner{n}.example/", deadline_s=0.3) for n in range(50)]
    )
    assert {s.fault for s in late} == {Fault.NETWORK}
    loop = asyncio.get_running_loop()
    assert await asyncio.wait_for(loop.getaddrinfo("127.0.0.1", 80), PATIENCE_S)
    async with serving(scripts.answer) as server:
        assert (await post(sender, url_of(server.port))).status == 200
    answered.set()
    await sender.aclose()


async def test_the_system_is_asked_for_names(sender: HttpWebhookSender) -> None:
    async with serving(scripts.answer) as server:
        assert (await post(sender, f"http://localhost:{server.port}/")).status == 200
    sent = await post(sender, "http://no-such-name.invalid/")
    assert (sent.fault, sent.error) == (Fault.NETWORK, "its host name could not be resolved")
