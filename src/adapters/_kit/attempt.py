"""One attempt of a call, and what it means when no whole answer came of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TypeVar

import httpx
import msgspec

from adapters._kit.body import BodyBroken, BodyTooLarge, read_body
from adapters._kit.transport import CertificateRefused
from ports.errors import BrokenContract, Misconfigured, OutcomeUnknown, Unavailable, VendorError

Failure = httpx.HTTPError | httpx.InvalidURL | TimeoutError | BodyBroken | BodyTooLarge
FAILURES = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, BodyBroken, BodyTooLarge)
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
OURS_TO_MEND = (
    CertificateRefused,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)
# The transport's own words; any other message may quote a URL.
_WORDS = re.compile(r"[A-Za-z]{1,60}( E[A-Z0-9]{1,20})?")


E = TypeVar("E", bound=VendorError)


class Call(msgspec.Struct, frozen=True):
    """What is asked. began, ends: seconds on the clock's monotonic scale."""

    vendor: str
    operation: str
    repeatable: bool
    method: str
    path: str
    content: bytes | None
    params: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    accept: Collection[int]
    began: float
    ends: float

    def request(self, client: httpx.AsyncClient) -> httpx.Request:
        """A fresh request: one that was sent must not be sent again as it is."""
        return client.build_request(
            self.method,
            self.path,
            content=self.content,
            params=self.params or None,
            headers=self.headers,
            timeout=None,  # one deadline stands over the whole call instead
        )


class Again(Exception):
    """The call may be repeated: nothing was sent, or a repeat does no harm."""

    def __init__(self, error: Unavailable) -> None:
        super().__init__(str(error))
        self.error = error


async def exchange(
    client: httpx.AsyncClient, request: httpx.Request, *, cap: int
) -> tuple[httpx.Response, bytes]:
    """Send once, read the whole body within *cap*. Raises one of FAILURES."""
    request.extensions["sent"] = True  # unless the transport knows better
    response = await client.send(request, stream=True, follow_redirects=False)
    try:
        return response, await read_body(response, cap=cap)
    finally:
        await response.aclose()


def outcome(call: Call, failure: Failure, *, sent: bool) -> VendorError | Again:
    """What to tell the caller when there is no whole answer."""
    if isinstance(failure, OURS_TO_MEND):  # nothing was sent, and no repeat will mend it
        return _error(Misconfigured, call, f"not sent: {_words(failure)}")
    if isinstance(failure, BodyBroken | BodyTooLarge):
        kind = BrokenContract if call.repeatable else OutcomeUnknown
        return _error(kind, call, f"unreadable answer: {_words(failure)}")
    if not sent or isinstance(failure, NEVER_SENT):
        return Again(_error(Unavailable, call, f"not sent: {_words(failure)}"))
    if call.repeatable:
        return Again(_error(Unavailable, call, f"no whole answer: {_words(failure)}"))
    return _error(OutcomeUnknown, call, f"sent, no whole answer: {_words(failure)}")


def _error(kind: type[E], call: Call, message: str) -> E:
    return kind(message, vendor=call.vendor, operation=call.operation)


def _words(failure: Failure) -> str:
    name, said = type(failure).__name__, str(failure)
    return f"{name} ({said})" if _WORDS.fullmatch(said) else name
