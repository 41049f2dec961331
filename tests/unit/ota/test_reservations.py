"""Channels fill a reservation very differently: what it cannot be without is insisted on, no more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters._kit.ota.cards import masked_message
from adapters._kit.ota.dialects import NAMESPACE
from adapters._kit.ota.reservations import elements, message_id, read_reservation, unnamed
from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import read_xml
from core.domain.bookings.hotel import Collect
from core.domain.channels.channel_reservation import ChannelReservation, Revision
from core.domain.money import Money
from core.domain.stay import Occupancy

IDS = '<UniqueID Type="14" ID="BDC-1"/><UniqueID Type="16" ID="m1"/>'
SPAN = '<TimeSpan Start="2027-02-10" End="2027-02-12"/>'
HOTEL = '<BasicPropertyInfo HotelCode="H1"/>'
AT = 'CreateDateTime="2026-11-18T08:51:45.000+0000"'


def stay(inside: str = "", after: str = "") -> str:
    return f"<RoomStays><RoomStay>{inside}{SPAN}{after}{HOTEL}</RoomStay></RoomStays>"


def reservation(inside: str, head: str = AT, status: str = "Book", ids: str = IDS) -> bytes:
    return (
        f'<HotelReservation xmlns="{NAMESPACE}" {head} ResStatus="{status}">{ids}{inside}'
        "</HotelReservation>"
    ).encode()


def read(inside: str = stay(), **other: str) -> ChannelReservation:
    return read_reservation(read_xml(reservation(inside, **other)))


def test_the_least_is_enough() -> None:
    found = read()
    assert (found.reference, found.message, found.property_code) == ("BDC-1", "m1", "H1")
    assert found.revision is Revision.NEW
    assert found.rooms[0].occupancy == Occupancy(1)
    assert (found.total, found.taxes, found.commission) == (None, None, None)
    assert found.collect is Collect.HOTEL
    assert found.booked_at == datetime(2026, 11, 18, 8, 51, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        reservation(stay(), status="Maybe"),
        reservation(stay(), head=""),
        reservation(stay(), head='CreateDateTime="yesterday"'),
        reservation(stay(), ids='<UniqueID Type="14" ID="BDC-1"/>'),
        reservation(stay(), ids='<UniqueID Type="16" ID="m1"/>'),
        reservation(stay(), ids=IDS.replace('ID="m1"', "")),
        reservation(stay().replace(HOTEL, "")),
        reservation(stay().replace(SPAN, "")),
        reservation(stay().replace("2027-02-12", "2027-02-10")),
        reservation(""),
        f'<Other xmlns="{NAMESPACE}"/>'.encode(),
    ],
)
def test_what_it_cannot_be_without_is_insisted_on(raw: bytes) -> None:
    with pytest.raises(ValueError):
        read_reservation(read_xml(raw))


def test_another_namespace_is_said_so() -> None:
    with pytest.raises(Unreadable, match="namespace of OpenTravel"):
        read_reservation(read_xml(reservation(stay()).replace(NAMESPACE.encode(), b"urn:x")))


@pytest.mark.parametrize(
    ("status", "revision"),
    [
        *(("Book", Revision.NEW), ("Commit", Revision.NEW), ("book", Revision.NEW)),
        *(("Modify", Revision.MODIFIED), ("Cancel", Revision.CANCELLED)),
    ],
)
def test_a_status_says_what_the_message_is(status: str, revision: Revision) -> None:
    assert read(status=status).revision is revision


def test_the_later_changed_is_the_newer_and_a_cancellation_the_last_of_an_instant() -> None:
    later = f'{AT} LastModifyDateTime="2026-11-18T08:51:45.001+0000"'
    booked, changed = read(), read(status="Modify")
    assert booked.order < changed.order < read(status="Cancel").order
    assert read(status="Cancel").order < read(head=later, status="Modify").order
    east = 'CreateDateTime="2026-11-18T15:51:45.000+07:00"'
    assert read(head=east).order == booked.order
    assert read(head='CreateDateTime="2026-11-18T08:51:45"').order == booked.order


GUESTS = (
    '<GuestCounts{per}><GuestCount AgeQualifyingCode="10" Count="{adults}"/>'
    '<GuestCount AgeQualifyingCode="8" Count="{children}"/></GuestCounts>'
)


@pytest.mark.parametrize(
    ("units", "per", "adults", "children", "found"),
    [
        ("1", "", 2, 1, [Occupancy(2, (8,))]),
        ("2", "", 7, 1, [Occupancy(4, (8,)), Occupancy(3)]),
        ("2", ' IsPerRoom="true"', 2, 1, [Occupancy(2, (8,))] * 2),
        ("3", "", 2, 0, [Occupancy(1)] * 3),
        ("1", "", 40, 9, [Occupancy(9, (8,) * 6)]),
        ("0", "", 2, 0, [Occupancy(2)]),
    ],
)
def test_each_room_has_its_guests(
    units: str, per: str, adults: int, children: int, found: list[Occupancy]
) -> None:
    rate = f'<RoomRates><RoomRate RoomTypeCode="DLX" NumberOfUnits="{units}"/></RoomRates>'
    counts = GUESTS.format(per=per, adults=adults, children=children)
    rooms = read(stay(rate + counts)).rooms
    assert [room.occupancy for room in rooms] == found
    assert {room.room for room in rooms} == {"DLX"}


def test_ages_are_read_and_kept_within_reason() -> None:
    counts = "".join(
        f'<GuestCount AgeQualifyingCode="{code}" Count="1"{age}/>'
        for code, age in (("8", ' Age="6"'), ("8", ' Age="44"'), ("7", ""), ("10", ""))
    )
    (room,) = read(stay(f"<GuestCounts>{counts}</GuestCounts>")).rooms
    assert room.occupancy == Occupancy(1, (6, 17, 1))


def nightly(first: str, second: str, more: str = "") -> str:
    rates = "".join(
        f'<Rate UnitMultiplier="1" EffectiveDate="2027-02-{day}"><Base {amount}/></Rate>'
        for day, amount in (("10", first), ("11", second))
    )
    return f"<RoomRates><RoomRate><Rates>{rates}{more}</Rates></RoomRate></RoomRates>"


IDR = 'AmountAfterTax="{}" CurrencyCode="IDR"'


def test_prices_by_night_are_told_only_when_every_night_has_one() -> None:
    def by_night(inside: str) -> tuple[Money, ...]:
        return read(stay(inside)).rooms[0].by_night

    both = nightly(IDR.format("100.00"), IDR.format("200.50"))
    assert by_night(both) == (Money(10000, "IDR"), Money(20050, "IDR"))
    assert by_night(both.replace("2027-02-11", "2027-02-20")) == ()
    assert by_night(nightly(IDR.format("1"), 'CurrencyCode="IDR"')) == ()
    assert by_night(both.replace('UnitMultiplier="1"', 'UnitMultiplier="2"')) == ()
    before = nightly(*(IDR.format("5").replace("After", "Before"),) * 2)
    assert by_night(before) == (Money(500, "IDR"),) * 2


def test_totals_come_from_the_whole_or_from_all_rooms() -> None:
    room = f'<Total {IDR.format("110.00")}><Taxes Amount="10.00"/></Total>'
    whole = f'<ResGlobalInfo><Total AmountBeforeTax="90" {IDR.format("99")}/></ResGlobalInfo>'
    one = stay(after=room)
    assert (read(one).total, read(one).taxes) == (Money(11000, "IDR"), Money(1000, "IDR"))
    both = read(one + whole)
    assert (both.total, both.taxes) == (Money(9900, "IDR"), Money(900, "IDR"))
    two = one.replace("</RoomStays>", f"<RoomStay>{SPAN}{HOTEL}</RoomStay></RoomStays>")
    assert read(two).total is None


@pytest.mark.parametrize(
    ("attributes", "total"),
    [
        ('AmountAfterTax="100.00"', None),
        ('AmountAfterTax="100.00" CurrencyCode="points"', None),
        ('AmountAfterTax="much" CurrencyCode="IDR"', None),
        ('AmountAfterTax="NaN" CurrencyCode="IDR"', None),
        ('CurrencyCode="IDR"', None),
        ('AmountAfterTax="33.333333" CurrencyCode="IDR"', Money(3333, "IDR")),
        ('AmountAfterTax="1250.0000" CurrencyCode="JPY"', Money(1250, "JPY")),
    ],
)
def test_an_amount_that_is_none_does_not_lose_the_reservation(
    attributes: str, total: Money | None
) -> None:
    found = read(f"{stay()}<ResGlobalInfo><Total {attributes}/></ResGlobalInfo>")
    assert found.total == total
    room = f"<RoomRates><RoomRate><Rates><Rate EffectiveDate='2027-02-10'><Base {attributes}/></Rate></Rates></RoomRate></RoomRates>"
    assert read(stay(room)).rooms[0].by_night == ()


def test_the_primary_channel_sold_it() -> None:
    def source(primary: str, company: str) -> str:
        return f'<Source><BookingChannel Primary="{primary}">{company}</BookingChannel></Source>'

    second = source("false", "<CompanyName>Second</CompanyName>")
    first = source("true", '<CompanyName Code="BDC">Booking.com</CompanyName>')
    assert read(f"<POS>{second}{first}</POS>{stay()}").sold_on == "Booking.com"
    assert read(f"<POS>{first}{second}</POS>{stay()}").sold_on == "Booking.com"
    coded = source("true", '<CompanyName Code="AGO"/>')
    assert read(f"<POS>{coded}</POS>{stay()}").sold_on == "AGO"


def test_each_of_an_answer_is_found_in_its_order() -> None:
    one = reservation(stay()).decode()
    answer = f'<OTA_ResRetrieveRS xmlns="{NAMESPACE}"><Success/><ReservationsList>{one}{one}</ReservationsList></OTA_ResRetrieveRS>'
    assert [message_id(e) for e in elements(read_xml(answer.encode()))] == ["m1", "m1"]
    pushed = f'<OTA_HotelResNotifRQ xmlns="{NAMESPACE}"><HotelReservations>{one}</HotelReservations></OTA_HotelResNotifRQ>'
    assert [message_id(e) for e in elements(read_xml(pushed.encode()))] == ["m1"]
    empty = f'<OTA_ResRetrieveRS xmlns="{NAMESPACE}"><Success/></OTA_ResRetrieveRS>'
    assert list(elements(read_xml(empty.encode()))) == []


# ---------------------------------------------------------------- cards

NUMBER = "4111111111111111"
CARDS = (
    f'<PaymentCard CardNumber="{NUMBER}" SeriesCode="737" MagneticStripe="x"/>',
    f'<PaymentCard CardNumber="{NUMBER[:6]} {NUMBER[6:]}"/>',
    f"<PaymentCard><CardNumber><PlainText>{NUMBER}</PlainText></CardNumber>"
    "<SeriesCode><PlainText>737</PlainText></SeriesCode></PaymentCard>",
    f'<PaymentCard><CardNumber EncryptedValue="{NUMBER}"/></PaymentCard>',
    f"<Comments><Comment><Text>my card is {NUMBER[:4]} {NUMBER[4:8]} {NUMBER[8:12]} {NUMBER[12:]}</Text></Comment></Comments>",
    f'<TPA_Extensions><X y="{NUMBER}"/></TPA_Extensions>',
)


@pytest.mark.parametrize("card", CARDS)
def test_no_card_is_left_wherever_it_stands(card: str) -> None:
    raw = masked_message(read_xml(reservation(stay() + card)))
    for secret in (NUMBER, NUMBER[4:12], "737", 'MagneticStripe="x"'):
        assert secret.encode() not in raw
    assert NUMBER[-4:].encode() in raw
    assert read_reservation(read_xml(raw)).message == "m1"


def test_an_id_that_looks_like_a_card_stays() -> None:
    ids = IDS.replace("m1", NUMBER).replace("BDC-1", f"BDC-{NUMBER}")
    raw = masked_message(read_xml(reservation(stay() + CARDS[0], ids=ids)))
    found = read_reservation(read_xml(raw))
    assert (found.message, found.reference) == (NUMBER, f"BDC-{NUMBER}")
    assert raw.count(NUMBER.encode()) == 2


def test_a_message_without_a_number_has_a_name_that_lasts() -> None:
    raw = masked_message(read_xml(reservation(stay(), ids='<UniqueID Type="14" ID="BDC-1"/>')))
    assert unnamed(raw) == unnamed(raw)
    assert unnamed(raw).startswith("unnamed-")
