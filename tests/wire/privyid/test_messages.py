"""Golden messages both ways: what is sent for a wish, and what is made of the answer."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from adapters.privyid import MANIFEST
from tests.wire.exchange import Replay, result
from tests.wire.privyid.cases import CASES, CONFIG, FIXTURES, asked, playing

pytestmark = pytest.mark.anyio
WEBHOOKS = [name for name in FIXTURES.names() if name.startswith("webhook/")]


@pytest.mark.parametrize("name", CASES)
async def test_what_is_sent_and_what_is_understood(name: str) -> None:
    case = CASES[name]
    exchanges = [FIXTURES.exchange(f) for f in (*case.sign_in, *case.exchanges)]
    replay = Replay(exchanges, asked)
    async with playing(httpx.MockTransport(replay)) as esign:
        understood = await result(case.ask(esign))
    assert replay.asked == [e.request for e in exchanges]
    assert understood == FIXTURES.file(exchanges[-1].name, "expected.json")


@pytest.mark.parametrize("name", WEBHOOKS)
def test_what_a_message_tells(name: str) -> None:
    assert MANIFEST.inbound is not None
    raw = (FIXTURES.folder / name / "body.json").read_bytes()
    facts = MANIFEST.inbound(CONFIG).parse(raw)
    assert msgspec.json.decode(msgspec.json.encode(facts)) == FIXTURES.file(name, "expected.json")


def test_every_fixture_is_used_and_says_what_stands_behind_it() -> None:
    used = {f for case in CASES.values() for f in (*case.sign_in, *case.exchanges)}
    assert used | {*WEBHOOKS} == set(FIXTURES.names())
    for name in FIXTURES.names():
        assert FIXTURES.meta(name)["evidence"] in ("constructed", "documented", "recorded")
        assert FIXTURES.meta(name)["says"]
