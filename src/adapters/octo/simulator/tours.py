"""Invented tours. Names, codes and prices are made up; only the places are real."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

ENGLISH, INDONESIAN = "Guided in English", "Guided in Indonesian"


class Ticket(NamedTuple):
    """net: in the tour's own currency and precision. with_: one of these has to come along."""

    id: str
    type: str
    title: str
    net: int
    ages: tuple[int, int] = (0, 99)
    with_: tuple[str, ...] = ()
    pax: int = 1


class Option(NamedTuple):
    """starts: local hours; none: open all day."""

    id: str
    title: str
    starts: tuple[str, ...]


class Tour(NamedTuple):
    """capacity: places of a start (parties, where per_booking); None: freesale. cutoff_h: hours before which it is booked.

    cancel: until how long before it is cancelled freely. per_booking: the price of a whole
    party; None: by ticket. instant: False asks somebody first. most: tickets of one booking.
    asked: what the lead guest has to tell. closed: a weekday, Monday is 0.
    """

    id: str
    title: str
    zone: str
    offset_h: int
    town: str
    latitude: float
    longitude: float
    minutes: int
    capacity: int | None
    options: tuple[Option, ...]
    tickets: tuple[Ticket, ...]
    term: str
    cancel: tuple[int, str] = (24, "hour")
    cutoff_h: int = 2
    currency: str = "SAR"
    precision: int = 2
    per_booking: int | None = None
    instant: bool = True
    method: str = "TICKET"
    formats: tuple[str, ...] = ("QRCODE",)
    redemption: str = "DIGITAL"
    asked: tuple[str, ...] = ("firstName", "lastName")
    most: int | None = None
    closed: int | None = None
    hours: tuple[str, str] = ("08:00", "20:00")


TOURS = (
    Tour(
        "makkah-city",
        "Hills and Wells of Makkah",
        "Asia/Riyadh",
        3,
        "Makkah",
        21.4241,
        39.8173,
        240,
        12,
        (
            Option("EN", ENGLISH, ("08:00", "15:30")),
            Option("ID", INDONESIAN, ("08:00",)),
        ),
        (
            Ticket("adult", "ADULT", "Adult", 9_500, (12, 99)),
            Ticket("child", "CHILD", "Child", 5_000, (3, 11)),
            Ticket("infant", "INFANT", "Infant", 0, (0, 2), ("adult",)),
        ),
        "Be at the bus fifteen minutes early; ihram is not needed.",
    ),
    Tour(
        "madinah-farm",
        "A Morning at the Date Farm",
        "Asia/Riyadh",
        3,
        "Madinah",
        24.4390,
        39.6170,
        120,
        None,
        (Option("OPEN", "Open ticket", ()),),
        (
            Ticket("adult", "ADULT", "Adult", 3_000, (12, 99)),
            Ticket("child", "CHILD", "Child", 1_500, (3, 11)),
            Ticket("senior", "SENIOR", "Senior", 2_000, (60, 99)),
            Ticket("family", "FAMILY", "Family", 8_000, pax=4),
        ),
        "Valid on the chosen day while the farm is open.",
        cancel=(1, "hour"),
        method="VOUCHER",
        formats=("PDF_URL", "QRCODE"),
        redemption="PRINT",
    ),
    Tour(
        "jeddah-boat",
        "Corniche by Boat, Your Party Alone",
        "Asia/Riyadh",
        3,
        "Jeddah",
        21.5810,
        39.1050,
        90,
        2,
        (Option("PRIVATE", "Private boat", ("17:00",)),),
        (
            Ticket("adult", "ADULT", "Adult", 0, (12, 99)),
            Ticket("child", "CHILD", "Child", 0, (3, 11), ("adult",)),
        ),
        "The boat waits ten minutes; life vests are worn.",
        cancel=(2, "day"),
        per_booking=90_000,
        method="VOUCHER",
        asked=("firstName", "lastName", "phoneNumber"),
        most=10,
    ),
    Tour(
        "taif-roses",
        "Roses of Taif with the Grower",
        "Asia/Riyadh",
        3,
        "Taif",
        21.2703,
        40.4158,
        300,
        8,
        (Option("DAY", ENGLISH, ("07:00",)),),
        (Ticket("adult", "ADULT", "Adult", 26_000, (12, 99)),),
        "The grower answers within a day.",
        instant=False,
        redemption="MANIFEST",
        formats=(),
        method="VOUCHER",
    ),
    Tour(
        "makkah-museum",
        "House of Old Lamps",
        "Asia/Riyadh",
        3,
        "Makkah",
        21.4010,
        39.8650,
        60,
        3,
        (Option("VISIT", "Visit", ("10:00",)),),
        (Ticket("adult", "ADULT", "Adult", 2_500, (6, 99)),),
        "Not refundable.",
        cancel=(60, "day"),
        formats=("CODE128",),
        closed=4,
    ),
    Tour(
        "jakarta-walk",
        "Kota Tua on Foot",
        "Asia/Jakarta",
        7,
        "Jakarta",
        -6.1352,
        106.8133,
        150,
        15,
        (Option("ID", INDONESIAN, ("09:00",)),),
        (
            Ticket("adult", "ADULT", "Dewasa", 150_000, (12, 99)),
            Ticket("child", "CHILD", "Anak", 75_000, (3, 11)),
        ),
        "Rain or shine.",
        currency="IDR",
        precision=0,  # rupiah are counted whole here, while ISO 4217 counts sen
    ),
)
BY_ID = {tour.id: tour for tour in TOURS}


def net(tour: Tour, ticket: Ticket, day: date) -> int:
    """Thursdays and Fridays cost a tenth more."""
    return _on(day, ticket.net)


def party_net(tour: Tour, day: date) -> int | None:
    return None if tour.per_booking is None else _on(day, tour.per_booking)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _on(day: date, amount: int) -> int:
    return amount * 11 // 10 if day.weekday() in (3, 4) else amount
