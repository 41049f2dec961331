"""Xendit's error answers."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error_code": code, "message": message, **more}


def invalid(*faults: str) -> ApiError:
    errors = [{"message": f} for f in faults]
    return ApiError(400, "API_VALIDATION_ERROR", "There is an error with the input", errors=errors)


def missing_invoice() -> ApiError:
    return ApiError(404, "INVOICE_NOT_FOUND_ERROR", "Could not find invoice")
