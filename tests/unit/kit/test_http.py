"""The rules of a call, on a transport that only answers and a clock that only moves when slept on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from adapters._kit.breaker import Breaker
from adapters._kit.http import Answer, Budget, Fault, VendorHttp, open_client
from adapters.limiter.memory import MemoryLimiter
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Skipped, Unavailable, VendorError
from ports.limiter import Rate
from tests.unit.kit.clock import SetClock

pytestmark = pytest.mark.anyio


class Other:
    """The vendor's side: answers or raises what is next in its list, the last for ever."""

    def __init__(self, *replies: httpx.Response | Exception) -> None:
        self.replies = list(replies)
        self.seen: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)


def reply(status: int, body: bytes = b"{}", **headers: str) -> httpx.Response:
    names = {k.replace("_", "-"): v for k, v in headers.items()}
    return httpx.Response(status, headers=names, content=body)


OK = reply(200)


@asynccontextmanager
async def calling(
    other: Callable[..., Any], clock: SetClock, auth: httpx.Auth | None = None, **options: Any
) -> AsyncIterator[Callable[..., Any]]:
    transport = httpx.MockTransport(other)
    async with open_client("https://acme.test/v1", transport=transport, auth=auth) as client:
        http = VendorHttp(client, vendor="acme", clock=clock, **options)

        async def call(*, repeatable: bool = True, **more: Any) -> Any:
            return await http.call("POST", "/x", operation="op", repeatable=repeatable, **more)

        yield call


async def test_an_answer_carries_the_call() -> None:
    other, clock = Other(reply(200, b"abc", x_request_id="r 1")), SetClock()
    async with calling(other, clock) as call:
        answer = await call(content=b"q", params={"a": "1"}, headers={"x-h": "1"})
    assert (answer.status, answer.body, answer.request_id) == (200, b"abc", "r_1")
    assert (answer.vendor, answer.operation, answer.repeatable) == ("acme", "op", True)
    sent = other.seen[0]
    assert str(sent.url) == "https://acme.test/v1/x?a=1"
    assert (sent.content, sent.headers["x-h"]) == (b"q", "1")


async def test_repeats_wait_longer_each_time_and_end() -> None:
    other, clock = Other(reply(503)), SetClock()
    async with calling(other, clock, attempts=4) as call:
        with pytest.raises(Unavailable):
            await call()
    assert len(other.seen) == 4
    assert len(clock.slept) == 3
    assert all(0 <= s <= 0.2 * 2**n for n, s in enumerate(clock.slept))


async def test_retry_after_is_the_least_wait() -> None:
    other, clock = Other(reply(429, retry_after="3"), OK), SetClock()
    async with calling(other, clock) as call:
        answer = await call()
    assert answer.attempts == 2
    assert 3.0 <= clock.slept[0] <= 3.5
    assert answer.elapsed_s == clock.slept[0]


async def test_a_wait_beyond_the_deadline_is_the_callers() -> None:
    other, clock = Other(reply(429, retry_after="60"), OK), SetClock()
    async with calling(other, clock, deadline_s=10.0) as call:
        with pytest.raises(Unavailable) as caught:
            await call()
    assert caught.value.retry_after_s == 60.0
    assert clock.slept == []


@pytest.mark.parametrize("status", [401, 403, 404, 422, 302])
async def test_a_clear_answer_is_not_asked_for_again(status: int) -> None:
    other = Other(reply(status))
    async with calling(other, SetClock()) as call:
        with pytest.raises(VendorError):
            await call()
    assert len(other.seen) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_what_must_not_be_repeated_is_not(status: int) -> None:
    other = Other(reply(status), OK)
    async with calling(other, SetClock()) as call:
        with pytest.raises((OutcomeUnknown, Unavailable)):
            await call(repeatable=False)
    assert len(other.seen) == 1


async def test_what_was_not_sent_is_tried_again_even_so() -> None:
    other = Other(httpx.ConnectError("no"), OK)
    async with calling(other, SetClock()) as call:
        assert (await call(repeatable=False)).attempts == 2


@pytest.mark.parametrize("failure", [httpx.ReadError, httpx.WriteError, httpx.ReadTimeout])
async def test_a_transport_that_keeps_no_record_is_taken_to_have_sent(
    failure: type[httpx.TransportError],
) -> None:
    other = Other(failure("lost"), OK)
    async with calling(other, SetClock()) as call:
        with pytest.raises(OutcomeUnknown):
            await call(repeatable=False)
    assert len(other.seen) == 1


async def test_a_status_can_be_accepted() -> None:
    other = Other(reply(404))
    async with calling(other, SetClock()) as call:
        assert (await call(accept={404})).status == 404
        with pytest.raises(Refused):
            await call(accept={410})


async def test_tables_and_faults_of_the_vendor_are_heard() -> None:
    other = Other(reply(403), OK)
    async with calling(other, SetClock(), statuses={403: Unavailable}) as call:
        assert (await call()).attempts == 2

    def read_fault(_: object) -> Fault:
        return Fault("E7", kind=Misconfigured)

    async with calling(Other(reply(500)), SetClock(), read_fault=read_fault) as call:
        with pytest.raises(Misconfigured, match=r"acme op \[E7\]: HTTP 500"):
            await call(repeatable=False)


