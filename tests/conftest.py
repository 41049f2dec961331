"""What every test may ask for: an event loop, a PostgreSQL, a Redis. Servers start when asked."""

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import NotInstalled, Postgres, Redis, running_postgres, running_redis

_numbers = itertools.count(1)

# A rule that is slow for once, on a busy machine, is no rule that is broken.
settings.register_profile(
    "unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run. A test that kills it starts one of its own instead."""
    try:
        with running_postgres(durable=False) as server:
            yield server
    except NotInstalled as e:
        pytest.skip(f"no PostgreSQL: {e}")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """One Redis for the whole run. A test that kills it starts one of its own instead."""
    try:
        with running_redis(durable=False) as server:
            yield server
    except NotInstalled as e:
        pytest.skip(f"no Redis: {e}")


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """An empty database of the test's own, as an SQLAlchemy URL (postgresql+asyncpg)."""
    name = f"test_{next(_numbers)}"
    yield postgres.database(name)
    postgres.drop(name)


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """A Redis with nothing in it."""
    redis_server.flush()
    return redis_server.url


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Cases that come out of a set get an order: every process has to list the same tests."""
    cases = itertools.groupby(items, lambda item: item.nodeid.partition("[")[0])
    items[:] = [item for _, group in cases for item in sorted(group, key=lambda i: i.nodeid)]
    if "live" in config.option.markexpr:
        return
    reason = "talks to a vendor's sandbox; run by -m live, with credentials"
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Nothing is skipped in silence: a line for each reason, with how many tests it cost."""
    reasons = Counter(str(r.longrepr[2]) for r in terminalreporter.stats.get("skipped", []))
    for reason, count in sorted(reasons.items()):
        tests = "1 test" if count == 1 else f"{count} tests"
        terminalreporter.write_line(f"not run, {tests}: {reason.removeprefix('Skipped: ')}")
