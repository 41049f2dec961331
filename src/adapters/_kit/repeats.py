"""When a call is tried again: in what was left of its deadline, with jitter, after what the vendor asked."""

from __future__ import annotations

import logging
from collections.abc import Callable

import tenacity

from adapters._kit.attempt import Again, Call
from ports.clock import Clock
from ports.errors import Unavailable

log = logging.getLogger(__name__)
_BACKOFF = tenacity.wait_random_exponential(multiplier=0.2, max=5.0)


def repeats(
    call: Call, clock: Clock, *, attempts: int, hopeless: Callable[[], bool]
) -> tenacity.AsyncRetrying:
    """Repeats on Again only. hopeless: asked after a failure; True ends it there."""

    def stop(state: tenacity.RetryCallState) -> bool:
        resumes = clock.monotonic() + state.upcoming_sleep
        return state.attempt_number >= attempts or resumes >= call.ends or hopeless()

    def say(state: tenacity.RetryCallState) -> None:
        fields = {"vendor": call.vendor, "operation": call.operation}
        log.info("vendor.call-repeated", extra={**fields, "attempt": state.attempt_number})

    return tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type(Again),
        wait=_wait,
        stop=stop,
        before_sleep=say,
        sleep=clock.sleep,
        reraise=True,
    )


def _wait(state: tenacity.RetryCallState) -> float:
    """Jitter goes on top of what the vendor asked for, never below it."""
    return _BACKOFF(state) + (_error(state).retry_after_s or 0.0)


def _error(state: tenacity.RetryCallState) -> Unavailable:
    assert state.outcome is not None
    failure = state.outcome.exception()
    assert isinstance(failure, Again)
    return failure.error