async def test_the_breaker_opens_on_faults_and_then_nothing_is_sent() -> None:
    other, clock = Other(reply(500)), SetClock()
    breaker = Breaker(clock, threshold=2, rest_s=9.0)
    async with calling(other, clock, breaker=breaker, attempts=1) as call:
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                await call(repeatable=False)
        with pytest.raises(Skipped, match="breaker") as caught:
            await call(repeatable=False)
        assert caught.value.retry_after_s == 9.0
        assert len(other.seen) == 2
        clock.at += 9.0
        other.replies = [OK]
        await call()
        assert not breaker.is_open


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
async def test_no_4xx_opens_the_breaker(status: int) -> None:
    clock = SetClock()
    breaker = Breaker(clock, threshold=1)
    async with calling(Other(reply(status)), clock, breaker=breaker, attempts=1) as call:
        with pytest.raises(VendorError):
            await call()
    assert not breaker.is_open


async def test_a_no_in_the_clothes_of_a_500_does_not_open_the_breaker() -> None:
    def sold_out(answer: Answer) -> Fault:
        return Fault(code="SOLD_OUT", kind=Refused)

    clock = SetClock()
    breaker = Breaker(clock, threshold=1)
    other = Other(reply(500))
    async with calling(other, clock, breaker=breaker, read_fault=sold_out) as call:
        with pytest.raises(Refused):
            await call(repeatable=False)

    assert not breaker.is_open


async def test_lost_and_unsent_calls_open_the_breaker() -> None:
    for failure in (httpx.ReadError("lost"), httpx.ConnectError("no")):
        clock = SetClock()
        breaker = Breaker(clock, threshold=1)
        async with calling(Other(failure), clock, breaker=breaker, attempts=1) as call:
            with pytest.raises(VendorError):
                await call()
        assert breaker.is_open


async def test_a_breaker_that_opens_under_a_call_ends_it_with_its_own_error() -> None:
    other, clock = Other(reply(500)), SetClock()
    breaker = Breaker(clock, threshold=2)
    async with calling(other, clock, breaker=breaker, attempts=5) as call:
        with pytest.raises(Unavailable, match="HTTP 500") as caught:
            await call()
    assert type(caught.value) is Unavailable
    assert len(other.seen) == 2


async def test_a_token_that_cannot_be_had_means_nothing_was_sent() -> None:
    class Token(httpx.Auth):
        async def async_auth_flow(
            self, request: httpx.Request
        ) -> AsyncGenerator[httpx.Request, httpx.Response]:
            if "authorization" not in request.headers:
                raise Unavailable("no token", vendor="acme", operation="token")
            yield request

    other = Other(OK)
    async with calling(other, SetClock(), auth=Token()) as call:
        with pytest.raises(Unavailable, match="acme token"):
            await call(repeatable=False)
    assert other.seen == []


SECONDLY = Budget("acme/acct-1/s", Rate(count=1, per_s=2.0))


async def test_a_budget_is_waited_for_within_the_deadline() -> None:
    other, clock = Other(OK), SetClock()
    limiter = MemoryLimiter(clock)
    async with calling(other, clock, limiter=limiter, budgets=(SECONDLY,)) as call:
        for _ in range(3):
            await call()
    assert clock.slept == [2.0, 2.0]


async def test_a_budget_beyond_the_deadline_sends_nothing() -> None:
    other, clock = Other(OK), SetClock()
    limiter = MemoryLimiter(clock)
    breaker = Breaker(clock, threshold=1)
    async with calling(other, clock, limiter=limiter, budgets=(SECONDLY,), breaker=breaker) as call:
        await call()
        with pytest.raises(Unavailable, match="budget") as caught:
            await call(repeatable=False, deadline_s=1.0)
    assert caught.value.retry_after_s == 2.0
    assert len(other.seen) == 1
    assert not breaker.is_open


async def test_every_attempt_draws_on_the_budget() -> None:
    other, clock = Other(reply(503), OK), SetClock()
    limiter = MemoryLimiter(clock)
    async with calling(other, clock, limiter=limiter, budgets=(SECONDLY,)) as call:
        answer = await call()
    assert answer.attempts == 2
    assert answer.elapsed_s == pytest.approx(2.0)


async def test_every_attempt_is_signed_afresh() -> None:
    class Stamp(httpx.Auth):
        count = 0

        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, Any, None]:
            self.count += 1
            request.headers["x-signature"] = str(self.count)
            yield request

    other = Other(reply(503), OK)
    async with calling(other, SetClock(), auth=Stamp()) as call:
        await call()
    assert [r.headers["x-signature"] for r in other.seen] == ["1", "2"]


@pytest.mark.parametrize("path", ["https://evil.test/x", "x", ""])
async def test_a_path_stays_below_the_base(path: str) -> None:
    async with open_client("https://acme.test", transport=httpx.MockTransport(Other(OK))) as c:
        http = VendorHttp(c, vendor="acme", clock=SetClock())
        with pytest.raises(ValueError, match="below the base"):
            await http.call("GET", path, operation="op", repeatable=True)


async def test_a_host_in_a_path_is_no_host() -> None:
    other = Other(OK)
    async with open_client("https://acme.test", transport=httpx.MockTransport(other)) as c:
        http = VendorHttp(c, vendor="acme", clock=SetClock())
        await http.call("GET", "//evil.test/x", operation="op", repeatable=True)
    assert other.seen[0].url.host == "acme.test"
