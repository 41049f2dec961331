"""The bells on a real PostgreSQL that is counted, cut off, frozen, killed and started again."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from adapters.jobs import postgresql
from adapters.jobs.postgresql import CHANNEL, PostgresqlJobs, connect_options
from ports.jobs import Bell
from tests.infra.jobs_rigs import CLOCK, heard_all, linked, seconds_waited, woken
from tests.patience import PATIENCE_S, until
from tests.servers import Postgres, running_postgres
from tests.wire_http import scripts
from tests.wire_http.server import Peer, serving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("patient")]
OURS = "FROM pg_stat_activity WHERE application_name = 'serai bells'"


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@asynccontextmanager
async def overhearing(url: str) -> AsyncIterator[list[str]]:
    """Every bell that is named to the whole server, as it comes."""
    heard: list[str] = []
    listener = await asyncpg.connect(**connect_options(url))
    await listener.add_listener(CHANNEL, lambda *said: heard.append(str(said[-1])))
    yield heard
    await listener.close()


class Wire:
    """Passes bytes between a client and *port* while it flows; else both hear nothing more, and
    no connection is closed, as when a firewall forgets it."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.flows = asyncio.Event()
        self.flows.set()

    async def __call__(self, peer: Peer) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._to)
        ways = [
            asyncio.create_task(self._pass(peer.reader, writer)),
            asyncio.create_task(self._pass(reader, peer.writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self.flows.wait()
            writer.write(data)


async def test_one_ring_wakes_the_waiters_of_every_process(postgres_url: str) -> None:
    async with (
        linked(postgres_url) as one,
        linked(postgres_url) as two,
        linked(postgres_url) as three,
    ):
        waits = [asyncio.create_task(woken(j, Bell.INBOX)) for j in (one, one, two, three)]
        await asyncio.sleep(0.1)
        await one.ring(Bell.INBOX)
        await asyncio.gather(*waits)


async def test_a_burst_of_rings_is_few_notifications_and_the_last_is_said(
    postgres_url: str,
) -> None:
    async with linked(postgres_url) as jobs, overhearing(postgres_url) as heard:
        for _ in range(1000):
            await jobs.ring(Bell.DELIVERIES)
            await jobs.ring(Bell.BOOKINGS)
        await until(lambda: len(heard) >= 2)
        await asyncio.sleep(0.2)
        assert sorted(heard) == ["bookings", "deliveries"]
        began = time.monotonic()
        while time.monotonic() - began < 0.5:
            await jobs.ring(Bell.DELIVERIES)
            await asyncio.sleep(0)
        took_s = time.monotonic() - began
        await jobs.ring(Bell.INBOX)
        await until(lambda: "inbox" in heard)  # and all that was said before it
        assert heard.count("deliveries") <= 1 + took_s / 0.005 + 2


async def test_a_name_of_another_version_wakes_nobody(postgres_url: str) -> None:
    async with linked(postgres_url) as jobs:
        teller = await asyncpg.connect(**connect_options(postgres_url))
        await teller.execute(f"NOTIFY {CHANNEL}, 'tomorrows_bell'; NOTIFY {CHANNEL}, 'refunds'")
        await teller.close()
        await woken(jobs, Bell.REFUNDS)
        assert await seconds_waited(jobs, Bell.DELIVERIES, 0.2) >= 0.2


async def test_nothing_connects_before_it_is_needed_and_one_connection_serves_all(
    postgres: Postgres, postgres_url: str
) -> None:
    before = asyncio.all_tasks()
    mine = f"SELECT count(*) {OURS} AND datname = '{make_url(postgres_url).database}'"
    idle = PostgresqlJobs(postgres_url, CLOCK)
    await idle.ring_at(Bell.INBOX, datetime.now(UTC) + timedelta(hours=1))
    await asyncio.sleep(0.2)
    assert postgres.sql(mine) == "0"
    await heard_all(idle)
    assert postgres.sql(mine) == "1"
    await idle.aclose()
    assert asyncio.all_tasks() <= before


async def test_what_was_rung_just_before_the_end_is_said(postgres_url: str) -> None:
    async with overhearing(postgres_url) as heard:
        for _ in range(10):
            jobs = PostgresqlJobs(postgres_url, CLOCK)
            await jobs.ring(Bell.DELIVERIES)
            await jobs.aclose()
        await until(lambda: len(heard) >= 10)
        assert heard == ["deliveries"] * 10


@pytest.mark.parametrize("after_s", [0, 0.001, 0.003, 0.006, 0.01, 0.02, 0.05])
async def test_it_ends_cleanly_at_whatever_moment(postgres_url: str, after_s: float) -> None:
    before = asyncio.all_tasks()
    jobs = PostgresqlJobs(postgres_url, CLOCK)
    waiting = asyncio.create_task(jobs.wait(Bell.DELIVERIES, 60))
    await asyncio.sleep(after_s)
    await asyncio.wait_for(jobs.aclose(), PATIENCE_S / 2)
    waiting.cancel()
    await asyncio.wait([waiting])
    await until(lambda: asyncio.all_tasks() <= before)


async def test_a_connection_that_was_cut_is_made_again_and_rings_every_bell(
    postgres: Postgres, postgres_url: str
) -> None:
    async with linked(postgres_url) as jobs, linked(postgres_url) as other:
        name = make_url(postgres_url).database
        postgres.sql(f"SELECT pg_terminate_backend(pid) {OURS} AND datname = '{name}'")
        await asyncio.gather(heard_all(jobs), heard_all(other))
        await other.ring(Bell.INBOX)
        await woken(jobs, Bell.INBOX)


async def test_a_postgresql_that_was_killed_is_heard_again_when_it_is_back(
    own_postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="serai.jobs")
    url = own_postgres.url
    async with linked(url) as jobs, linked(url) as other:
        through = asyncio.create_task(seconds_waited(jobs, Bell.DELIVERIES, 2 * PATIENCE_S))
        await asyncio.sleep(0.1)
        own_postgres.kill()
        await other.ring(Bell.DELIVERIES)
        assert 0.5 <= await seconds_waited(jobs, Bell.BOOKINGS, 0.5) < PATIENCE_S / 2
        await jobs.ring(Bell.REFUNDS)
        await woken(jobs, Bell.REFUNDS)  # its own it hears all the time
        await asyncio.sleep(2)
        assert not through.done()
        own_postgres.start()
        back = time.monotonic()
        await asyncio.gather(through, heard_all(other))
        while await seconds_waited(jobs, Bell.INBOX, 0.05) >= 0.05:
            await other.ring(Bell.INBOX)
        assert time.monotonic() - back < PATIENCE_S / 2
    said = [r.getMessage() for r in caplog.records]
    assert sum("is away" in line for line in said) == 2
    assert sum("is back" in line for line in said) == 2


async def test_a_postgresql_that_is_gone_for_good_keeps_nobody(
    own_postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    before = asyncio.all_tasks()
    async with linked(own_postgres.url) as jobs:
        own_postgres.kill()
        await until(lambda: "is away" in caplog.text)
        await jobs.ring(Bell.DELIVERIES)
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE_S / 2  # the last word has all of it
    await until(lambda: asyncio.all_tasks() <= before)


async def test_a_connection_that_fell_silent_is_noticed(
    postgres_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, logger="serai.jobs")
    to = make_url(postgres_url)
    wire = Wire(to.port or 0)
    async with serving(wire) as server, linked(postgres_url) as other:
        through = to.set(port=server.port).render_as_string()
        async with linked(through, check_s=0.3) as jobs:
            wire.flows.clear()
            await other.ring(Bell.INBOX)
            with monkeypatch.context() as impatient:
                impatient.setattr(postgresql, "ANSWERS_WITHIN_S", 0.5)
                impatient.setattr(postgresql, "CONNECTS_WITHIN_S", 0.5)
                await until(lambda: caplog.records)
                assert [r.levelname for r in caplog.records] == ["WARNING"]
                await asyncio.sleep(1)  # nor is it told again, each time it is tried in vain
                assert [r.levelname for r in caplog.records] == ["WARNING"]
                wire.flows.set()
                await until(lambda: len(caplog.records) > 1)
            assert [r.levelname for r in caplog.records] == ["WARNING", "INFO"]
            await heard_all(jobs)
            await other.ring(Bell.INBOX)
            await woken(jobs, Bell.INBOX)


async def test_a_postgresql_that_hangs_from_the_start_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Accepted, never answered: worse than refused."""
    monkeypatch.setattr(postgresql, "LAST_WORD_S", 0.2)
    async with serving(scripts.hang_at_once) as server:
        jobs = PostgresqlJobs(f"postgresql+asyncpg://a@127.0.0.1:{server.port}/b", CLOCK)
        began = time.monotonic()
        await jobs.ring(Bell.DELIVERIES)
        await jobs.ring_at(Bell.INBOX, datetime.now(UTC) + timedelta(seconds=0.2))
        await jobs.wait(Bell.DELIVERIES, PATIENCE_S)
        assert time.monotonic() - began < PATIENCE_S / 2
        await woken(jobs, Bell.INBOX)
        assert 0.3 <= await seconds_waited(jobs, Bell.REFUNDS, 0.3) < PATIENCE_S / 2
        began = time.monotonic()
        await jobs.aclose()
        assert time.monotonic() - began < PATIENCE_S / 2


async def test_that_it_is_away_is_told_without_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="serai.jobs")
    url = "postgresql+asyncpg://nobody:not-a-real-secret@127.0.0.1:1/none"
    jobs = PostgresqlJobs(url, CLOCK)
    await jobs.ring(Bell.DELIVERIES)
    await until(lambda: "is away" in caplog.text)
    await jobs.aclose()
    assert "not-a-real-secret" not in caplog.text
