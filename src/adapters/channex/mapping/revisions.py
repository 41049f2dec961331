"""A booking revision → a reservation."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from adapters.channex.mapping import wire
from core.domain.bookings.hotel import Collect
from core.domain.card import masked
from core.domain.channels.channel_reservation import (
    ChannelReservation,
    Contact,
    ReservedRoom,
    Revision,
)
from core.domain.money import Money, zero
from core.domain.stay import Occupancy, Stay

# A child whose age they do not tell: between an infant and an adult.
UNTOLD_AGE = 8
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# An escape of a whole pair, of a half one (which is kept in "half"), or of a backslash.
_ESCAPES = re.compile(
    rb"\\(?:\\|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2}))"
)
_MOST_ADULTS, _MOST_CHILDREN, _OLDEST = 9, 6, 17


class Named(msgspec.Struct, frozen=True):
    id: str


def whole(body: bytes) -> bytes:
    """*body* with the sign for "cannot be read" in place of each half of a character: a name that
    somebody cut there would keep the whole feed from being read."""
    return _ESCAPES.sub(lambda found: rb"\ufffd" if found["half"] else found[0], body)


def pulled(raw: bytes) -> tuple[str, bytes]:
    """One item of the feed → its id, and its bytes without the card: neither number nor
    security code is ours to keep. One without an id goes by a digest; one in which no card
    can be looked for is that digest, and stands at Channex as it is."""
    unnamed = f"unnamed-{hashlib.sha256(raw).hexdigest()[:32]}"
    try:
        kept = _without_card(msgspec.json.decode(raw))
    except (ValueError, RecursionError):  # not UTF-8: msgspec lets that out as Python's own
        return unnamed, msgspec.json.encode({"unreadable": unnamed})
    try:
        return msgspec.json.decode(kept, type=Named).id, kept
    except msgspec.ValidationError:
        return unnamed, kept


def _without_card(item: Any) -> bytes:
    if isinstance(item, dict) and isinstance(item.get("attributes"), dict):
        item["attributes"].pop("guarantee", None)
    return msgspec.json.encode(_masked(item))


def _masked(value: Any) -> Any:
    """Every text without a card number that somebody wrote into it; ids, some of which look like
    one, as they are."""
    match value:
        case dict():
            return {name: _masked(inner) for name, inner in value.items()}
        case list():
            return [_masked(inner) for inner in value]
        case str() if not _UUID.fullmatch(value):
            return masked(value)
    return value


def reservation(raw: bytes) -> ChannelReservation:
    """ValueError, or what a decoder raises: it is not what they promise."""
    item = msgspec.json.decode(raw, type=wire.Item[wire.Revision])
    told = item.attributes
    received = _instant(told.inserted_at)
    return ChannelReservation(
        message=item.id,
        reference=told.booking_id,
        order=(received - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1),
        revision=Revision(told.status),
        property_code=told.property_id,
        rooms=tuple(_room(room, told.currency) for room in told.rooms or ()),
        holder=_holder(told),
        sold_on=told.ota_name or "",
        total=_money(told.amount, told.currency),
        taxes=_taxes(told),
        commission=_money(told.ota_commission, told.currency),
        collect=Collect.PREPAID if told.payment_collect == "ota" else Collect.HOTEL,
        # Only when it reached Channex is told; and what they then counted off nobody knows.
        booked_at=None,
    )


def _room(room: wire.RoomStay, currency: str | None) -> ReservedRoom:
    """An occupancy of a plan has a code of its own; its parent is the plan that was pushed."""
    parent = room.meta.parent_rate_plan_id if room.meta else None
    stay = Stay(date.fromisoformat(room.checkin_date), date.fromisoformat(room.checkout_date))
    return ReservedRoom(
        room=room.room_type_id or "",
        plan=parent or room.rate_plan_id or "",
        stay=stay,
        occupancy=_occupancy(room.occupancy),
        by_night=_by_night(room.days or {}, stay, currency),
        guests=tuple((guest.name or "", guest.surname or "") for guest in room.guests or ()),
        reference=room.ota_unique_id or "",
    )


def _occupancy(told: wire.Occupancy) -> Occupancy:
    """Within what a room here can hold: a reservation is kept, however many it says."""
    ages = [min(max(age, 0), _OLDEST) for age in told.ages or ()][: max(0, told.children)]
    ages += [UNTOLD_AGE] * (max(0, told.children) - len(ages))
    ages += [0] * max(0, told.infants)
    return Occupancy(min(max(told.adults, 1), _MOST_ADULTS), tuple(ages[:_MOST_CHILDREN]))


def _by_night(days: dict[str, str], stay: Stay, currency: str | None) -> tuple[Money, ...]:
    nights = [str(stay.check_in + timedelta(days=n)) for n in range(stay.nights)]
    if currency is None or set(nights) != days.keys():
        return ()
    return tuple(Money.rounded(days[night], currency) for night in nights)


def _holder(told: wire.Revision) -> Contact:
    customer = told.customer or wire.Customer()
    return Contact(
        name=customer.name or "",
        surname=customer.surname or "",
        email=customer.mail or None,
        phone=customer.phone or None,
        remarks=told.notes or "",
    )


def _taxes(told: wire.Revision) -> Money | None:
    """Those within the price. None: nothing is said."""
    if told.currency is None:
        return None
    included = [
        Money.rounded(tax.total_price, told.currency)
        for room in told.rooms or ()
        for tax in room.taxes or ()
        if tax.is_inclusive and tax.total_price is not None
    ]
    return sum(included[1:], included[0]) if included else None


def _money(amount: str | None, currency: str | None) -> Money | None:
    if amount is None or currency is None:
        return None
    return Money.rounded(amount, currency) if amount else zero(currency)


def _instant(text: str) -> datetime:
    """They write UTC without saying so."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
