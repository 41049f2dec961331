"""TLS to servers with a root of our own: whom we believe, and what breaks on the way."""

import asyncio
import contextlib
import gc
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from adapters.system import SystemClock
from adapters.webhook_sender.sender import HttpWebhookSender
from core.domain.webhooks.delivery import Fault, Sent
from tests.infra.webhook_sender.rig import LOOPBACK, OK, Names, holds, in_thread, once, post
from tests.patience import PATIENCE_S
from tests.wire_http import scripts
from tests.wire_http.certs import Authority
from tests.wire_http.server import Peer, Script, serving

pytestmark = pytest.mark.anyio
PAST = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("theirs"))


@pytest.fixture(autouse=True)
def no_socket_is_forgotten() -> Iterator[None]:
    """One that was closed behind Python's back would be closed again, when it is another's."""
    yield
    gc.collect()


@asynccontextmanager
async def trusting(authority: Authority) -> AsyncIterator[HttpWebhookSender]:
    sender = HttpWebhookSender(
        SystemClock(), allow=LOOPBACK, tls=authority.client(), resolver=Names("127.0.0.1")
    )
    yield sender
    await sender.aclose()
    assert not sender._pool.open


async def sent_to(
    script: Script,
    context: ssl.SSLContext | None,
    authority: Authority,
    *,
    host: str = "partner.example",
    deadline_s: float = PATIENCE_S,
) -> tuple[Sent, int]:
    """What came of it, and how many requests arrived."""
    async with trusting(authority) as sender, serving(script, context) as server:
        sent = await post(sender, f"https://{host}:{server.port}/", deadline_s)
        return sent, len(server.seen)


async def test_a_private_root_is_believed_and_its_connections_kept(ours: Authority) -> None:
    asked: list[str | None] = []
    context = ours.server("partner.example")
    context.sni_callback = lambda _, name, __: asked.append(name)
    async with trusting(ours) as sender, serving(scripts.answer, context) as server:
        first = await post(sender, f"https://partner.example.:{server.port}/")
        second = await post(sender, f"https://partner.example:{server.port}/")
        assert await holds(sender, 1)
    assert (first.status, second.status) == (200, 200)
    assert asked == ["partner.example"]  # once, and as the certificate has it
    assert None not in (first.dns_ms, first.connect_ms, first.tls_ms)
    assert (second.dns_ms, second.connect_ms, second.tls_ms) == (None, None, None)
    assert b"host: partner.example:" in server.seen[0].lower()


async def test_whom_we_do_not_believe_learns_nothing(ours: Authority, theirs: Authority) -> None:
    for context in (
        theirs.server("partner.example"),
        ours.server("another.example"),
        ours.server("partner.example", expires=PAST),
    ):
        sent, arrived = await sent_to(scripts.answer, context, ours)
        assert (sent.fault, arrived) == (Fault.PARTNER_CONFIG, 0)
        assert sent.error == "its TLS certificate does not hold"
        assert sent.connect_ms is not None
        assert sent.tls_ms is None


async def test_a_certificate_for_a_name_does_not_hold_for_its_address(ours: Authority) -> None:
    context = ours.server("partner.example")
    sent, arrived = await sent_to(scripts.answer, context, ours, host="127.0.0.1")
    assert (sent.error, arrived) == ("its TLS certificate does not hold", 0)


@pytest.mark.parametrize(
    ("script", "fault", "error"),
    [
        (scripts.plain_http, Fault.PARTNER_CONFIG, "no TLS could be agreed on"),
        (scripts.hang_at_once, Fault.PARTNER_DOWN, "no connection in time"),
        (scripts.reset_before, Fault.PARTNER_DOWN, "the connection broke"),
        (scripts.close_before, Fault.PARTNER_DOWN, "the connection broke"),
    ],
)
async def test_a_handshake_that_fails(
    ours: Authority, script: Script, fault: Fault, error: str
) -> None:
    deadline_s = 0.5 if script is scripts.hang_at_once else PATIENCE_S
    sent, _ = await sent_to(script, None, ours, deadline_s=deadline_s)
    assert (sent.status, sent.fault) == (None, fault)
    assert sent.error.startswith(error)


def saying_why(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    """Shakes hands as most servers do: whom it refuses is sent an alert, as asyncio's is not."""

    def serve(listener: socket.socket) -> None:
        sock, _ = listener.accept()
        sock.settimeout(PATIENCE_S)
        with sock, sock.dup() as underneath:
            with contextlib.suppress(ssl.SSLError):
                context.wrap_socket(sock, server_side=True).close()
            underneath.shutdown(socket.SHUT_WR)
            while underneath.recv(1000):
                pass

    return serve


def wanting_a_certificate(context: ssl.SSLContext) -> None:
    context.verify_mode = ssl.CERT_REQUIRED


def of_long_ago(context: ssl.SSLContext) -> None:
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1


@pytest.mark.parametrize("change", [wanting_a_certificate, of_long_ago])
async def test_a_server_that_refuses_our_side_is_a_setting(
    ours: Authority, change: Callable[[ssl.SSLContext], None]
) -> None:
    context = ours.server("partner.example")
    change(context)
    async with trusting(ours) as sender, in_thread(saying_why(context)) as port:
        sent = await post(sender, f"https://partner.example:{port}/")
        assert await holds(sender, 0)
    assert (sent.status, sent.fault) == (None, Fault.PARTNER_CONFIG)
    assert sent.error == "no TLS could be agreed on"


@pytest.mark.parametrize(
    ("script", "status", "error"),
    [
        (scripts.until_closed, 200, ""),
        (scripts.early_hints, 200, ""),
        (once(OK + b"!"), 200, ""),
        (scripts.half_body, None, "the connection broke"),
        (scripts.close_after, None, "it hung up without an answer"),
        (scripts.reset_after, None, "the connection broke"),
        (scripts.endless_body, 200, ""),
    ],
)
async def test_answers_over_tls_are_held_to_the_same(
    ours: Authority, script: Script, status: int | None, error: str
) -> None:
    sent, arrived = await sent_to(script, ours.server("partner.example"), ours)
    assert (sent.status, arrived) == (status, 1)
    assert sent.error.startswith(error)
    assert sent.fault is (Fault.NONE if status else Fault.PARTNER_DOWN)


async def test_a_kept_connection_that_says_goodbye_is_replaced(ours: Authority) -> None:
    context = ours.server("partner.example")
    async with trusting(ours) as sender, serving(scripts.closes_when_idle, context) as server:
        for _ in range(2):
            assert (await post(sender, f"https://partner.example:{server.port}/")).status == 200
            assert await holds(sender, 0)
    assert len(server.seen) == server.connections == 2


async def test_a_handshake_that_is_cancelled_leaves_nothing_behind(ours: Authority) -> None:
    async def hang(peer: Peer) -> None:
        await asyncio.sleep(2 * PATIENCE_S)

    async with trusting(ours) as sender, serving(hang) as server:
        tasks = [
            asyncio.create_task(post(sender, f"https://partner.example:{server.port}/"))
            for _ in range(10)
        ]
        for n, task in enumerate(tasks):
            await asyncio.sleep(0.002 * n)
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)
        assert await holds(sender, 0)
