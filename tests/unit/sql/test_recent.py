"""A hot read may be a second old, and never older than a change of this process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.sql.recent import KEPT_S, Recent

pytestmark = pytest.mark.anyio

START = datetime(2027, 1, 14, tzinfo=UTC)


class Source:
    """Counts its reads; `now` moves by hand."""

    def __init__(self) -> None:
        self.now, self.reads = START, 0
        self.recent = Recent(lambda: self.now)

    async def read(self) -> int:
        self.reads += 1
        return self.reads

    async def get(self) -> int:
        return await self.recent.get("key", self.read)


async def test_a_read_is_given_again_for_a_moment_only() -> None:
    source = Source()

    assert [await source.get(), await source.get()] == [1, 1]

    source.now += timedelta(seconds=KEPT_S)

    assert await source.get() == 2


async def test_a_change_is_seen_at_once() -> None:
    source = Source()
    await source.get()

    source.recent.forget()

    assert await source.get() == 2


async def test_a_read_that_a_change_overtook_is_not_kept() -> None:
    source = Source()

    async def overtaken() -> int:
        source.recent.forget()
        return await source.read()

    await source.recent.get("key", overtaken)

    assert await source.get() == 2


async def test_nothing_found_is_an_answer_too() -> None:
    source = Source()

    async def nothing() -> None:
        source.reads += 1

    await source.recent.get("none", nothing)
    await source.recent.get("none", nothing)

    assert source.reads == 1
