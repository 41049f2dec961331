"""Reservations: OTA_ResRetrieveRS and OTA_HotelResNotifRQ, and one HotelReservation of them.

Each carries the whole reservation. Channels upstream fill it very differently, so that only what
a reservation cannot be without is insisted on: its id, its message, its property, its dates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from adapters._kit.ota.reading import (
    Parts,
    child,
    children,
    moment,
    named,
    needed,
    tag,
    text,
    told,
)
from adapters._kit.ota.stays import Guests, names, read_stays
from adapters._kit.xml import Element
from core.domain.bookings.hotel import Collect
from core.domain.channels.channel_reservation import ChannelReservation, Contact, Revision
from core.domain.money import Money

MESSAGE_ID, RESERVATION_ID = "16", "14"  # UniqueID/@Type (OTA code list UIT)
REVISIONS = {
    **dict.fromkeys(("book", "commit", "reserved", "new"), Revision.NEW),
    **dict.fromkeys(("modify", "modified"), Revision.MODIFIED),
    **dict.fromkeys(("cancel", "cancelled"), Revision.CANCELLED),
}
_RANK = {Revision.NEW: 0, Revision.MODIFIED: 1, Revision.CANCELLED: 2}
_MOST_REMARKS = 4000


def elements(root: Element) -> Iterator[Element]:
    """Each HotelReservation of *root*, in its order."""
    if root.tag == tag("OTA_HotelResNotifRQ"):
        return children(root, "HotelReservations", "HotelReservation")
    found = named(root, "OTA_ResRetrieveRS")
    return children(found, "ReservationsList", "HotelReservation")


def told_at(reservation: Element) -> str:
    """When it was changed last, else made: to put messages in their order. They are told in one
    offset, so that they compare as they are."""
    return str(reservation.get("LastModifyDateTime") or reservation.get("CreateDateTime") or "")


def unnamed(raw: bytes) -> str:
    """What a message without an id is kept under: it cannot be acknowledged."""
    return f"unnamed-{hashlib.sha256(raw).hexdigest()[:32]}"


def message_id(reservation: Element) -> str:
    """The channel's id of this message. ValueError: it has none."""
    return _needed_id(_unique_ids(reservation), MESSAGE_ID)


def read_reservation(reservation: Element) -> ChannelReservation:
    """What a HotelReservation says. ValueError: what it cannot be without is missing."""
    named(reservation, "HotelReservation")
    revision = REVISIONS.get((reservation.get("ResStatus") or "").lower())
    if revision is None:
        raise ValueError("no ResStatus that we know")
    ids = _unique_ids(reservation)
    parts = Parts(reservation)
    information = Parts(parts.child("ResGlobalInfo"))
    guests = Guests(parts)
    stays = tuple(Parts(stay) for stay in parts.children("RoomStays", "RoomStay"))
    rooms = tuple(room for stay in stays for room in read_stays(stay, guests))
    created = moment(reservation.get("CreateDateTime") or "")
    changed = moment(reservation.get("LastModifyDateTime") or "") or created
    if changed is None:
        raise ValueError("neither @LastModifyDateTime nor @CreateDateTime")
    total, taxes = _totals(information, stays)
    return ChannelReservation(
        message=_needed_id(ids, MESSAGE_ID),
        reference=_needed_id(ids, RESERVATION_ID),
        order=_order(changed, revision),
        revision=revision,
        property_code=_property(stays),
        rooms=rooms,
        holder=_holder(information, guests, stays),
        sold_on=_sold_on(parts),
        total=total,
        taxes=taxes,
        commission=_commission(stays),
        collect=_collect(stays, information),
        booked_at=created,
    )


def _order(at: datetime, revision: Revision) -> int:
    """Microseconds; they tell milliseconds, so that what came in one of them is told apart."""
    return int(at.timestamp() * 1_000_000) + _RANK[revision]


