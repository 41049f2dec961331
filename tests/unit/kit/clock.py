"""Time that stands still until somebody sleeps."""

from __future__ import annotations

import datetime as dt


class SetClock:
    """slept: every sleep that was asked for, in order."""

    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []

    def now(self) -> dt.datetime:
        return dt.datetime(2027, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=self.at)

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += max(seconds, 0.0)
