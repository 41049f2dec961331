"""Events of filings, made from what they are about."""

from __future__ import annotations

from core.domain.event import EventDraft
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.filings import FilingPayload
from core.domain.filings.filing import Filing


def filing_event(name: str, filing: Filing, days_left: int | None = None) -> EventDraft:
    payload = FilingPayload(
        filing=filing.id,
        departure=filing.departure,
        kind=filing.kind,
        due_on=filing.due_on,
        days_left=days_left,
        number=filing.filed.number if filing.filed else None,
    )
    return draft(name, filing.id, payload)
