"""Midtrans' two ways of saying no."""

from __future__ import annotations

from typing import Any

from adapters._kit.simulator.web import Response, json_response


class Refusal(Exception):
    """response: the answer as it goes out."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def snap(status: int, *messages: str) -> Refusal:
    """Snap: a list of sentences, and an HTTP status that means it."""
    return Refusal(json_response(status, {"error_messages": list(messages)}))


def core(code: int, message: str, *, http: int = 200, **more: Any) -> Refusal:
    """The Core API: the code is in the body, and the HTTP status is mostly 200."""
    body = {"status_code": str(code), "status_message": message, **more}
    return Refusal(json_response(http, body))


def missing() -> Refusal:
    return core(404, "Transaction doesn't exist.", id="00000000-0000-4000-8000-000000000000")


def duplicate() -> Refusal:
    return core(406, "Duplicate refund ID")