def _unique_ids(reservation: Element) -> dict[str | None, str | None]:
    return {one.get("Type"): one.get("ID") for one in reservation.iterchildren(tag("UniqueID"))}


def _needed_id(ids: dict[str | None, str | None], type_: str) -> str:
    found = ids.get(type_)
    if not found:
        raise ValueError(f"no UniqueID of type {type_}")
    return found


def _property(stays: tuple[Parts, ...]) -> str:
    for stay in stays:
        found = stay.child("BasicPropertyInfo")
        if found is not None:
            return needed(found, "HotelCode")
    raise ValueError("no BasicPropertyInfo")


def _sold_on(reservation: Parts) -> str:
    """The site where the guest booked: the primary booking channel."""
    found = ""
    for source in reservation.children("POS", "Source"):
        channel = child(source, "BookingChannel")
        if channel is not None and (not found or channel.get("Primary") == "true"):
            company = child(channel, "CompanyName")
            if company is not None:
                found = (company.text or "").strip() or company.get("Code") or found
    return found


def _totals(information: Parts, stays: tuple[Parts, ...]) -> tuple[Money | None, Money | None]:
    """With all that is charged, and the taxes in it; the sum of the rooms where there is no
    total of the whole."""
    whole = information.child("Total")
    if whole is not None:
        return _total(whole)
    found = [_total(one) for one in (stay.child("Total") for stay in stays) if one is not None]
    if len(found) != len(stays) or not found:
        return None, None
    totals, taxes = [t for t, _ in found], [t for _, t in found]
    return _sum(totals), _sum(taxes)


def _total(element: Element) -> tuple[Money | None, Money | None]:
    currency = element.get("CurrencyCode")
    after = told(element.get("AmountAfterTax"), currency)
    before = told(element.get("AmountBeforeTax"), currency)
    if after is None:
        return before, None
    taxes = child(element, "Taxes")
    amount = None if taxes is None else told(taxes.get("Amount"), currency)
    return after, amount or (None if before is None else after - before)


def _sum(amounts: list[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    if len(known) != len(amounts) or len({amount.currency for amount in known}) != 1:
        return None
    return Money(sum(amount.minor for amount in known), known[0].currency)


def _commission(stays: tuple[Parts, ...]) -> Money | None:
    found: list[Money | None] = []
    for stay in stays:
        for plan in stay.children("RatePlans", "RatePlan"):
            paid = child(plan, "Commission", "CommissionPayableAmount")
            if paid is not None:
                found.append(told(paid.get("Amount"), paid.get("CurrencyCode")))
    return _sum(found) if found else None


def _collect(stays: tuple[Parts, ...], information: Parts) -> Collect:
    """Prepaid only when it says so: else the guest pays at the desk."""
    for place in (*stays, information):
        guarantee = place.child("Guarantee")
        if guarantee is not None and guarantee.get("GuaranteeType") == "PrePay":
            return Collect.PREPAID
    return Collect.HOTEL


def _holder(
    information: Parts,
    guests: Guests,
    stays: tuple[Parts, ...],
) -> Contact:
    """Who booked: the profile of the whole reservation, else its first guest."""
    profile = information.child("Profiles", "ProfileInfo", "Profile", "Customer")
    customer = Parts(guests.first if profile is None else profile)
    name, surname = names(customer)
    number, address = customer.child("Telephone"), customer.child("Email")
    phone = None if number is None else number.get("PhoneNumber")
    email = "" if address is None else (address.text or "").strip()
    return Contact(name, surname, email or None, phone or None, _remarks(information, stays))


def _remarks(information: Parts, stays: tuple[Parts, ...]) -> str:
    found: list[str] = []
    for place in (*stays, information):
        for group, one in (("Comments", "Comment"), ("SpecialRequests", "SpecialRequest")):
            found += [text(comment, "Text") for comment in place.children(group, one)]
    return "\n".join(dict.fromkeys(words for words in found if words))[:_MOST_REMARKS]
