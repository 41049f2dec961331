"""Golden messages both ways: what is sent for a wish, and what is made of the answer."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.wire.exchange import Replay, named
from tests.wire.hotelbeds.cases import CASES
from tests.wire.hotelbeds.replay import ROOT, asked, every_name, load, playing

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", CASES)
async def test_what_is_sent_and_what_is_understood(name: str) -> None:
    case = CASES[name]
    fixtures = [load(folder) for folder in case.exchanges]
    replay = Replay(fixtures, asked)
    async with playing(httpx.MockTransport(replay)) as supplier:
        understood = await named(case.ask(supplier))
    assert replay.asked == [fixture.request for fixture in fixtures]
    assert understood == json.loads((ROOT / case.exchanges[-1] / "expected.json").read_text())


def test_every_fixture_is_used_and_says_what_stands_behind_it() -> None:
    used = {folder for case in CASES.values() for folder in case.exchanges}
    assert used == set(every_name())
    for name in every_name():
        assert load(name).meta["evidence"] in ("constructed", "documented", "recorded")
        assert load(name).meta["says"]
