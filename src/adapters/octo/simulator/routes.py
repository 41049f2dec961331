"""Which operation a request asks for, and what is said before it is even looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping

from adapters._kit.simulator.web import Request, Response, json_response
from adapters.octo.simulator.faults import Fault, Kind

PREFIX = "/api/octo"

ROUTES = (
    ("GET", re.compile(r"/supplier/"), "supplier"),
    ("GET", re.compile(r"/capabilities/"), "capabilities"),
    ("GET", re.compile(r"/products/"), "products"),
    ("GET", re.compile(r"/products/([^/]+)"), "product"),
    ("POST", re.compile(r"/availability/"), "availability"),
    ("POST", re.compile(r"/availability/calendar"), "calendar"),
    ("POST", re.compile(r"/bookings/"), "hold"),
    ("GET", re.compile(r"/bookings/"), "list"),
    ("GET", re.compile(r"/bookings/([^/]+)"), "detail"),
    ("POST", re.compile(r"/bookings/([^/]+)/confirm"), "confirm"),
    ("POST", re.compile(r"/bookings/([^/]+)/extend"), "extend"),
    ("POST", re.compile(r"/bookings/([^/]+)/cancel"), "cancel"),
)


def route(request: Request) -> tuple[str | None, str]:
    for method, pattern, operation in ROUTES:
        match = pattern.fullmatch(request.path.removeprefix(PREFIX))
        if match and method == request.method:
            return operation, match.group(1) if match.groups() else ""
    return None, ""


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
