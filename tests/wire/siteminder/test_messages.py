"""Golden messages both ways: what is sent for a wish, and what is made of the answer."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.wire.siteminder.cases import CASES
from tests.wire.siteminder.replay import ROOT, Replay, every_name, load, playing, result

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", CASES)
async def test_what_is_sent_and_what_is_understood(name: str) -> None:
    case = CASES[name]
    fixtures = [load(folder) for folder in case.exchanges]
    replay = Replay(fixtures)
    async with playing(httpx.MockTransport(replay), case.config) as channel:
        understood = await result(case.ask(channel))
    assert replay.asked == [(f.meta["path"], f.meta.get("action", ""), f.request) for f in fixtures]
    expected = ROOT / case.exchanges[-1] / f"{name.replace(' ', '-')}.json"
    assert understood == json.loads(expected.read_text())


def test_every_fixture_is_used_and_says_what_stands_behind_it() -> None:
    assert {folder for case in CASES.values() for folder in case.exchanges} == set(every_name())
    for name in every_name():
        assert load(name).meta["evidence"] in ("constructed", "documented", "recorded")
        assert load(name).meta["says"]
