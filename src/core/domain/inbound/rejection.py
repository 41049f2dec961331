"""A message that came in and was not believed: what may be kept of it."""

from __future__ import annotations

from datetime import datetime

import msgspec

KEPT = 200  # of one connection, the newest
KEPT_DAYS = 30


class Rejection(msgspec.Struct, frozen=True):
    """adapter: the vendor it claimed to be of. reason: ours, and nothing of the message.

    digest: SHA-256 of its body, in hexadecimal, by which two are known for the same. size: of
    the body, in bytes. passed_over: how many were rejected before it and are not kept, because
    too many came at once.
    """

    id: str
    connection: str
    adapter: str
    reason: str
    digest: str
    size: int
    received_at: datetime
    passed_over: int = 0
