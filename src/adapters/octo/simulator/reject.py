"""A refusal of the simulated supplier, with the status and code it would have."""

from __future__ import annotations

from typing import Any


class Rejection(Exception):
    def __init__(self, status: int, code: str, message: str, **offending: str) -> None:
        super().__init__(message)
        self.status = status
        self.document: dict[str, Any] = {"error": code, "errorMessage": message, **offending}


def malformed(message: str) -> Rejection:
    return Rejection(400, "BAD_REQUEST", message)


def unfit(message: str) -> Rejection:
    return Rejection(400, "UNPROCESSABLE_ENTITY", message)


def unknown(what: str, value: str) -> Rejection:
    """what: productId, optionId, unitId or availabilityId."""
    code = f"INVALID_{what.removesuffix('Id').upper()}_ID"
    return Rejection(400, code, f"The {what} was missing or invalid", **{what: value})


def no_booking(uuid: str) -> Rejection:
    message = "The uuid was already used, missing or invalid"
    return Rejection(400, "INVALID_BOOKING_UUID", message, uuid=uuid)
