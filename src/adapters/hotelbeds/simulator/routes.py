"""Which operation a request asks for, and what is said before it is even looked at."""

from __future__ import annotations

import re

from adapters._kit.simulator.web import Request, Response, json_response
from adapters.hotelbeds.simulator.faults import Fault, Kind

PREFIX = "/hotel-api/1.0"

ROUTES = (
    ("GET", re.compile(r"/status"), "status"),
    ("POST", re.compile(r"/hotels"), "availability"),
    ("POST", re.compile(r"/checkrates"), "checkrate"),
    ("POST", re.compile(r"/bookings"), "booking"),
    ("GET", re.compile(r"/bookings"), "list"),
    ("GET", re.compile(r"/bookings/([^/]+)"), "detail"),
    ("PUT", re.compile(r"/bookings/([^/]+)"), "change"),
    ("DELETE", re.compile(r"/bookings/([^/]+)"), "cancel"),
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
            return json_response(401, {"error": "Request signature verification failed"})
        case Kind.FORBIDDEN:
            code = {"x-mashery-error-code": "ERR_403_DEVELOPER_INACTIVE"}
            return json_response(403, {"error": "Developer Inactive"}, code)
        case Kind.OVER_QUOTA:
            code = {"x-mashery-error-code": "ERR_403_DEVELOPER_OVER_RATE"}
            return json_response(403, {"error": "Developer Over Rate"}, code)
        case Kind.RATE_LIMITED:
            return json_response(
                429, {"error": "Too many requests"}, {"retry-after": f"{fault.value:g}"}
            )
        case Kind.UNAVAILABLE:
            error = {"code": "SERVICE_OVERLOAD", "message": "Please try again later"}
            return json_response(503, {"error": error})
    return json_response(500, {"error": {"code": "SYSTEM_ERROR", "message": "Unexpected error"}})
