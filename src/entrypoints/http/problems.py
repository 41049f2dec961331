"""Every error is one RFC 9457 problem, with a stable code and all faults at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from core.domain.problem import (
    Conflict,
    Failed,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
)
from entrypoints.http.titles import title_of
from ports import store
from ports.store import Busy, Violated

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger("serai.http")


class At(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault. pointer: JSON Pointer into the body. parameter: of the query. header: its name."""

    message: str
    pointer: str | msgspec.UnsetType = msgspec.UNSET
    parameter: str | msgspec.UnsetType = msgspec.UNSET
    header: str | msgspec.UnsetType = msgspec.UNSET


class Unauthorized(Problem):
    """No key, or one that opens nothing."""


class Malformed(Problem):
    """It cannot be read: the JSON, a header or a query parameter."""

    def __init__(self, message: str, *at: At, code: str = "malformed") -> None:
        super().__init__(code, message)
        self.at = at


class WrongMedia(Problem):
    """The body is not declared as JSON."""


class TooMany(Problem):
    """The key has used up its requests."""


class Away(Problem):
    """The hub itself cannot take it now."""


class ProblemBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457, with what was wrong, where, and which thing it is about.

    code: stable, what a program decides on. errors: every fault found.
    booking, pnr, payment, refund, resource: the id of what there is in spite of the problem.
    vendor_code: the vendor's own code, for their support desk.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: tuple[At, ...] = ()
    booking: str | None = None
    pnr: str | None = None
    payment: str | None = None
    refund: str | None = None
    resource: str | None = None
    vendor_code: str | None = None


STATUS: dict[type[Problem], int] = {
    Malformed: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    WrongMedia: 415,
    Invalid: 422,
    TooMany: 429,
    Failed: 502,
    Away: 503,
}
UNAVAILABLE = frozenset({"vendor_unavailable", "absent", "voucher_not_issued", "blobs_unavailable"})
_HTTP_CODES = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
}


def status_of(problem: Problem) -> int:
    if problem.code in UNAVAILABLE:
        return 503
    return next(STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS)


def request_id_of(request: Request[Any, Any, Any]) -> str:
    return str(request.scope["state"].get("request_id", ""))


def body_of(
    request: Request[Any, Any, Any], status: int, code: str, detail: str, **more: Any
) -> bytes:
    """The problem as bytes; *more*: further members of ProblemBody."""
    problem = ProblemBody(
        type=f"/problems/{code}",
        title=title_of(code),
        status=status,
        detail=detail,
        instance=request.scope["path"],
        code=code,
        request_id=request_id_of(request),
        **more,
    )
    return msgspec.json.encode(problem)


def answer(
    request: Request[Any, Any, Any],
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response[bytes]:
    return Response(
        body_of(request, status, code, detail, **more),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def on_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    headers = {}
    if problem.retry_after_s is not None:
        headers["retry-after"] = str(max(1, math.ceil(problem.retry_after_s)))
    if isinstance(problem, Unauthorized):
        headers["www-authenticate"] = 'Bearer realm="serai"' + (
            ', error="invalid_token"' if "authorization" in request.headers else ""
        )
    at = problem.at if isinstance(problem, Malformed) else tuple(_at(f) for f in problem.faults)
    return answer(
        request,
        status_of(problem),
        problem.code,
        problem.message,
        headers=headers,
        errors=at,
        resource=problem.resource,
    )


def _at(fault: Fault) -> At:
    return At(fault.message, pointer=fault.pointer)


def on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses before a handler is reached."""
    status = error.status_code
    if status >= 500:
        return on_crash(request, error)
    code = _HTTP_CODES.get(status, "malformed")
    detail = {
        404: "there is nothing at this address",
        405: f"this address does not take {request.method}",
        413: "the body is larger than this route takes",
    }.get(status, "the request cannot be read")
    return answer(request, status, code, detail, headers=error.headers)


def on_busy(request: Request[Any, Any, Any], _: Busy) -> Response[bytes]:
    detail = "others were changing the same thing; nothing was written, try again"
    return answer(request, 503, "busy", detail, headers={"retry-after": "1"})


def on_away(request: Request[Any, Any, Any], error: store.Away) -> Response[bytes]:
    log.error("request.store_away", reason=str(error))
    detail = "the database is away; repeat the request under the same Idempotency-Key"
    return answer(request, 503, "store_unavailable", detail, headers={"retry-after": "5"})


def on_violation(request: Request[Any, Any, Any], _: Violated) -> Response[bytes]:
    return answer(request, 409, "conflict", "it contradicts what is stored; nothing was written")


def on_crash(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The cause goes to the log under the request id, never to the caller."""
    log.error("request.crashed", exc_info=error)
    detail = "the hub failed; its log tells why under the request id"
    return answer(request, 500, "internal_error", detail)


HANDLERS: dict[int | type[Exception], Any] = {
    Problem: on_problem,
    Busy: on_busy,
    store.Away: on_away,
    Violated: on_violation,
    HTTPException: on_http,
    Exception: on_crash,
}
