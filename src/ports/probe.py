from __future__ import annotations

from typing import Protocol

import msgspec

from core.domain.connections.connection import Verdict


class Probe(msgspec.Struct, frozen=True):
    """A connection test's answer. evidence: short facts without secrets.

    remedy: what the operator should do, "" when nothing.
    """

    verdict: Verdict
    evidence: dict[str, str]
    remedy: str = ""


class Testable(Protocol):
    async def probe(self) -> Probe:
        """Ask the vendor something free, read-only and authenticated.

        Never raises: a timeout is `unreachable`, never `rejected`.
        """
        ...
