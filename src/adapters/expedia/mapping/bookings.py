"""Bookings that wait → reservations. A booking is one room.

A message has no id of theirs: ours is the booking, what became of it, and a digest of what is said,
without what differs from one retrieval to the next (its state, the card).
"""

from __future__ import annotations

import copy
import hashlib
from datetime import UTC, date, datetime, timedelta

from lxml import etree

from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import Element, local, read_xml
from adapters.expedia.mapping.wire import BR, all_, child, first, maybe
from core.domain.bookings.hotel import Collect
from core.domain.card import masked
from core.domain.channels.channel_reservation import (
    ChannelReservation,
    Contact,
    ReservedRoom,
    Revision,
)
from core.domain.money import Money
from core.domain.stay import Occupancy, Stay
from ports.reservation_source import PulledReservation

REVISIONS = {
    "Book": Revision.NEW,
    "Modify": Revision.MODIFIED,
    "Cancel": Revision.CANCELLED,
}
TYPES = {revision: name for name, revision in REVISIONS.items()}
HOTEL_COLLECT = "A-"  # stands before the site where the guest pays at the hotel
UNTOLD_AGE = 8  # between an infant and an adult
MOST = 125  # they tell at once
_STATES = ("status", "confirmNumber")
# What people wrote, who may write a card number anywhere; ids of theirs may look like one.
_WRITTEN = ("Name", "Phone", "Email", "SpecialRequest", "CardHolder", "RewardProgram")
_FEES = ("baseRate", "extraPersonFees", "hotelServiceFees")
_MOST_ADULTS, _MOST_CHILDREN, _OLDEST = 9, 6, 17
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fill(root: Element, *, known: bool = True) -> None:
    """What was never told, and where *known*, what was told and not confirmed."""
    wanted = child(root, "ParamSet")
    for state in ("pending", "retrieved") if known else ("pending",):
        child(wanted, "Status", value=state)


def read(root: Element) -> list[PulledReservation]:
    """Oldest first; they tell the newest first."""
    told = all_(first(root, "Bookings"), "Booking")[::-1]
    told.sort(key=_place)
    kept = [_kept(one) for one in told]
    return [PulledReservation(_message(read_xml(raw)), raw) for raw in kept]


def _place(booking: Element) -> int:
    """One that cannot be read comes first, and keeps no other back."""
    try:
        return _order(booking)
    except (ValueError, LookupError, TypeError, ArithmeticError):
        return 0


def reservation(raw: bytes) -> ChannelReservation:
    """ValueError or LookupError: it is not what they promise."""
    booking = read_xml(raw)
    if booking.tag != f"{{{BR.answered[1]}}}Booking":
        raise Unreadable("not a booking")
    revision = REVISIONS[booking.get("type")]
    source, stay = booking.get("source", ""), first(booking, "RoomStay")
    total = first(stay, "Total")
    cancelled = revision is Revision.CANCELLED
    return ChannelReservation(
        message=_message(booking),
        reference=booking.attrib["id"],
        order=_order(booking),
        revision=revision,
        property_code=first(booking, "Hotel").attrib["id"],
        rooms=() if cancelled else (_room(booking, stay),),
        holder=_holder(booking),
        sold_on=source.removeprefix(HOTEL_COLLECT),
        total=None if cancelled else _amount(total, "amountAfterTaxes"),
        taxes=None if cancelled else _amount(total, "amountOfTaxes"),
        collect=Collect.HOTEL if source.startswith(HOTEL_COLLECT) else Collect.PREPAID,
        booked_at=_instant(booking) if revision is Revision.NEW else None,
    )


def _kept(booking: Element) -> bytes:
    """The booking alone, without its state, the card cut down to its last four."""
    one = copy.deepcopy(booking)
    one.tail = None
    for name in _STATES:
        one.attrib.pop(name, None)
    for card in _cards(one):
        number = card.get("cardNumber", "")
        card.set("cardNumber", f"****{number[-4:]}")
        card.attrib.pop("seriesCode", None)
    for part in one.iter():
        if local(part) in _WRITTEN:
            part.text = masked(part.text) if part.text else None
            for name, value in part.attrib.items():
                part.set(name, masked(value))
    written: bytes = etree.tostring(one, encoding="UTF-8")
    return written


