"""Golden messages both ways: what is sent for a wish, and what is made of the answer."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.wire.exchange import named
from tests.wire.expedia.cases import CASES
from tests.wire.expedia.replay import ROOT, Replay, canonical, every_name, load, playing

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", CASES)
async def test_what_is_sent_and_what_is_understood(name: str) -> None:
    case = CASES[name]
    fixtures = [load(folder) for folder in case.exchanges]
    replay = Replay(fixtures)
    async with playing(httpx.MockTransport(replay)) as channel:
        understood = await named(case.ask(channel))
    assert replay.asked == [(one.meta["path"], canonical(one.request)) for one in fixtures]
    expected = json.loads((ROOT / case.exchanges[-1] / "expected.json").read_text())
    assert understood == expected


def test_every_fixture_is_used_and_says_what_stands_behind_it() -> None:
    used = {folder for case in CASES.values() for folder in case.exchanges}
    assert used == set(every_name())
    for name in every_name():
        assert load(name).meta["evidence"] in ("constructed", "documented", "recorded")
        assert load(name).meta["says"]


def test_every_case_expects_something_of_its_own() -> None:
    told = [case.exchanges[-1] for case in CASES.values()]
    assert sorted(told) == sorted(set(told))
    assert set(told) == {str(p.parent.relative_to(ROOT)) for p in ROOT.glob("*/*/expected.json")}
