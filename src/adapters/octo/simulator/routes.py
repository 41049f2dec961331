"""Which operation a request asks for, and what is said before it is even looked at."""

from __future__ import annotations

from collections.abc import Mapping

from adapters._kit.simulator.routes import routed
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.octo.simulator.faults import Fault, Kind

PREFIX = "/api/octo"

ROUTES = (
    ("GET", r"/supplier/", "supplier"),
    ("GET", r"/capabilities/", "capabilities"),
    ("GET", r"/products/", "products"),
    ("GET", r"/products/([^/]+)", "product"),
    ("POST", r"/availability/", "availability"),
    ("POST", r"/availability/calendar", "calendar"),
    ("POST", r"/bookings/", "hold"),
    ("GET", r"/bookings/", "list"),
    ("GET", r"/bookings/([^/]+)", "detail"),
    ("POST", r"/bookings/([^/]+)/confirm", "confirm"),
    ("POST", r"/bookings/([^/]+)/extend", "extend"),
    ("POST", r"/bookings/([^/]+)/cancel", "cancel"),
)


def route(request: Request) -> tuple[str | None, str]:
    return routed(ROUTES, request, PREFIX) or (None, "")


def refusal(fault: Fault) -> Response:
    """The answer that *fault*, one of BEFORE, gives instead of doing anything."""
    match fault.kind:
        case Kind.UNAUTHORISED:
            return _said(401, "UNAUTHORIZED", "No API key was sent")
        case Kind.FORBIDDEN:
            return _said(403, "FORBIDDEN", "The API key is invalid or was revoked")
        case Kind.REVOKED:
            return _said(400, "FORBIDDEN", "The API key is invalid or was revoked")
        case Kind.RATE_LIMITED:
            after = {"retry-after": f"{fault.value:g}"}
            return _said(429, "TOO_MANY_REQUESTS", "Too many requests", after)
        case Kind.FAILURE:
            return _said(400, "INTERNAL_SERVER_ERROR", "Something went wrong")
        case Kind.UNAVAILABLE:
            return _said(503, "SERVICE_UNAVAILABLE", "Please try again later")
    return _said(500, "INTERNAL_SERVER_ERROR", "Something went wrong")


def _said(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    return json_response(status, {"error": code, "errorMessage": message}, headers)
