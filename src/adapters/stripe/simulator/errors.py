"""Stripe's error answers."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """saved: whether the answer stays under the idempotency key, as it does once work began."""

    def __init__(
        self,
        status: int,
        type: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
        saved: bool = False,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.saved = saved
        detail = {"type": type, "code": code, "message": message, "param": param, **(more or {})}
        self.body = {"error": {k: v for k, v in detail.items() if v is not None}}


def invalid(message: str, code: str | None = None, param: str | None = None) -> ApiError:
    """A parameter is wrong: nothing was begun, so nothing is saved under the key."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param)


def refused(message: str, code: str | None = None, param: str | None = None) -> ApiError:
    """Understood, begun, and refused; the key keeps this answer."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param, saved=True)


def missing(kind: str, id: str, param: str = "id") -> ApiError:
    message = f"No such {kind}: '{id}'"
    return ApiError(404, "invalid_request_error", message, code="resource_missing", param=param)
