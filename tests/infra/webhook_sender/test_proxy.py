"""Through an egress proxy: the same veto, the same TLS, and its faults are never the partner's."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.system import SystemClock
from adapters.webhook_sender.proxy import Proxy, proxy_of
from adapters.webhook_sender.sender import HttpWebhookSender
from core.domain.webhooks.delivery import Fault
from tests.infra.webhook_sender import proxies
from tests.infra.webhook_sender.rig import LOOPBACK, Hangs, Names, holds, once, post, saying
from tests.patience import PATIENCE_S
from tests.wire_http import scripts
from tests.wire_http.certs import Authority
from tests.wire_http.server import Peer, Script, closed_port, serving

pytestmark = pytest.mark.anyio
WORD = "obviously-invented"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"))


@asynccontextmanager
async def through(
    proxy: Proxy, ours: Authority | None = None, names: Names | None = None
) -> AsyncIterator[HttpWebhookSender]:
    sender = HttpWebhookSender(
        SystemClock(),
        allow=LOOPBACK,
        tls=ours.client() if ours else None,
        resolver=names or Names("127.0.0.1"),
        proxy=proxy,
    )
    yield sender
    await sender.aclose()
    assert not sender._pool.open


def at(port: int) -> Proxy:
    return Proxy("127.0.0.1", port)


async def test_tls_is_between_us_and_the_partner_and_the_tunnel_is_kept(ours: Authority) -> None:
    asked: list[str | None] = []
    context = ours.server("partner.example")
    context.sni_callback = lambda _, name, __: asked.append(name)
    async with (
        serving(scripts.answer, context) as partner,
        serving(proxies.tunnels) as proxy,
        through(at(proxy.port), ours) as sender,
    ):
        url = f"https://partner.example:{partner.port}/"
        first, second = await post(sender, url), await post(sender, url)
    assert (first.status, second.status, asked) == (200, 200, ["partner.example"])
    assert first.address == second.address == "127.0.0.1"
    assert None not in (first.dns_ms, first.connect_ms, first.tls_ms, first.first_byte_ms)
    assert (second.dns_ms, second.connect_ms, second.tls_ms) == (None, None, None)
    assert proxy.seen == [  # an address, never a name; and nothing of the request
        b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n\r\n" % ((partner.port,) * 2)
    ]


async def test_plain_http_goes_through_a_tunnel_too() -> None:
    async with (
        serving(saying(b"200 OK", b"thanks")) as partner,
        serving(proxies.tunnels) as proxy,
        through(at(proxy.port)) as sender,
    ):
        sent = await post(sender, f"http://partner.example:{partner.port}/hooks")
    assert (sent.status, sent.excerpt, sent.tls_ms) == (200, "thanks", None)
    assert proxy.seen[0].startswith(b"CONNECT 127.0.0.1:")
    assert partner.seen[0].startswith(b"POST /hooks HTTP/1.1")


@pytest.mark.parametrize("addresses", ["10.0.0.1", "169.254.169.254 ::1", "::ffff:10.0.0.1"])
async def test_what_is_vetoed_is_not_even_asked_for(addresses: str) -> None:
    """The proxy itself is on an address that is not public, which is the operator's affair."""
    async with serving(proxies.tunnels) as proxy:
        sender = HttpWebhookSender(SystemClock(), resolver=Names(addresses), proxy=at(proxy.port))
        for url in ("http://partner.example/", "http://10.0.0.1/"):
            sent = await post(sender, url)
            assert (sent.status, sent.fault) == (None, Fault.PARTNER_CONFIG)
        await sender.aclose()
    assert proxy.connections == 0


