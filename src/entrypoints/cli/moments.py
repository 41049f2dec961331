"""Moments as a person types them: an ISO 8601 instant, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from entrypoints.cli.trouble import Trouble

_AGO = re.compile(r"(\d{1,5})\s*([smhdw])", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, now: datetime) -> datetime:
    """`2h` and `3d` are before *now*; an instant without a zone is UTC, a date its midnight.

    Trouble: it is neither.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago.group(2).lower()]: int(ago.group(1))})
        at = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise Trouble(
            f"{text!r} is not a moment.",
            "Write how long ago (30m, 2h, 3d) or an instant (2026-11-22T03:00, in UTC).",
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def shown(at: datetime | None) -> str:
    """To the minute; "" where there is none."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def to_the_second(at: datetime) -> str:
    """In UTC, for a table that says so once."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def lasting(seconds: float) -> str:
    """A length of time in a word or two: 40 s, 12 min, 3 h 5 min, 2 d 4 h."""
    left = max(round(seconds), 0)
    days, hours, minutes = left // 86400, left // 3600 % 24, left // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{left} s"
