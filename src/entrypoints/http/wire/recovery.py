"""Recoveries: what to send again, what that would be, and how far it came."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from core.domain.webhooks import recovery as domain
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Id, Reason

Instant = Annotated[datetime.datetime, Meta(tz=True)]
PacePerS = Annotated[
    int, Meta(ge=1, le=domain.PACE_MAX, description="Events a second, on the average.")
]
Patterns = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...],
    Meta(max_length=50, description="Event types or patterns; none: all the endpoint asks for."),
]


class NewRecovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """since, until: when the events occurred, until itself not included; left out or later than
    now, it is now. what: undelivered, what the endpoint never took and what is not on its way;
    all, also what it took. dry_run: count, and make nothing."""

    endpoint: Id
    since: Instant
    until: Instant | None = None
    what: domain.What = domain.What.UNDELIVERED
    types: Patterns = ()
    pace_per_s: PacePerS = domain.PACE
    dry_run: bool = False
    reason: Reason = ""

    def wish(self) -> domain.NewRecovery:
        return domain.NewRecovery(
            self.endpoint, self.since, self.until, self.what, self.types, self.pace_per_s
        )


class RecoveryChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pace_per_s: PacePerS
    reason: Reason = ""


class RecoveryQuery(Paging, frozen=True, forbid_unknown_fields=True):
    endpoint: Id | None = None
    state: domain.RecoveryState | None = None


class RecoveryPreview(msgspec.Struct, frozen=True):
    """total: how many events would be sent, and how many of each type. first_at, last_at: when
    the first and the last of them occurred. seconds: how long it would take at its pace."""

    endpoint: str
    total: int
    types: Mapping[str, int]
    first_at: datetime.datetime | None
    last_at: datetime.datetime | None
    seconds: float


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """total: counted when it was made. sent: deliveries made of them, each with its retries.

    left: at most so many are still to be sent; what was delivered otherwise is passed over.
    left_s: seconds to the end at its pace; null: it does not run. share: 0 to 1. looked_at:
    positions of the feed it has passed. note: why it waits or stopped.
    """

    id: str
    endpoint: str
    partner: str
    state: domain.RecoveryState
    what: domain.What
    types: tuple[str, ...]
    since: datetime.datetime
    until: datetime.datetime
    pace_per_s: int
    total: int
    sent: int
    left: int
    left_s: float | None
    share: float
    looked_at: int
    note: str
    reason: str
    created_at: datetime.datetime
    created_by: str
    finished_at: datetime.datetime | None


def preview(of: domain.Tally, new: domain.NewRecovery) -> RecoveryPreview:
    return RecoveryPreview(
        endpoint=new.endpoint,
        total=of.total,
        types=of.types,
        first_at=of.first_at,
        last_at=of.last_at,
        seconds=of.total / new.pace_per_s,
    )


def recovery(of: domain.Recovery) -> Recovery:
    return Recovery(
        id=of.id,
        endpoint=of.endpoint,
        partner=of.partner,
        state=of.state,
        what=of.what,
        types=of.types,
        since=of.since,
        until=of.until,
        pace_per_s=of.pace_per_s,
        total=of.total,
        sent=of.sent,
        left=of.left,
        left_s=of.left_s,
        share=of.share,
        looked_at=of.looked_at,
        note=of.note,
        reason=of.reason,
        created_at=of.created_at,
        created_by=of.created_by,
        finished_at=of.finished_at,
    )