async def test_the_proxy_is_given_its_password_and_nobody_else_is(ours: Authority) -> None:
    credentials = base64.b64encode(f"hub:{WORD}".encode())
    async with (
        serving(scripts.answer, ours.server("partner.example")) as partner,
        serving(proxies.wanting(credentials)) as proxy,
    ):
        url = f"https://partner.example:{partner.port}/"
        known = proxy_of(f"http://hub:{WORD}@127.0.0.1:{proxy.port}")
        async with through(known, ours) as sender:
            assert (await post(sender, url)).status == 200
        wrong = proxy_of(f"http://hub:{WORD}-not@127.0.0.1:{proxy.port}")
        async with through(wrong, ours) as sender:
            sent = await post(sender, url)
    assert (sent.fault, sent.error) == (
        Fault.OURS,
        f"the egress proxy 127.0.0.1:{proxy.port} answered 407",
    )
    assert WORD not in f"{sent} {known!r} {wrong!r}"
    assert all(credentials not in head for head in partner.seen)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (proxies.answering(b"403 Forbidden"), "answered 403"),
        (proxies.answering(b"407 Who"), "answered 407"),
        (proxies.answering(b"500 Oops"), "answered 500"),
        (proxies.answering(b"302 Found\r\nlocation: http://10.0.0.1/"), "answered 302"),
        (proxies.answering(b"100 Continue"), "answered 100"),
        (scripts.close_before, ""),  # a goodbye or a reset, as the kernel has it
        (scripts.close_after, "hung up"),
        (scripts.reset_after, "cannot be reached (ECONNRESET)"),
        (scripts.hang, "did not answer in time"),
        (scripts.hang_at_once, "did not answer in time"),
        (proxies.drips, "did not answer in time"),
        (scripts.garbage, "gave no HTTP answer"),
        (once(b"HTTP/1.1 20"), "gave no HTTP answer"),
        (once(b"HTTP/1.1 2000 OK\r\n\r\n"), "gave no answer to CONNECT"),
        (once(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 9000, hang=True), "gave no HTTP answer"),
        # It speaks for the partner before the partner can have spoken.
        (once(proxies.OPEN + b"HTTP/1.1 200 OK\r\n\r\n"), "gave no answer to CONNECT"),
    ],
)  # fmt: skip
async def test_what_the_proxy_does_wrong_is_ours(script: Script, words: str) -> None:
    async with serving(script) as proxy, through(at(proxy.port)) as sender:
        began = time.monotonic()
        deadline_s = 0.5 if "in time" in words else PATIENCE_S
        sent = await post(sender, "http://partner.example/", deadline_s)
        assert time.monotonic() - began < PATIENCE_S / 2
    assert (sent.status, sent.fault) == (None, Fault.OURS)
    assert sent.error.startswith(f"the egress proxy 127.0.0.1:{proxy.port} {words}")
    assert (sent.address, sent.connect_ms, sent.first_byte_ms) == ("127.0.0.1", None, None)
    assert proxy.connections == 1


@pytest.mark.parametrize("status", [b"502 Bad Gateway", b"503 Busy", b"504 Timeout"])
async def test_a_way_the_proxy_does_not_find_is_the_networks_at_most(status: bytes) -> None:
    names = Names("127.0.0.1 127.0.0.2")
    script = proxies.answering(status)
    async with serving(script) as proxy, through(at(proxy.port), names=names) as sender:
        sent = await post(sender, "http://partner.example/")
    assert sent.fault is Fault.NETWORK
    assert sent.error.endswith(f"found no way to it ({status[:3].decode()})")
    assert [proxies.target_of(head)[0] for head in proxy.seen] == ["127.0.0.1", "127.0.0.2"]


async def test_the_next_address_is_asked_for_where_the_first_leads_nowhere() -> None:
    names = Names("10.9.9.9 127.0.0.9 127.0.0.1")  # vetoed, nobody there, the partner
    async with (
        serving(scripts.answer) as partner,
        serving(proxies.tunnels) as proxy,
        through(at(proxy.port), names=names) as sender,
    ):
        sent = await post(sender, f"http://partner.example:{partner.port}/")
    assert (sent.status, sent.address) == (200, "127.0.0.1")
    assert [proxies.target_of(head)[0] for head in proxy.seen] == ["127.0.0.9", "127.0.0.1"]


async def test_a_proxy_that_is_away_or_has_no_name_is_ours() -> None:
    port = closed_port()
    async with through(at(port)) as sender:
        sent = await post(sender, "http://127.0.0.1/")
    assert (sent.fault, sent.error) == (
        Fault.OURS,
        f"the egress proxy 127.0.0.1:{port} cannot be reached (ECONNREFUSED)",
    )
    for names, words in ((Names(""), "cannot be reached"), (Hangs(""), "did not answer in time")):
        async with through(Proxy("proxy.example", 3128), names=names) as sender:
            sent = await post(sender, "http://127.0.0.1/", deadline_s=0.2)
        assert sent.fault is Fault.OURS
        assert sent.error == f"the egress proxy proxy.example:3128 {words}"


