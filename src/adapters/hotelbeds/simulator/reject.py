"""A refusal of the simulated vendor, with the status and code it would have."""

from __future__ import annotations


class Rejection(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def product(message: str) -> Rejection:
    """Sold out, closed, dearer now: they answer these with HTTP 500."""
    return Rejection(500, "PRODUCT_ERROR", f"ProductException(BOOKING_CONFIRM, {message})")


def invalid(message: str) -> Rejection:
    return Rejection(400, "INVALID_DATA", f"Invalid data. {message}")


def malformed(message: str) -> Rejection:
    return Rejection(400, "INVALID_REQUEST", f"Invalid request. {message}")
