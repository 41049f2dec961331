"""How a connection's reservations are asked for, and how a channel is read back."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.domain.channels.push import Failure


class Pull(msgspec.Struct, frozen=True):
    """id: of the connection. every_s: between two askings; a hint asks at once.

    check_at: the next; None: no channel of the connection is left.
    """

    id: str
    every_s: float
    check_at: datetime | None
    pulled_at: datetime | None = None
    hinted_at: datetime | None = None
    failure: Failure | None = None


class Watch(msgspec.Struct, frozen=True):
    """id: of the channel. checked_at: when it was last read back; drifted: nights of it that were
    not as acknowledged then. check_at None: it cannot be read back."""

    id: str
    check_at: datetime | None
    checked_at: datetime | None = None
    drifted: int = 0
    failure: Failure | None = None
