"""Where a webhook may not go, it does not go: decided where the socket is made."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.system import SystemClock
from adapters.webhook_sender.egress import allow_list
from adapters.webhook_sender.sender import HttpWebhookSender
from core.domain.webhooks.delivery import Fault
from tests.infra.webhook_sender.rig import Names, post
from tests.wire_http import scripts
from tests.wire_http.server import Peer, serving

pytestmark = pytest.mark.anyio


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
    sender = HttpWebhookSender(SystemClock())
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
    sender = HttpWebhookSender(SystemClock(), resolver=Names(addresses))
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
    sender = HttpWebhookSender(SystemClock(), allow=allow, resolver=names)

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
    sender = HttpWebhookSender(SystemClock(), allow=allow, resolver=Names("10.0.0.1 127.0.0.1"))
    async with serving(scripts.answer) as server:
        sent = await post(sender, f"http://partner.example:{server.port}/")
    assert (sent.status, sent.address) == (200, "127.0.0.1")
    await sender.aclose()


@asynccontextmanager
async def everywhere(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """On every address of this machine at once; the port."""
    server = await asyncio.start_server(serve, "0.0.0.0", 0)  # noqa: S104 - for this one test
    yield int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()


@given(
    st.lists(st.lists(st.sampled_from(range(2, 8)), min_size=1, max_size=3), min_size=1, max_size=6)
)
@settings(max_examples=20)
async def test_however_a_name_changes_only_vetted_addresses_are_reached(
    answers: list[list[int]],
) -> None:
    """127.0.0.2 to .4 stand for public addresses; servers listen on the others too."""
    reached: list[str] = []

    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(writer.get_extra_info("sockname")[0])
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    names = Names(*(" ".join(f"127.0.0.{n}" for n in answer) for answer in answers))
    allow = allow_list(["127.0.0.2/31", "127.0.0.4/32"])
    sender = HttpWebhookSender(SystemClock(), allow=allow, resolver=names)
    async with everywhere(tell) as port:
        for answer in answers:
            sent = await post(sender, f"http://partner.example:{port}/")
            vetted = [f"127.0.0.{n}" for n in answer if n <= 4]
            assert (sent.status == 200) == bool(vetted)
            if vetted:
                assert sent.address == reached[-1] == vetted[0]
    assert names.asked == len(answers)
    assert len(reached) == sum(min(answer) <= 4 for answer in answers)
    await sender.aclose()
