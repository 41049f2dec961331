"""How every vendor is called over HTTP. An adapter's client.py names the call; the rest is here.

class AcmeSupplier:
    def __init__(self, http: VendorHttp) -> None: ...

    async def book(self, booking, *, key):
        answer = await self._http.call(
            "POST", "/bookings", operation="book", repeatable=False,
            content=mapping.order(booking, key),
        )
        return mapping.confirmation(decode(answer, mapping.BookingRS))
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import httpx

from adapters._kit.answer import Answer, Phases, broken, decode
from adapters._kit.attempt import FAILURES, Again, Call, Failure, exchange, outcome
from adapters._kit.body import BodyBroken, BodyTooLarge
from adapters._kit.breaker import Breaker, Permit
from adapters._kit.budget import Budget, spend
from adapters._kit.client import open_client
from adapters._kit.redact import safe_code
from adapters._kit.repeats import repeats
from adapters._kit.verdict import Fault, Kind, ReadFault, no_fault, verdict
from ports.clock import Clock
from ports.errors import Refused, Skipped, Unavailable, VendorError
from ports.limiter import Limiter

__all__ = ["Answer", "Budget", "Fault", "Phases", "VendorHttp", "broken", "decode", "open_client"]

DEADLINE_S = 30.0
MAX_BODY = 10 * 1024 * 1024


class VendorHttp:
    """Calls one vendor with one credential, within its budget and behind its breaker.

    client: from `open_client`, on an AioTransport (or, in tests, httpx.MockTransport
        or httpx.ASGITransport); owned and closed by whoever opened it.
    deadline_s: seconds for a whole call: waits, repeats, headers and body.
    max_body: bytes of an unpacked body.
    limiter, budgets: asked in order before each attempt; put the longest period first.
    breaker: None makes one of its own; hand in one to share it among connections.
    statuses: status -> port error where the vendor differs from `verdict`'s table,
        taken literally ({503: Unavailable} says that a 503 of this vendor does nothing).
    read_fault: reads the vendor's error body into a Fault (code, kind, retry_after_s).
    request_id_header: where the vendor puts its own id of the request.
    attempts: the most attempts of one call.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        vendor: str,
        clock: Clock,
        deadline_s: float = DEADLINE_S,
        max_body: int = MAX_BODY,
        limiter: Limiter | None = None,
        budgets: tuple[Budget, ...] = (),
        breaker: Breaker | None = None,
        statuses: Mapping[int, Kind] | None = None,
        read_fault: ReadFault = no_fault,
        request_id_header: str = "x-request-id",
        attempts: int = 3,
    ) -> None:
        self._client = client
        self._vendor = vendor
        self._clock = clock
        self._deadline_s = deadline_s
        self._max_body = max_body
        self._limiter = limiter
        self._budgets = budgets
        self._breaker = Breaker(clock) if breaker is None else breaker
        self._statuses = statuses
        self._read_fault = read_fault
        self._request_id_header = request_id_header
        self._attempts = attempts

    async def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        repeatable: bool,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        deadline_s: float | None = None,
    ) -> Answer:
        """The vendor's 2xx answer, or one whose status is in *accept*.

        operation: our word for the call, for errors. path: below the base URL.
        repeatable: sending it again does no harm; only then is it ever sent twice.

        Skipped: the breaker is open, nothing was sent.
        Unavailable: nothing was sent (no connection, budget spent beyond the
            deadline), or the call is repeatable and no whole answer came.
        OutcomeUnknown: it was sent, is not repeatable, and no clear answer came.
        Misconfigured: 401, 403, or a certificate that does not hold (nothing was
            sent, and no repeat will mend it). Refused: other 4xx.
        BrokenContract: too large, wrongly packed (OutcomeUnknown if not repeatable).
        """
        began = self._clock.monotonic()
        if not path.startswith("/"):  # a vendor's own link would carry our key elsewhere
            raise ValueError("a path below the base URL begins with /")
        call = Call(
            vendor=self._vendor,
            operation=operation,
            repeatable=repeatable,
            method=method,
            path=path,
            content=content,
            params=params,
            headers=headers,
            accept=accept,
            began=began,
            ends=began + (self._deadline_s if deadline_s is None else deadline_s),
        )
        try:
            async for attempt in repeats(
                call,
                self._clock,
                attempts=self._attempts,
                hopeless=lambda: self._breaker.is_open,
            ):
                with attempt:
                    return await self._attempt(call, attempt.retry_state.attempt_number)
        except Again as again:
            error = again.error
        raise error  # outside the except: nothing of the wire hangs on it

    async def _attempt(self, call: Call, number: int) -> Answer:
        permit = self._permit(call)
        try:
            answer = await self._ask(call, number, permit)
            error = self._judge(call, answer)
            # A no is an answer, whatever its status: some vendors say "sold out" with a 500.
            permit.settle(answered=answer.status < 500 or isinstance(error, Refused))
        finally:
            permit.abandoned()  # unless it was settled: cancelled, or no budget
        if error is None:
            return answer
        if isinstance(error, Unavailable) and call.repeatable:
            raise Again(error)
        raise error

    def _judge(self, call: Call, answer: Answer) -> VendorError | None:
        if answer.status in call.accept:
            return None
        return verdict(
            answer, now=self._clock.now(), statuses=self._statuses, read_fault=self._read_fault
        )

    async def _ask(self, call: Call, number: int, permit: Permit) -> Answer:
        """One request and its whole answer, or the port error for what became of it."""
        request = call.request(self._client)
        try:
            async with asyncio.timeout(call.ends - self._clock.monotonic()):
                await spend(self._limiter, self._budgets, call, self._clock)
                response, body = await exchange(self._client, request, cap=self._max_body)
        except FAILURES as e:
            failure: Failure = e
        else:
            return self._answer(call, number, response, body)
        if "sent" in request.extensions:  # else it was still waiting for its budget
            permit.settle(answered=isinstance(failure, BodyBroken | BodyTooLarge))
        raise outcome(call, failure, sent=request.extensions.get("sent", False))

    def _answer(self, call: Call, number: int, response: httpx.Response, body: bytes) -> Answer:
        return Answer(
            vendor=call.vendor,
            operation=call.operation,
            repeatable=call.repeatable,
            status=response.status_code,
            headers=response.headers,
            body=body,
            request_id=safe_code(response.headers.get(self._request_id_header, "")),
            elapsed_s=self._clock.monotonic() - call.began,
            attempts=number,
            phases=response.extensions.get("phases"),
        )

    def _permit(self, call: Call) -> Permit:
        permit = self._breaker.ask()
        if isinstance(permit, Permit):
            return permit
        raise Skipped(
            "not sent: breaker open",
            vendor=call.vendor,
            operation=call.operation,
            retry_after_s=permit,
        )
