"""An error of the simulated channel manager, in the shape all of theirs have."""

from __future__ import annotations

from typing import Any


class Rejection(Exception):
    def __init__(self, status: int, code: str, title: str, details: Any = None) -> None:
        super().__init__(title)
        self.status = status
        error = {"code": code, "title": title}
        self.document: dict[str, Any] = {
            "errors": error if details is None else {**error, "details": details}
        }


def unauthorised() -> Rejection:
    return Rejection(401, "unauthorized", "Unauthorized")


def forbidden() -> Rejection:
    return Rejection(403, "forbidden", "Forbidden")


def not_found() -> Rejection:
    return Rejection(404, "resource_not_found", "Resource Not Found")


def bad(*details: str) -> Rejection:
    return Rejection(400, "bad_request", "Bad Request", list(details))


def too_many() -> Rejection:
    return Rejection(429, "http_too_many_requests", "Too Many Requests")
