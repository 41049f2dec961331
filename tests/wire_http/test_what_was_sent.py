"""The difference between "nothing was sent" and "sent, no answer", over real sockets.

Each row is one way in which a call goes wrong. It is played three times: through
httpx's API, as a call that may be repeated, and as one that must not be. In each
the server's own count is the witness.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest

from adapters._kit.transport import CertificateRefused
from ports.errors import BrokenContract, Misconfigured, OutcomeUnknown, Unavailable, VendorError
from tests.patience import PATIENCE_S
from tests.wire_http import scripts
from tests.wire_http.certs import DAY, NOW, Authority
from tests.wire_http.rig import SECRET, client_of, vendor
from tests.wire_http.server import Script, Server, closed_port, serving

pytestmark = pytest.mark.anyio

SOON_S = 0.6  # for what hangs
LARGE = b"x" * 8_000_000  # more than the kernel's buffers hold: still being written
CUT = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


class Case(msgspec.Struct, frozen=True):
    """httpx: what its API raises (None: nothing bounds this there). sends: requests of a repeatable call."""

    name: str
    script: Script
    httpx: tuple[type[Exception], ...] | None
    again: type[VendorError]
    once: type[VendorError]
    sends: int
    tls: str | None = None
    content: bytes = b"{}"
    deadline_s: float = PATIENCE_S


def unsent(
    name: str, script: Script, *kinds: type[Exception], deadline_s: float = PATIENCE_S
) -> Case:
    return Case(name, script, kinds, Unavailable, Unavailable, 0, "plain", b"{}", deadline_s)


def lost(
    name: str, script: Script, *kinds: type[Exception], sends: int = 3, content: bytes = b"{}"
) -> Case:
    return Case(name, script, kinds, Unavailable, OutcomeUnknown, sends, None, content)


def late(name: str, script: Script, *kinds: type[Exception]) -> Case:
    hung = lost(name, script, *kinds, sends=1)
    return msgspec.structs.replace(hung, httpx=kinds or None, deadline_s=SOON_S)


def unreadable(name: str, script: Script) -> Case:
    return Case(name, script, None, BrokenContract, OutcomeUnknown, 1)


def certificate(name: str, tls: str) -> Case:
    return Case(name, scripts.answer, (CertificateRefused,), Misconfigured, Misconfigured, 0, tls)


CASES = [
    certificate("certificate self-signed", "stranger"),
    certificate("certificate for another name", "other name"),
    certificate("certificate expired", "expired"),
    unsent("TLS spoken to a plain server", scripts.plain_http, httpx.ConnectError),
    unsent("TLS handshake hangs", scripts.hang_at_once, httpx.ConnectTimeout, deadline_s=SOON_S),
    unsent("TLS handshake reset", scripts.reset_before, httpx.ConnectError),
    lost("reset before the request", scripts.reset_before, *CUT, sends=0),
    lost("reset during the request", scripts.reset_during, *CUT, content=LARGE),
    lost("reset after the request", scripts.reset_after, httpx.ReadError),
    lost("reset in the body", scripts.reset_in_body, *CUT),
    lost("closed before the request", scripts.close_before, *CUT, sends=0),
    lost("closed after the request", scripts.close_after, httpx.RemoteProtocolError),
    lost("half a head", scripts.half_head, httpx.RemoteProtocolError),
    lost("half a body", scripts.half_body, httpx.RemoteProtocolError),
    lost("half a chunked body", scripts.half_chunked, httpx.RemoteProtocolError),
    lost("not HTTP", scripts.garbage, httpx.RemoteProtocolError),
    lost("a head without end", scripts.endless_head, httpx.RemoteProtocolError),
    late("no answer", scripts.hang, httpx.ReadTimeout),
    late("no more of the body", scripts.hang_in_body, httpx.ReadTimeout),
    late("a head in drips", scripts.drip_head),
    late("a body in drips", scripts.drip_body),
    unreadable("said to be too large", scripts.declared_too_large),
    unreadable("a body without end", scripts.endless_body),
    unreadable("a gzip bomb", scripts.gzip_bomb),
    unreadable("gzip cut off", scripts.gzip_cut),
    unreadable("gzip that is none", scripts.gzip_lie),
    unreadable("packed as never asked", scripts.brotli),
    unreadable("switching protocols", scripts.switching),
    unreadable("a redirect", scripts.redirect),
    msgspec.structs.replace(lost("503", scripts.fails), httpx=None),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("trusted"))


@pytest.fixture(scope="module")
def contexts(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    stranger = Authority(tmp_path_factory.mktemp("stranger"))
    return {
        "good": authority.server("localhost"),
        "stranger": stranger.server("localhost"),
        "other name": authority.server("elsewhere.test"),
        "expired": authority.server("localhost", expires=NOW - DAY),
        "plain": None,
    }


@asynccontextmanager
async def played(
    case: Case, authority: Authority, contexts: dict[str, Any]
) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    scheme = "http" if case.tls is None else "https"
    async with serving(case.script, contexts[case.tls] if case.tls else None) as server:
        url = f"{scheme}://localhost:{server.port}/v1"
        async with client_of(url, ssl=authority.client()) as client:
            yield server, client


async def failing(
    client: httpx.AsyncClient, *, repeatable: bool, deadline_s: float, content: bytes = b"{}"
) -> VendorError:
    """The error of one call, which must say who and what, and not the key."""
    began = time.monotonic()
    with pytest.raises(VendorError) as caught:
        await vendor(client).call(
            "POST",
            "/bookings",
            operation="book",
            repeatable=repeatable,
            content=content,
            params={"apikey": SECRET},
            deadline_s=deadline_s,
        )
    assert time.monotonic() - began < PATIENCE_S / 2
    error = caught.value
    assert str(error).startswith("acme book: ")
    links: list[BaseException | None] = [error]
    while links[-1] is not None:
        assert SECRET not in f"{links[-1]!r} {links[-1]}"
        links.append(links[-1].__cause__ or links[-1].__context__)
    return error


async def attempt(case: Case, client: httpx.AsyncClient, *, repeatable: bool) -> VendorError:
    return await failing(
        client, repeatable=repeatable, content=case.content, deadline_s=case.deadline_s
    )


@pytest.mark.parametrize("case", [c for c in CASES if c.httpx], ids=lambda c: c.name)
async def test_through_httpx(case: Case, authority: Authority, contexts: dict[str, Any]) -> None:
    assert case.httpx is not None
    async with played(case, authority, contexts) as (server, client):
        with pytest.raises(case.httpx) as caught:
            await client.post(
                "/bookings?k=" + SECRET, content=case.content, timeout=case.deadline_s
            )
        assert type(caught.value) in case.httpx
        assert SECRET not in str(caught.value)
        assert len(server.seen) == min(case.sends, 1)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
async def test_a_call_that_may_be_repeated(
    case: Case, authority: Authority, contexts: dict[str, Any]
) -> None:
    async with played(case, authority, contexts) as (server, client):
        error = await attempt(case, client, repeatable=True)
        assert type(error) is case.again
        assert len(server.seen) == case.sends


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
async def test_a_call_that_must_not_be_repeated(
    case: Case, authority: Authority, contexts: dict[str, Any]
) -> None:
    async with played(case, authority, contexts) as (server, client):
        error = await attempt(case, client, repeatable=False)
        assert type(error) is case.once
        assert len(server.seen) == min(case.sends, 1)


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("url", ["http://no-such-host.invalid", "http://127.0.0.1:{closed}"])
async def test_nobody_there(url: str, repeatable: bool) -> None:
    async with client_of(url.format(closed=closed_port())) as client:
        with pytest.raises(httpx.ConnectError) as caught:
            await client.post("/bookings", content=b"{}")
        assert type(caught.value) is httpx.ConnectError
        error = await failing(client, repeatable=repeatable, deadline_s=PATIENCE_S)
        assert type(error) is Unavailable
