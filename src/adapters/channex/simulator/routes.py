"""Which operation a request asks for, and what is said before it is even looked at."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from adapters._kit.simulator.faults import Fault, proxy_page
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.channex.simulator.reject import Rejection, forbidden, too_many, unauthorised

PREFIX = "/api/v1"
ROUTES = (
    ("GET", re.compile(r"/properties/options"), "properties"),
    ("GET", re.compile(r"/properties/([^/]+)"), "property"),
    ("GET", re.compile(r"/room_types"), "room_types"),
    ("GET", re.compile(r"/rate_plans"), "rate_plans"),
    ("GET", re.compile(r"/rate_plans/options"), "plan_options"),
    ("POST", re.compile(r"/availability"), "availability"),
    ("GET", re.compile(r"/availability"), "availability_held"),
    ("POST", re.compile(r"/restrictions"), "restrictions"),
    ("GET", re.compile(r"/restrictions"), "restrictions_held"),
    ("GET", re.compile(r"/booking_revisions/feed"), "feed"),
    ("POST", re.compile(r"/booking_revisions/([^/]+)/ack"), "ack"),
)
BEFORE = ("fail_before", "rate_limit", "unauthorized", "forbidden", "conflict", "proxy")


def route(request: Request) -> tuple[str | None, str]:
    path = request.path.removeprefix(PREFIX)
    for method, pattern, operation in ROUTES:
        match = pattern.fullmatch(path)
        if match and method == request.method:
            return operation, match.group(1) if match.groups() else ""
    return None, ""


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
