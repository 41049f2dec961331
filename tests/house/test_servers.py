"""The servers the other tests stand on do what their names say."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis.asyncio
import redis.exceptions

from tests.patience import PATIENCE_S
from tests.servers import Postgres, Redis, running_postgres, running_redis

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.anyio


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


async def test_a_database_is_fresh_for_each_test(postgres_url: str, postgres: Postgres) -> None:
    copy = "copied"
    connection = await asyncpg.connect(_dsn(postgres_url))
    await connection.execute("CREATE TABLE seen (x int)")
    await connection.close()
    postgres.database(copy, template=postgres_url.rpartition("/")[2])
    assert postgres.sql("SELECT count(*) FROM seen", copy) == "0"
    postgres.drop(copy)
    assert postgres.sql("SELECT to_regclass('seen') IS NULL") == "t"


async def test_postgres_keeps_what_it_acknowledged_through_a_kill(own_postgres: Postgres) -> None:
    connection = await asyncpg.connect(_dsn(own_postgres.url))
    await connection.execute("CREATE TABLE kept (x int)")
    await connection.execute("INSERT INTO kept VALUES (7)")
    before = _processes("postgres")
    own_postgres.kill()
    assert len(before - _processes("postgres")) > 1  # the backends too, not the postmaster alone
    with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
        await connection.fetchval("SELECT 1")
    own_postgres.start()
    assert own_postgres.sql("SELECT x FROM kept") == "7"
    own_postgres.restart()
    assert own_postgres.sql("SELECT x FROM kept") == "7"
    connection.terminate()


async def test_redis_keeps_what_it_acknowledged_through_a_kill(own_redis: Redis) -> None:
    async with _client(own_redis) as client:
        await client.set("kept", "7")
        own_redis.kill()
        with pytest.raises(redis.exceptions.ConnectionError):
            await client.get("kept")
    for start_again in (own_redis.start, own_redis.restart):
        start_again()
        async with _client(own_redis) as client:
            assert await client.get("kept") == b"7"


async def test_redis_is_flushed_for_each_test(redis_url: str, redis_server: Redis) -> None:
    assert redis_url == redis_server.url
    async with _client(redis_server) as client:
        await client.set("left over", "7")
        redis_server.flush()
        assert await client.dbsize() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_no_server_outlives_the_tests_that_started_it() -> None:
    """Not even those of tests that are killed."""
    script = (
        "import os, signal\n"
        "from tests.servers import running_postgres, running_redis\n"
        "with running_postgres(), running_redis():\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # as root, PostgreSQL runs as a user who has to come in
        env = os.environ | {"TMPDIR": folder}
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, check=False)
        assert done.returncode == -signal.SIGKILL
        assert len(list(Path(folder).iterdir())) == 2  # both were there
        orphans = [p for p in psutil.process_iter() if _folder_of(p).startswith(folder)]
        _, alive = psutil.wait_procs(orphans, timeout=PATIENCE_S)
        assert not alive


def _client(server: Redis) -> redis.asyncio.Redis:
    client: redis.asyncio.Redis = redis.asyncio.Redis.from_url(server.url)
    return client


def _dsn(url: str) -> str:
    return url.replace("+asyncpg", "")


def _processes(name: str) -> set[int]:
    running = psutil.process_iter(["name", "status"])
    return {p.pid for p in running if p.info["name"] == name and p.info["status"] != "zombie"}


def _folder_of(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""
