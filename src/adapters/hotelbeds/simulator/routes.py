"""Which operation a request asks for, and what is said before it is even looked at."""

from __future__ import annotations

from adapters._kit.simulator.routes import routed
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.hotelbeds.simulator.faults import Fault, Kind

PREFIX = "/hotel-api/1.0"

ROUTES = (
    ("GET", r"/status", "status"),
    ("POST", r"/hotels", "availability"),
    ("POST", r"/checkrates", "checkrate"),
    ("POST", r"/bookings", "booking"),
    ("GET", r"/bookings", "list"),
    ("GET", r"/bookings/([^/]+)", "detail"),
    ("PUT", r"/bookings/([^/]+)", "change"),
    ("DELETE", r"/bookings/([^/]+)", "cancel"),
)


def route(request: Request) -> tuple[str | None, str]:
    return routed(ROUTES, request, PREFIX) or (None, "")


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
