"""Whatever bytes come back, send() returns and says whose fault it was."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.system import SystemClock
from adapters.webhook_sender.sender import HttpWebhookSender
from core.domain.webhooks.delivery import Fault
from tests.infra.webhook_sender.rig import LOOPBACK, post, url_of
from tests.wire_http.server import Peer, serving

pytestmark = pytest.mark.anyio
STARTS = [
    b"",
    b"HTTP/1.1 ",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n",
]


@given(st.lists(st.tuples(st.sampled_from(STARTS), st.binary(), st.booleans()), min_size=1))
@settings(max_examples=25)
async def test_garbage_never_comes_out_as_an_exception(
    answers: list[tuple[bytes, bytes, bool]],
) -> None:
    waiting = iter(answers)

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            start, noise, reset = next(waiting)
            await peer.say(start)
            await asyncio.sleep(0)
            await peer.say(noise)
            if reset:
                peer.reset()
                return

    sender = HttpWebhookSender(SystemClock(), allow=LOOPBACK)
    async with serving(script) as server:
        for _ in answers:
            sent = await post(sender, url_of(server.port), deadline_s=0.03)
            assert (sent.status is None) <= (sent.fault is not Fault.NONE)
            assert sent.fault is not Fault.OURS
        assert len(server.seen) <= len(answers)
    await sender.aclose()
    assert not sender._pool.open
