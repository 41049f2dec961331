"""Every event the hub tells, with the shape and version of its payload and an example.

contracts/hub/asyncapi.json is made from this table. Within a version a payload only
gains fields. No payload holds personal data: receivers fetch that by id.
"""

from __future__ import annotations

import msgspec

from core.domain.event import EventDraft, matches
from core.domain.events.catalogue import (
    agreements,
    bookings,
    channels,
    endpoints,
    filings,
    flights,
    messages,
    payments,
    plans,
    stock,
)
from core.domain.events.catalogue.event_type import EventType

CATALOGUE: dict[str, EventType] = {
    t.name: t
    for t in (
        *bookings.TYPES,
        *flights.TYPES,
        *payments.TYPES,
        *plans.TYPES,
        *agreements.TYPES,
        *filings.TYPES,
        *channels.TYPES,
        *stock.TYPES,
        *messages.TYPES,
        *endpoints.TYPES,
    )
}


def types_of(pattern: str | None) -> tuple[str, ...] | None:
    """The types that *pattern* (booking.*) means, () being any; None: no event has such a type."""
    if pattern is None or pattern == "*":
        return ()
    return tuple(t for t in CATALOGUE if matches((pattern,), t)) or None


def draft(
    name: str, subject: str, payload: msgspec.Struct, partner: str | None = None
) -> EventDraft:
    """KeyError: the catalogue has no such event."""
    kind = CATALOGUE[name]
    return EventDraft(
        type=kind.name,
        schema=kind.schema,
        subject_type=kind.subject_type,
        subject=subject,
        payload=msgspec.to_builtins(payload),
        partner=partner,
    )
