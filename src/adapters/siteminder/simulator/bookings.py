"""Reservations of the channels behind SiteMinder: told until they are confirmed."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

import msgspec

from adapters.siteminder.simulator.reject import business

CARD, CVV = "4111111111111111", "737"
STATUSES = ("Book", "Modify", "Cancel")


class Room(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """by_night: amounts in major units. children: how many, of ages that are not told."""

    room: str
    plan: str
    check_in: date
    check_out: date
    adults: int = 2
    children: int = 0
    by_night: tuple[str, ...] = ()

    @property
    def nights(self) -> list[date]:
        return [
            self.check_in + timedelta(days=n) for n in range((self.check_out - self.check_in).days)
        ]


class Booking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a guest books. channel, site: code and name of who sold it."""

    hotel: str
    rooms: tuple[Room, ...]
    currency: str = "IDR"
    name: str = "Siti"
    surname: str = "Contoh"
    email: str = "siti@example.com"
    remarks: str = "late arrival"
    channel: str = "BDC"
    site: str = "Booking.com"


class Message(msgspec.Struct):
    """One revision. confirmed: under which id, None: not yet. pulls, reports: how often it was told
    and confirmed."""

    id: str
    reference: str
    status: str
    booking: Booking
    created: datetime
    changed: datetime
    confirmed: str | None = None
    pulls: int = 0
    reports: int = 0


class Bookings:
    """messages: by their id, oldest first."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._numbers = itertools.count(1)
        self.messages: dict[str, Message] = {}

    def make(self, booking: Booking) -> str:
        reference = f"{booking.channel}-{100000 + next(self._numbers)}"
        self._tell(reference, "Book", booking)
        return reference

    def modify(self, reference: str, booking: Booking) -> None:
        self.newest(reference)
        self._tell(reference, "Modify", booking)

    def cancel(self, reference: str) -> None:
        self._tell(reference, "Cancel", self.newest(reference).booking)

    def tell_again(self, reference: str) -> None:
        self.newest(reference).confirmed = None

    def newest(self, reference: str) -> Message:
        """KeyError: there is no such reservation."""
        found = [m for m in self.messages.values() if m.reference == reference]
        if not found:
            raise KeyError(reference)
        return found[-1]

    def waiting(self, hotel: str | None) -> list[Message]:
        """Not confirmed, of *hotel*, or of all."""
        found = [
            m
            for m in self.messages.values()
            if m.confirmed is None and hotel in (None, m.booking.hotel)
        ]
        for message in found:
            message.pulls += 1
        return found

    def confirm(self, id: str, status: str, ours: str) -> None:
        message = self.messages.get(id)
        if message is None or message.status != status:
            raise business(f"No reservation message for UniqueID={id}", "382")
        message.confirmed = ours
        message.reports += 1

    def _tell(self, reference: str, status: str, booking: Booking) -> None:
        now = self._now().astimezone(UTC)
        before = [m for m in self.messages.values() if m.reference == reference]
        if before:  # each revision has an instant of its own
            now = max(now, before[-1].changed + timedelta(milliseconds=1))
        created = before[0].created if before else now
        id = uuid.uuid4().hex
        self.messages[id] = Message(id, reference, status, booking, created, now)


def written(message: Message) -> str:
    """A HotelReservation, as pmsXchange writes one."""
    b = message.booking
    changed = "" if message.status == "Book" else f' LastModifyDateTime="{_at(message.changed)}"'
    stays = "".join(_stay(n, room, b) for n, room in enumerate(b.rooms, 1))
    total = sum(float(amount) for room in b.rooms for amount in room.by_night)
    remarks = f"{b.remarks}; card {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}"
    return (
        f'<HotelReservation CreateDateTime="{_at(message.created)}"{changed}'
        f' ResStatus="{message.status}"><POS><Source><RequestorID Type="22" ID="SITEMINDER"/>'
        f'<BookingChannel Primary="true" Type="7"><CompanyName Code={quoteattr(b.channel)}>'
        f"{escape(b.site)}</CompanyName></BookingChannel></Source></POS>"
        f'<UniqueID Type="14" ID={quoteattr(message.reference)}/>'
        f'<UniqueID Type="16" ID="{message.id}" ID_Context="MESSAGE_UNIQUE_ID"/>'
        f"<RoomStays>{stays}</RoomStays>"
        f'<ResGuests><ResGuest ResGuestRPH="1">{_profile(b, "1")}</ResGuest></ResGuests>'
        f"<ResGlobalInfo><Comments><Comment><Text>{escape(remarks)}</Text></Comment></Comments>"
        '<Guarantee GuaranteeType="CC/DC/Voucher"><GuaranteesAccepted><GuaranteeAccepted>'
        f'<PaymentCard CardCode="VI" CardNumber="{CARD}" SeriesCode="{CVV}" ExpireDate="1230">'
        f"<CardHolderName>{escape(b.name)} {escape(b.surname)}</CardHolderName></PaymentCard>"
        "</GuaranteeAccepted></GuaranteesAccepted></Guarantee>"
        f'<Total AmountAfterTax="{total:.2f}" CurrencyCode="{b.currency}"/>'
        f'<HotelReservationIDs><HotelReservationID ResID_Type="14"'
        f" ResID_Value={quoteattr(message.reference.partition('-')[2])}/></HotelReservationIDs>"
        f"{_profile(b, '1')}</ResGlobalInfo>"
        "</HotelReservation>"
    )


def _at(moment: datetime) -> str:
    """With an offset without a colon, as they do."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def _profile(b: Booking, type_: str) -> str:
    return (
        f'<Profiles><ProfileInfo><Profile ProfileType="{type_}"><Customer><PersonName>'
        f"<GivenName>{escape(b.name)}</GivenName><Surname>{escape(b.surname)}</Surname></PersonName>"
        f"<Email>{escape(b.email)}</Email></Customer></Profile></ProfileInfo></Profiles>"
    )


def _stay(number: int, room: Room, b: Booking) -> str:
    code, plan = quoteattr(room.room), quoteattr(room.plan)
    rates = "".join(
        f'<Rate UnitMultiplier="1" RateTimeUnit="Day" EffectiveDate="{night}"'
        f' ExpireDate="{night + timedelta(days=1)}"><Base AmountAfterTax="{float(amount):.2f}"'
        f' CurrencyCode="{b.currency}"/></Rate>'
        for night, amount in zip(room.nights, room.by_night, strict=True)
    )
    children = (
        f'<GuestCount AgeQualifyingCode="8" Count="{room.children}"/>' if room.children else ""
    )
    total = sum(float(amount) for amount in room.by_night)
    return (
        f'<RoomStay IndexNumber="{number}"><RoomTypes><RoomType RoomTypeCode={code}/></RoomTypes>'
        f'<RatePlans><RatePlan RatePlanCode={plan} EffectiveDate="{room.check_in}"'
        f' ExpireDate="{room.check_out}"/></RatePlans><RoomRates><RoomRate RoomTypeCode={code}'
        f' RatePlanCode={plan} NumberOfUnits="1"><Rates>{rates}</Rates></RoomRate></RoomRates>'
        f'<GuestCounts><GuestCount AgeQualifyingCode="10" Count="{room.adults}"/>{children}'
        f'</GuestCounts><TimeSpan Start="{room.check_in}" End="{room.check_out}"/>'
        f'<Total AmountAfterTax="{total:.2f}" CurrencyCode="{b.currency}"/>'
        f"<BasicPropertyInfo HotelCode={quoteattr(b.hotel)}/>"
        '<ResGuestRPHs><ResGuestRPH RPH="1"/></ResGuestRPHs></RoomStay>'
    )