async def test_a_partner_whose_name_is_not_found_in_time_is_not_the_proxys_fault() -> None:
    async with through(at(closed_port()), names=Hangs("")) as sender:
        sent = await post(sender, "http://partner.example/", deadline_s=0.1)
    assert (sent.fault, sent.error) == (Fault.NETWORK, "its host name was not resolved in time")


@pytest.mark.parametrize(
    ("script", "fault", "error"),
    [
        (scripts.reset_after, Fault.PARTNER_DOWN, ""),
        (scripts.close_after, Fault.PARTNER_DOWN, "it hung up without an answer"),
        (scripts.half_body, Fault.PARTNER_DOWN, "the connection broke"),
        (scripts.garbage, Fault.PARTNER_CONFIG, "the answer is not HTTP"),
        (scripts.drip_body, Fault.PARTNER_DOWN, "no whole answer in time"),
    ],
)
async def test_in_the_tunnel_faults_are_judged_as_ever(
    script: Script, fault: Fault, error: str
) -> None:
    async with (
        serving(script) as partner,
        serving(proxies.tunnels) as proxy,
        through(at(proxy.port)) as sender,
    ):
        deadline_s = 0.6 if "in time" in error else PATIENCE_S
        sent = await post(sender, f"http://partner.example:{partner.port}/", deadline_s)
    assert (sent.status, sent.fault) == (None, fault)
    assert error in sent.error
    assert len(partner.seen) == 1


@pytest.mark.parametrize("lives", [0, 5, 300, 1 << 30])
async def test_a_proxy_that_leads_elsewhere_or_dies_finds_no_trust(
    ours: Authority, lives: int
) -> None:
    """It leads to another's server, and dies before, during or never in the handshake."""
    async with serving(scripts.answer, ours.server("another.example")) as other:
        script = proxies.leads_to(("127.0.0.1", other.port), lives=lives)
        async with serving(script) as proxy, through(at(proxy.port), ours) as sender:
            sent = await post(sender, "https://partner.example/")
    assert sent.status is None
    assert sent.fault is (Fault.PARTNER_CONFIG if lives > 300 else Fault.PARTNER_DOWN)
    assert sent.connect_ms is not None
    assert sent.tls_ms is None
    assert not other.seen


async def test_a_tunnel_that_dies_with_the_answer_half_read_is_no_answer() -> None:
    async with serving(scripts.answer) as partner:
        script = proxies.leads_to(("127.0.0.1", partner.port), lives=20)
        async with serving(script) as proxy, through(at(proxy.port)) as sender:
            sent = await post(sender, "http://partner.example/")
    assert (sent.status, sent.fault) == (None, Fault.PARTNER_DOWN)
    assert sent.first_byte_ms is not None


async def test_one_deadline_over_the_proxy_and_the_partner(ours: Authority) -> None:
    """Each step takes a while and none too long: together they are late."""

    class Slow(Names):
        async def addresses(self, host: str) -> list[str]:
            await asyncio.sleep(0.2)
            return await super().addresses(host)

    async def slowly(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(0.7)
        await peer.ok()

    async def tunnels_slowly(peer: Peer) -> None:
        await asyncio.sleep(0.2)
        await proxies.tunnels(peer)

    async with (
        serving(slowly, ours.server("partner.example")) as partner,
        serving(tunnels_slowly) as proxy,
        through(at(proxy.port), ours, Slow("127.0.0.1")) as sender,
    ):
        began = time.monotonic()
        sent = await post(sender, f"https://partner.example:{partner.port}/", deadline_s=0.9)
        took = time.monotonic() - began
    assert (sent.status, sent.error) == (None, "no whole answer in time")
    assert 0.85 < took < PATIENCE_S / 2  # one for each part would have let it through in 1.1 s


async def test_a_tunnel_that_is_cancelled_leaves_nothing_behind() -> None:
    async with serving(scripts.hang) as proxy, through(at(proxy.port)) as sender:
        tasks = [asyncio.create_task(post(sender, "http://partner.example/")) for _ in range(10)]
        for n, task in enumerate(tasks):
            await asyncio.sleep(0.002 * n)
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)
        assert await holds(sender, 0)
