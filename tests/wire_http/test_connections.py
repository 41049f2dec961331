"""Connections that are kept, that die, that are refused; and what a good answer looks like."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import msgspec
import pytest

from adapters._kit.http import Phases, decode, open_client
from adapters._kit.transport import AioTransport
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable
from tests.fakes.clock import settle
from tests.wire_http import scripts
from tests.wire_http.rig import SECRET, client_of, vendor
from tests.wire_http.server import Peer, Script, serving

pytestmark = pytest.mark.anyio

DYING = [scripts.dies_when_used_again, scripts.resets_when_used_again]
METHODS = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "PATCH"]


@pytest.mark.parametrize("script", DYING, ids=lambda s: s.__name__)
@pytest.mark.parametrize("method", METHODS)
async def test_a_kept_connection_that_dies_never_makes_the_transport_send_twice(
    method: str, script: Script
) -> None:
    async with serving(script) as server, client_of(f"http://127.0.0.1:{server.port}") as client:
        await client.get("/warm")
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await client.request(method, "/used")
        assert [h.split(b" ")[1] for h in server.seen] == [b"/warm", b"/used"]
        assert server.connections == 1


@pytest.mark.parametrize("script", DYING, ids=lambda s: s.__name__)
@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_kept_connection_that_dies_under_a_booking_is_unknown(
    method: str, script: Script
) -> None:
    async with serving(script) as server, client_of(f"http://127.0.0.1:{server.port}") as client:
        http = vendor(client)
        await http.call("GET", "/warm", operation="search", repeatable=True)
        with pytest.raises(OutcomeUnknown):
            await http.call(method, "/b", operation="book", repeatable=False, content=b"{}")
        assert len(server.seen) == 2


async def test_a_kept_connection_that_dies_under_a_search_is_asked_again() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.ok()
        if len(peer.server.seen) == 1:
            await peer.request()

    async with serving(script) as server, client_of(f"http://127.0.0.1:{server.port}") as client:
        http = vendor(client)
        await http.call("POST", "/warm", operation="search", repeatable=True)
        answer = await http.call("POST", "/s", operation="search", repeatable=True)
        assert (answer.status, answer.attempts, len(server.seen)) == (200, 2, 3)


async def test_a_connection_closed_while_idle_is_not_used() -> None:
    async with (
        serving(scripts.closes_when_idle) as server,
        client_of(f"http://127.0.0.1:{server.port}") as client,
    ):
        http = vendor(client)
        for _ in range(3):
            await http.call("POST", "/b", operation="book", repeatable=False, content=b"{}")
            await asyncio.sleep(0.02)  # time for its FIN to arrive
            await settle()  # and turns for the loop to see it
        assert len(server.seen) == server.connections == 3


async def test_a_connection_is_kept_and_says_so() -> None:
    async with (
        serving(scripts.answer) as server,
        client_of(f"http://localhost:{server.port}") as client,
    ):
        first, second = [await client.get("/") for _ in range(2)]
        assert server.connections == 1
        phases: Phases = first.extensions["phases"]
        assert not phases.reused
        assert phases.dns_s is not None
        assert phases.connect_s is not None
        assert phases.first_byte_s is not None
        assert 0 <= phases.dns_s <= phases.connect_s <= phases.first_byte_s
        assert second.extensions["phases"].reused
        assert second.extensions["phases"].dns_s is None


async def test_what_was_not_read_is_not_taken_for_the_next_answer() -> None:
    async def script(peer: Peer) -> None:
        for n in range(2):
            await peer.request()
            await peer.ok(b"%d" % n * 500_000)

    async with serving(script) as server, client_of(f"http://127.0.0.1:{server.port}") as client:
        async with client.stream("GET", "/") as response:
            assert response.status_code == 200
        assert (await client.get("/")).content[:1] == b"0"
        assert server.connections == 2


async def test_a_cancelled_call_gives_its_connection_back() -> None:
    async with (
        serving(scripts.hang) as server,
        client_of(f"http://127.0.0.1:{server.port}", limit=1) as client,
    ):
        for _ in range(3):
            call = vendor(client).call("POST", "/b", operation="book", repeatable=False)
            task = asyncio.create_task(call)
            await server.arrived.get()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_waiting_for_a_free_connection_sends_nothing() -> None:
    async with (
        serving(scripts.hang) as server,
        client_of(f"http://127.0.0.1:{server.port}", limit=1) as client,
    ):
        holding = asyncio.create_task(client.get("/"))
        await server.arrived.get()
        with pytest.raises(Unavailable):
            await vendor(client).call(
                "POST", "/b", operation="book", repeatable=False, deadline_s=0.1
            )
        with pytest.raises(httpx.ConnectTimeout):
            await client.post("/", timeout=0.05)
        assert len(server.seen) == 1
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


async def test_a_socket_factory_can_refuse_an_address() -> None:
    def refuse(info: Any) -> socket.socket:
        raise OSError(f"refused: {info[4][0]}")

    async with serving(scripts.answer) as server:
        for host in ("127.0.0.1", "localhost"):
            url = f"http://{host}:{server.port}"
            async with client_of(url, socket_factory=refuse) as client:
                with pytest.raises(httpx.ConnectError):
                    await client.post("/", content=b"{}")
                with pytest.raises(Unavailable):
                    await vendor(client).call("POST", "/b", operation="book", repeatable=False)
        assert server.connections == 0


@pytest.mark.parametrize(
    "script",
    [
        scripts.early_hints,
        scripts.packed,
        scripts.deflated,
        scripts.deflated_raw,
        scripts.until_closed,
        scripts.cookie,
    ],
    ids=lambda s: s.__name__,
)
async def test_a_good_answer(script: Script) -> None:
    async with serving(script) as server, client_of(f"http://127.0.0.1:{server.port}") as client:
        answer = await vendor(client).call("GET", "/", operation="search", repeatable=True)
        assert decode(answer, dict[str, int]) == {"a": 1}
        assert answer.attempts == len(server.seen) == 1
        assert answer.phases is not None


async def test_no_cookie_comes_back_and_no_redirect_is_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with (
        serving(scripts.cookie) as server,
        client_of(f"http://127.0.0.1:{server.port}") as client,
    ):
        for _ in range(2):
            await client.get("/")
        assert not any(b"cookie" in head.lower() for head in server.seen)
        assert len(client.cookies) == 0
    async with (
        serving(scripts.redirect) as server,
        client_of(f"http://127.0.0.1:{server.port}") as client,
    ):
        assert (await client.post("/", content=b"{}")).status_code == 307
        assert len(server.seen) == 1


async def test_what_is_sent_is_what_was_asked() -> None:
    async with (
        serving(scripts.answer) as server,
        client_of(f"http://127.0.0.1:{server.port}/v1/") as client,
    ):
        await vendor(client).call(
            "POST",
            "/a%2Fb/c+d",
            operation="book",
            repeatable=False,
            content=b"{}",
            params={"q": "a b&c/%"},
            headers={"X-Case": "kept"},
        )
        lines = server.seen[0].decode().split("\r\n")
        assert lines[0] == "POST /v1/a%2Fb/c+d?q=a+b%26c%2F%25 HTTP/1.1"
        names = [line.split(":")[0].lower() for line in lines[1:] if line]
        assert sorted(names) == sorted(
            "host accept accept-encoding connection user-agent x-key x-case content-length".split()
        )


async def test_a_large_body_arrives_whole() -> None:
    lengths: list[int] = []

    async def script(peer: Peer) -> None:
        head = await peer.reader.readuntil(b"\r\n\r\n")
        assert b"content-length: 3000000" in head
        lengths.append(len(await peer.reader.readexactly(3_000_000)))
        await peer.ok()

    async with serving(script) as server, client_of(f"http://127.0.0.1:{server.port}") as client:
        body = b"x" * 3_000_000
        await vendor(client).call("POST", "/", operation="push", repeatable=True, content=body)
    assert lengths == [3_000_000]


async def test_an_early_no_is_a_no() -> None:
    async def script(peer: Peer) -> None:
        await peer.begun()
        await peer.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await peer.reader.read()

    async with serving(script) as server, client_of(f"http://127.0.0.1:{server.port}") as client:
        with pytest.raises(Refused):
            await vendor(client).call(
                "POST", "/b", operation="book", repeatable=False, content=b"x" * 8_000_000
            )
        assert len(server.seen) == 1


@pytest.mark.parametrize("headers", [{"x-other": "a\r\nx-injected: b"}, {"x-other": "a\x00b"}])
async def test_a_header_that_would_split_the_request_is_not_sent(headers: dict[str, str]) -> None:
    async with (
        serving(scripts.answer) as server,
        client_of(f"http://127.0.0.1:{server.port}") as client,
    ):
        with pytest.raises(httpx.LocalProtocolError):
            await client.get("/", headers=headers)
        with pytest.raises(Misconfigured):
            await vendor(client).call(
                "POST", "/b", operation="book", repeatable=False, headers=headers
            )
        assert server.seen == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "file:///etc/hosts", "127.0.0.1"])
async def test_an_address_that_is_none_is_misconfigured(url: str) -> None:
    async with client_of(url) as client:
        with pytest.raises(Misconfigured):
            await vendor(client).call("GET", "/", operation="search", repeatable=True)


async def test_nothing_of_a_call_is_logged_but_its_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(0)
    async with (
        serving(scripts.fails) as server,
        client_of(f"http://127.0.0.1:{server.port}") as client,
    ):
        with pytest.raises(Unavailable):
            await vendor(client).call(
                "GET", "/", operation="search", repeatable=True, params={"apikey": SECRET}
            )
    assert [r.message for r in caplog.records].count("vendor.call-repeated") == 2
    assert not any(SECRET in str(vars(record)) for record in caplog.records)


async def test_a_client_that_closes_leaves_its_transport_to_the_others() -> None:
    async with serving(scripts.answer) as server, AioTransport() as transport:
        for _ in range(3):
            url = f"http://127.0.0.1:{server.port}"
            async with open_client(url, transport=transport) as client:
                assert (await client.get("/")).status_code == 200
        assert (len(server.seen), server.connections) == (3, 1)


async def test_fifty_at_once_each_get_their_own_answer() -> None:
    async def script(peer: Peer) -> None:
        while True:
            head = await peer.request()
            await peer.ok(msgspec.json.encode(head.split(b" ")[1].decode()))

    async with serving(script) as server, client_of(f"http://127.0.0.1:{server.port}") as client:
        http = vendor(client)

        async def one(n: int) -> None:
            answer = await http.call("GET", f"/{n}", operation="search", repeatable=True)
            assert decode(answer, str) == f"/{n}"

        await asyncio.gather(*(one(n) for n in range(500)))
        assert len(server.seen) == 500
        assert server.connections <= 100
