import pytest

from adapters._kit import redis_link
from adapters.jobs import postgresql as postgresql_jobs
from adapters.jobs import redis as redis_jobs
from adapters.jobs import timers
from adapters.limiter import redis as redis_limiter
from tests.patience import PATIENCE_S


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server counts as away when it hangs up, not when the machine stands still for a second."""
    for module in (redis_link, redis_jobs, redis_limiter, postgresql_jobs):
        monkeypatch.setattr(module, "ANSWERS_WITHIN_S", PATIENCE_S)
    monkeypatch.setattr(timers, "SILENCE_S", PATIENCE_S)
    monkeypatch.setattr(postgresql_jobs, "CONNECTS_WITHIN_S", PATIENCE_S)
    monkeypatch.setattr(postgresql_jobs, "LAST_WORD_S", PATIENCE_S)
