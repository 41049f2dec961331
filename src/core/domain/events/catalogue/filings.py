"""Reports owed to the regulator."""

from __future__ import annotations

from datetime import date

import msgspec

from core.domain.events.catalogue.event_type import EventType
from core.domain.filings.filing import FilingKind


class FilingPayload(msgspec.Struct, frozen=True):
    """A report owed to the regulator. due_on: its last day, local to the departure's office.

    days_left: 0 on the last day; None once it has passed, or where it is not a reminder.
    """

    filing: str
    departure: str
    kind: FilingKind
    due_on: date
    days_left: int | None
    number: str | None


def _filing(name: str, means: str, **other: object) -> EventType:
    example = FilingPayload(
        filing="flg_06f3m9e1c3f5h7k9n2q4s6v8xa",
        departure="dpt_06f3m9e0b2d4g6j8m1p3r5t7wy",
        kind=FilingKind.RETURN,
        due_on=date(2027, 2, 2),
        days_left=None,
        number=None,
    )
    return EventType(f"filing.{name}", "filing/1", means, msgspec.structs.replace(example, **other))


TYPES = (
    _filing("due", "A report must be filed soon.", days_left=7),
    _filing("overdue", "A report was not filed in time."),
    _filing("filed", "A report was filed, under the regulator's number.", number="F-2027-000123"),
    _filing("reopened", "A report is owed again: it was filed wrongly."),
)
