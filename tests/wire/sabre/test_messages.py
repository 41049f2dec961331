"""Golden messages both ways: what is sent for a wish, and what is made of the answer."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.wire.exchange import named
from tests.wire.sabre.cases import CASES
from tests.wire.sabre.replay import ACCESS, ROOT, Replay, every_name, load, plain, playing

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", CASES)
async def test_what_is_sent_and_what_is_understood(name: str) -> None:
    case = CASES[name]
    fixtures = [load(folder) for folder in case.exchanges]
    replay = Replay(fixtures)
    async with playing(httpx.MockTransport(replay)) as gds:
        understood = await named(case.ask(gds))
    assert replay.asked == [
        (
            f.meta["path"],
            f.meta.get("action", ""),
            f.request.removesuffix("\n") if f.is_xml else f.request,
        )
        for f in fixtures
    ]
    expected = ROOT / case.exchanges[-1] / f"{name.replace(' ', '-')}.json"
    assert understood == json.loads(expected.read_text())


async def test_signing_in_and_out_is_what_the_fixtures_say() -> None:
    seen: dict[str, str] = {}
    rules = Replay([load("rules/outbound"), load("rules/inbound"), load("shop/nothing")])

    def watching(request: httpx.Request) -> httpx.Response:
        action = request.headers.get("soapaction", "").strip('"')
        if action in ACCESS:
            seen[action] = plain(request)
        return rules(request)

    async with playing(httpx.MockTransport(watching)) as gds:
        await CASES["rules of a fare"].ask(gds)
        await CASES["nothing flies there"].ask(gds)
    assert seen == {
        action: load(name).request.removesuffix("\n") for action, name in ACCESS.items()
    }


def test_every_fixture_is_used_and_says_what_stands_behind_it() -> None:
    used = {folder for case in CASES.values() for folder in case.exchanges}
    assert used | set(ACCESS.values()) == set(every_name())
    for name in every_name():
        assert load(name).meta["evidence"] in ("constructed", "documented", "recorded")
        assert load(name).meta["says"]