def _message(kept: Element) -> str:
    """kept: as `_kept` leaves it. The card comes and goes: they cross it out after two days."""
    one = copy.deepcopy(kept)
    for card in _cards(one):
        card.getparent().remove(card)
    digest = hashlib.sha256(etree.tostring(one, method="c14n")).hexdigest()[:16]
    return f"{one.get('id')}:{one.get('type')}:{digest}"


def _cards(booking: Element) -> list[Element]:
    return [one for one in booking.iter() if local(one) == "PaymentCard"]


def _order(booking: Element) -> int:
    """They tell seconds; of the same second what follows is greater: booked, changed, cancelled."""
    later = list(REVISIONS).index(booking.get("type"))
    return (_instant(booking) - _EPOCH) // timedelta(microseconds=1) + later


def _instant(booking: Element) -> datetime:
    at = datetime.fromisoformat(booking.get("createDateTime"))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _room(booking: Element, stay: Element) -> ReservedRoom:
    dates, name = first(stay, "StayDate"), first(first(booking, "PrimaryGuest"), "Name")
    nights = Stay(
        date.fromisoformat(dates.get("arrival")), date.fromisoformat(dates.get("departure"))
    )
    return ReservedRoom(
        room=stay.get("roomTypeID"),
        plan=stay.get("ratePlanID"),
        stay=nights,
        occupancy=_occupancy(first(stay, "GuestCount")),
        by_night=_by_night(first(stay, "PerDayRates"), nights),
        guests=((_given(name), name.get("surname", "")),),
    )


def _occupancy(told: Element) -> Occupancy:
    """Within what a room here can hold: a reservation is kept, however many it says."""
    ages = [min(int(one.get("age")), _OLDEST) for one in all_(told, "Child")]
    children = max(int(told.get("child", "0")), len(ages))
    ages += [UNTOLD_AGE] * (children - len(ages))
    adults = min(max(int(told.get("adult")), 1), _MOST_ADULTS)
    return Occupancy(adults, tuple(ages[:_MOST_CHILDREN]))


def _by_night(told: Element, stay: Stay) -> tuple[Money, ...]:
    """With the fees of the night, as they add up to the total."""
    currency = told.get("currency")
    nights = {str(stay.check_in + timedelta(days=n)) for n in range(stay.nights)}
    days = {one.get("stayDate"): one for one in all_(told, "PerDayRate")}
    if currency is None or days.keys() != nights:
        return ()
    return tuple(
        sum(rest, start)
        for day in sorted(days)
        for start, *rest in [[Money.rounded(days[day].get(f, "0"), currency) for f in _FEES]]
    )


def _holder(booking: Element) -> Contact:
    guest = first(booking, "PrimaryGuest")
    name, email = first(guest, "Name"), maybe(guest, "Email")
    wishes = [(one.text or "").strip() for one in all_(booking, "SpecialRequest")]
    return Contact(
        name=_given(name),
        surname=name.get("surname", ""),
        email=None if email is None or not email.text else email.text.strip(),
        phone=_phone(maybe(guest, "Phone")),
        remarks="; ".join(filter(None, wishes)),
    )


def _given(name: Element) -> str:
    return " ".join(filter(None, (name.get("givenName", ""), name.get("middleName", ""))))


def _phone(told: Element) -> str | None:
    if told is None:
        return None
    country = told.get("countryCode")
    parts = (f"+{country}" if country else "", told.get("cityAreaCode", ""), told.get("number", ""))
    return " ".join(filter(None, parts)) or None


def _amount(told: Element, name: str) -> Money | None:
    amount, currency = told.get(name), told.get("currency")
    return None if amount is None or currency is None else Money.rounded(amount, currency)
