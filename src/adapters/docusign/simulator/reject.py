"""How DocuSign says no."""

from __future__ import annotations


class Rejection(Exception):
    """code: their word. oauth: in the sign-in's form instead of the API's."""

    def __init__(self, status: int, code: str, message: str = "", *, oauth: bool = False) -> None:
        super().__init__(code)
        self.status = status
        self.body: dict[str, str] = (
            {"error": code, "error_description": message}
            if oauth
            else {"errorCode": code, "message": message}
        )


def invalid(what: str) -> Rejection:
    return Rejection(400, "INVALID_REQUEST_BODY", f"The request body is not valid: {what}")
