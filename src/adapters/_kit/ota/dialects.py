"""How partners differ in what they all call OTA: one row each.

They share a namespace, so that a message is validated against the release its partner took,
never by namespace alone.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

NAMESPACE = "http://www.opentravel.org/OTA/2003/05"
ADULT, CHILD, INFANT = "10", "8", "7"  # AgeQualifyingCode (OTA code list AQC)


class End(enum.Enum):
    """Which day @End of an ARI line is. A reservation's TimeSpan always ends on check-out."""

    LAST_DAY = 0
    DAY_AFTER = 1


class Counts(enum.Enum):
    """Where availability is told."""

    BOOKING_LIMIT = "AvailStatusMessage/@BookingLimit"
    INV_COUNT = "InvCount/@Count"


class Meaning(enum.Enum):
    """What an error asks of us."""

    PROPERTY = "it does not know the property"
    CREDENTIAL = "it refuses who we are"
    ROOM = "it does not know a room"
    PLAN = "it does not know a rate plan"
    WRONG = "it refuses what was said"
    BUSY = "it could not, for now"


# OTA code lists ERR (code) and EWT (type); the code says more, so it is asked first.
CODES: Mapping[str, Meaning] = MappingProxyType(
    {
        **dict.fromkeys(("392", "375", "361"), Meaning.PROPERTY),
        "497": Meaning.CREDENTIAL,
        "402": Meaning.ROOM,
        **dict.fromkeys(("249", "436"), Meaning.PLAN),
        **dict.fromkeys(("15", "321", "320", "397", "459"), Meaning.WRONG),
        **dict.fromkeys(("187", "188", "448"), Meaning.BUSY),
    }
)
TYPES: Mapping[str, Meaning] = MappingProxyType(
    {
        **dict.fromkeys(("4", "6"), Meaning.CREDENTIAL),
        **dict.fromkeys(("3", "10", "13"), Meaning.WRONG),
        "12": Meaning.BUSY,
    }
)


class Dialect(msgspec.Struct, frozen=True):
    """release: the OpenTravel release its messages keep. version: what @Version says.

    most_adults: of NumberOfGuests; 0: one price a day, without it. weekdays: Mon to Sun at a span. stop_sell: @Restriction of
    one, None: it has none. min_stay, min_stay_through, max_stay: their MinMaxMessageType,
    None: it has no such bound. no_max_stay: what lifts a longest stay, in nights; a shortest
    stay is lifted by one night.
    codes, types: what its errors mean beside or instead of the common table.
    """

    name: str
    release: str
    version: str
    end: End = End.LAST_DAY
    counts: Counts = Counts.BOOKING_LIMIT
    most_adults: int = 9
    weekdays: bool = False
    stop_sell: str | None = None
    min_stay: str | None = "SetMinLOS"
    min_stay_through: str | None = None
    max_stay: str | None = "SetMaxLOS"
    no_max_stay: int = 365
    codes: Mapping[str, Meaning] = CODES
    types: Mapping[str, Meaning] = TYPES


SITEMINDER = Dialect("siteminder", release="2010A", version="1.0", most_adults=5)
GOOGLE = Dialect(
    "google",
    release="2010A",
    version="3.0",
    weekdays=True,
    stop_sell="Master",
    min_stay_through="SetForwardMinStay",
)
ALPINEBITS = Dialect("alpinebits", release="2015A", version="4", counts=Counts.INV_COUNT)
DIALECTS = {dialect.name: dialect for dialect in (SITEMINDER, GOOGLE, ALPINEBITS)}
