"""Which operation a request asks for, and what is said before it is even looked at."""

from __future__ import annotations

from urllib.parse import parse_qsl

from adapters._kit.simulator.faults import Fault, proxy_page
from adapters._kit.simulator.routes import routed
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.channex.simulator.reject import Rejection, forbidden, too_many, unauthorised

PREFIX = "/api/v1"
ROUTES = (
    ("GET", r"/properties/options", "properties"),
    ("GET", r"/properties/([^/]+)", "property"),
    ("GET", r"/room_types", "room_types"),
    ("GET", r"/rate_plans", "rate_plans"),
    ("GET", r"/rate_plans/options", "plan_options"),
    ("POST", r"/availability", "availability"),
    ("GET", r"/availability", "availability_held"),
    ("POST", r"/restrictions", "restrictions"),
    ("GET", r"/restrictions", "restrictions_held"),
    ("GET", r"/booking_revisions/feed", "feed"),
    ("POST", r"/booking_revisions/([^/]+)/ack", "ack"),
)
BEFORE = ("fail_before", "rate_limit", "unauthorized", "forbidden", "conflict", "proxy")


def route(request: Request) -> tuple[str | None, str]:
    return routed(ROUTES, request, PREFIX) or (None, "")


def query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.query.decode("latin-1")))


def refusal(fault: Fault) -> Response:
    """The answer that *fault*, one of BEFORE, gives instead of doing anything."""
    match fault.kind:
        case "proxy":
            return proxy_page(fault)
        case "unauthorized":
            return said(unauthorised())
        case "forbidden":
            return said(forbidden())
        case "rate_limit":
            # They say no Retry-After of their own; what stands before them may.
            headers = {"retry-after": str(fault.retry_after)} if fault.retry_after else {}
            limited = said(too_many())
            return Response(429, limited.body, {**limited.headers, **headers})
    return failed(fault)


def failed(fault: Fault) -> Response:
    return said(Rejection(fault.status, "internal_server_error", "Internal Server Error"))


def said(rejection: Rejection) -> Response:
    return json_response(rejection.status, rejection.document)
