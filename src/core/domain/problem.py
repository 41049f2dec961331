"""A request that cannot be granted, said so that a person can mend it.

Codes are stable and documented in docs/errors.md; messages are for people.
"""

from __future__ import annotations

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One fault of a request. pointer: JSON Pointer (RFC 6901) into the body, "" for all of it."""

    pointer: str
    message: str


class Problem(Exception):
    """code: stable, snake_case. faults: every fault found, not only the first."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        faults: tuple[Fault, ...] = (),
        retry_after_s: float | None = None,
        resource: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.faults = faults
        self.retry_after_s = retry_after_s
        self.resource = resource


class Invalid(Problem):
    """The request is malformed or asks for what cannot be; nothing was written."""

    def __init__(self, *faults: Fault, code: str = "invalid_request") -> None:
        first = f"{faults[0].pointer} {faults[0].message}".strip() if faults else code
        super().__init__(code, first, faults=faults)


class NotFound(Problem):
    """There is no such thing here: it does not exist, or belongs to somebody else."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__("not_found", f"there is no {kind} {id}")


class Forbidden(Problem):
    """The key is good, and may not do this."""


class Conflict(Problem):
    """It cannot be done from the present state (sold out, expired, already cancelled)."""


class Failed(Problem):
    """The vendor could not be used; nothing was done. It may be tried again."""
