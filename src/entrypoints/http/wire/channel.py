"""Channels: how each is to be shown, how far it was told, and what is mapped to what."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.channels.channel_parts import ChannelParts
from core.application.channels.steer_channel import ChannelStatus
from core.domain.channels import channel as domain
from core.domain.channels import channel_mapping as mappings
from core.domain.channels.push import Failure, RefusedValue
from core.domain.stock.ari import AriLine, AvailabilityLine, ChannelRoom
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Id, Name, NewMarkup, Reason

Code = Annotated[str, Meta(min_length=1, max_length=100)]


class Pricing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From our price to the channel's: marked up, rounded up to its step, then tax."""

    markup: NewMarkup = NewMarkup()
    tax: domain.TaxDisplay = domain.TaxDisplay.AS_OURS

    def pricing(self) -> domain.ChannelPricing:
        return domain.ChannelPricing(self.markup.markup(), self.tax)


class NewChannel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """property_code: the channel's own code of the property. name: "" for one made of both."""

    connection: Id
    property: Id
    property_code: Code
    name: Annotated[str, Meta(max_length=200)] = ""
    pricing: Pricing = Pricing()
    buffer: domain.SafetyBuffer = domain.SafetyBuffer()
    tolerance: domain.Tolerance = domain.Tolerance()
    reason: Reason = ""


class ChannelChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays as it is. property_code: only while the channel took nothing under
    the old one and no reservation came in."""

    property_code: Code | None = None
    name: Name | None = None
    pricing: Pricing | None = None
    buffer: domain.SafetyBuffer | None = None
    tolerance: domain.Tolerance | None = None
    reason: Reason = ""


class ChannelQuery(Paging, frozen=True, forbid_unknown_fields=True):
    property: Id | None = None
    connection: Id | None = None


class Refused(msgspec.Struct, frozen=True):
    """A stretch of days that the channel did not take; it is sent again when it changes.

    closed: of a price, whether its nights are closed at the channel for it, which they are until
    a price of theirs is taken; false: it may sell them at another price than ours. null: it is no
    price.
    """

    room: str
    plan: str
    first: datetime.date
    last: datetime.date
    weekdays: tuple[int, ...]
    code: str
    message: str
    at: datetime.datetime
    closed: bool | None


class Reservations(msgspec.Struct, frozen=True):
    """How the connection is asked for reservations."""

    pulled_at: datetime.datetime | None
    next_at: datetime.datetime | None
    failure: Failure | None


class ReadBack(msgspec.Struct, frozen=True):
    """drifted: nights that were not as acknowledged when it was read back last."""

    checked_at: datetime.datetime | None
    next_at: datetime.datetime | None
    drifted: int
    failure: Failure | None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """lag_s: for how long the oldest change waits that it has not acknowledged; 0: it agrees.

    pushed_at: the last message; acknowledged_at: the last that it took. lines, messages: taken
    since the channel was made. gaps: of the mapping; while there is one nothing is pushed.
    """

    id: str
    connection: str
    property: str
    property_code: str
    name: str
    state: domain.ChannelState
    pricing: domain.ChannelPricing
    buffer: domain.SafetyBuffer
    tolerance: domain.Tolerance
    lag_s: float
    pushed_at: datetime.datetime | None
    acknowledged_at: datetime.datetime | None
    next_at: datetime.datetime | None
    reference: str
    lines: int
    messages: int
    warnings: tuple[str, ...]
    refused: tuple[Refused, ...]
    failure: Failure | None
    gaps: tuple[mappings.Gap, ...]
    reservations: Reservations | None
    read_back: ReadBack | None
    created_at: datetime.datetime


class Ours(msgspec.Struct, frozen=True):
    """One room type of ours with the plans it is sold under, by id and name."""

    room_type: str
    name: str
    rate_plans: dict[str, str]


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """ours beside theirs, and what is mapped to what.

    theirs: what the channel said it sells; null: never asked, or it cannot say. gaps: what keeps
    a push from going. closed: what is mapped and no longer sold here; it alone is closed there.
    unsold: room types and plans ("" the whole room type) of ours that this channel does not sell.
    mapped, of: rooms of the channel.
    """

    id: str
    property: str
    property_code: str
    mapping: domain.ChannelMapping
    ours: tuple[Ours, ...]
    theirs: tuple[ChannelRoom, ...] | None
    theirs_at: datetime.datetime | None
    complete: bool
    gaps: tuple[mappings.Gap, ...]
    closed: tuple[mappings.Gap, ...]
    unsold: tuple[tuple[str, str], ...]
    mapped: int
    of: int


class NewMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it: what was mapped before is replaced. ignored: rooms of the channel that are none
    of ours, on purpose; ignored_plans: plans of its rooms that you do not sell, which keep the
    prices they have there."""

    rooms: Annotated[tuple[domain.RoomMapping, ...], Meta(max_length=500)]
    plans: Annotated[tuple[domain.PlanMapping, ...], Meta(max_length=5000)]
    ignored: Annotated[tuple[Code, ...], Meta(max_length=500)] = ()
    ignored_plans: Annotated[tuple[domain.IgnoredPlan, ...], Meta(max_length=5000)] = ()
    reason: Reason = ""

    def mapping(self) -> domain.ChannelMapping:
        return domain.ChannelMapping(self.rooms, self.plans, self.ignored, self.ignored_plans)


def channel(of: ChannelStatus, now: datetime.datetime) -> Channel:
    one, push = of.channel, of.push
    pull, watch = of.pull, of.watch
    behind = push.behind_since
    return Channel(
        id=one.id,
        connection=one.connection,
        property=one.property,
        property_code=one.property_code,
        name=one.name,
        state=one.state,
        pricing=one.pricing,
        buffer=one.buffer,
        tolerance=one.tolerance,
        lag_s=max(0.0, (now - behind).total_seconds()) if behind else 0.0,
        pushed_at=push.pushed_at,
        acknowledged_at=push.acknowledged_at,
        next_at=push.check_at,
        reference=push.reference,
        lines=push.lines,
        messages=push.messages,
        warnings=push.warnings,
        refused=tuple(_refused(value, closed) for value, closed in of.refused),
        failure=push.failure,
        gaps=push.gaps,
        reservations=Reservations(pull.pulled_at, pull.check_at, pull.failure) if pull else None,
        read_back=ReadBack(watch.checked_at, watch.check_at, watch.drifted, watch.failure)
        if watch
        else None,
        created_at=one.created_at,
    )


def mapping(of: ChannelParts) -> Mapping:
    report, one = of.mapping(), of.channel
    names = {plan.id: plan.name for plan in of.plans}
    return Mapping(
        id=one.id,
        property=one.property,
        property_code=one.property_code,
        mapping=one.mapping,
        ours=tuple(
            Ours(room.id, room.name, {p.id: names[p.id] for p in of.plans if p.sells(room.id)})
            for room in of.room_types
            if room.active
        ),
        theirs=one.catalogue.rooms if one.catalogue else None,
        theirs_at=one.catalogue_at,
        complete=report.complete,
        gaps=report.gaps,
        closed=report.closed,
        unsold=report.unsold,
        mapped=report.mapped,
        of=report.of,
    )


def _refused(value: RefusedValue, closed: bool | None) -> Refused:
    line: AriLine = value.line
    return Refused(
        room=line.room,
        plan="" if isinstance(line, AvailabilityLine) else line.plan,
        first=line.span.first,
        last=line.span.last,
        weekdays=line.span.weekdays,
        code=value.code,
        message=value.message,
        at=value.at,
        closed=closed,
    )
