"""Messages as values: nested by element name, attributes and elements alike.

zeep takes them as they are; `element` makes XML of them where a partner speaks without SOAP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from lxml import etree

from adapters._kit.ota.dialects import ADULT, CHILD, NAMESPACE, Counts, Dialect, End
from adapters._kit.xml import Element
from core.domain.money import Money, exponent
from core.domain.stock.ari import AriLine, AvailabilityLine, RateLine, RestrictionLine, Span

Values = dict[str, Any]
WEEKDAYS = ("Mon", "Tue", "Weds", "Thur", "Fri", "Sat", "Sun")  # as OpenTravel spells them
_DEFAULT: Any = {None: NAMESPACE}  # lxml's stubs know no default namespace


class Head(msgspec.Struct, frozen=True):
    """What every message says of itself. requestor: our id at the partner, of type 22."""

    echo: str
    at: datetime
    requestor: str = ""


class Said(msgspec.Struct, frozen=True):
    """values: the message. places: for each of its wire lines, the place of the line it says."""

    values: Values
    places: tuple[int, ...]


def unsayable(dialect: Dialect, line: AriLine) -> str:
    """Why *dialect* has no words for *line*; "" when it has. Weekdays apart."""
    if isinstance(line, RestrictionLine):
        for bound in ("min_stay_arrival", "min_stay_through", "max_stay"):
            if getattr(line.restrictions, bound) is not None and not _bound(dialect, bound):
                return f"no_{bound}"
    if isinstance(line, RateLine):
        if dialect.most_adults == 0:
            return "one_price" if len(line.prices.by_adults) > 1 else ""
        if max(adults for adults, _ in line.prices.by_adults) > dialect.most_adults:
            return "too_many_adults"
    return ""


def head(dialect: Dialect, said: Head) -> Values:
    values: Values = {
        "EchoToken": said.echo,
        "TimeStamp": said.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "Version": dialect.version,
    }
    if said.requestor:
        values["POS"] = {"Source": {"RequestorID": {"Type": "22", "ID": said.requestor}}}
    return values


def _head_alone(dialect: Dialect, said: Head) -> Values:
    """Of messages that have no POS."""
    return head(dialect, msgspec.structs.replace(said, requestor=""))


def availability(
    dialect: Dialect, said: Head, property_code: str, lines: Sequence[AvailabilityLine]
) -> Said:
    """An OTA_HotelAvailNotifRQ, or an OTA_HotelInvCountNotifRQ where counts go there."""
    places = tuple(range(len(lines)))
    if dialect.counts is Counts.INV_COUNT:
        told = [
            {
                "StatusApplicationControl": _control(dialect, line.span, line.room),
                "InvCounts": {"InvCount": [{"CountType": "2", "Count": str(line.free)}]},
            }
            for line in lines
        ]
        inventories = {"HotelCode": property_code, "Inventory": told}
        return Said({**head(dialect, said), "Inventories": inventories}, places)
    limits: list[Values] = [
        {
            "BookingLimit": str(line.free),
            "StatusApplicationControl": _control(dialect, line.span, line.room),
        }
        for line in lines
    ]
    return Said(_statuses(dialect, said, property_code, limits), places)


def restrictions(
    dialect: Dialect, said: Head, property_code: str, lines: Sequence[RestrictionLine]
) -> Said:
    """An OTA_HotelAvailNotifRQ. A status has one RestrictionStatus, so a line takes three."""
    told: list[Values] = []
    places: list[int] = []
    for place, line in enumerate(lines):
        control = _control(dialect, line.span, line.room, line.plan)
        found = line.restrictions
        stop: Values = {"Status": _open(not found.stop_sell)}
        if dialect.stop_sell:
            stop["Restriction"] = dialect.stop_sell
        told += [
            {
                "StatusApplicationControl": control,
                "LengthsOfStay": {"LengthOfStay": _lengths(dialect, line)},
                "RestrictionStatus": stop,
            },
            _restriction(control, "Arrival", closed=found.closed_to_arrival),
            _restriction(control, "Departure", closed=found.closed_to_departure),
        ]
        places += [place] * 3
    return Said(_statuses(dialect, said, property_code, told), tuple(places))


def rates(
    dialect: Dialect,
    said: Head,
    property_code: str,
    lines: Sequence[RateLine],
    *,
    taxes_included: bool,
) -> Said:
    """An OTA_HotelRateAmountNotifRQ."""
    amount = "AmountAfterTax" if taxes_included else "AmountBeforeTax"
    told = [
        {
            "StatusApplicationControl": _control(dialect, line.span, line.room, line.plan),
            "Rates": {"Rate": [_rate(dialect, line, amount)]},
        }
        for line in lines
    ]
    messages = {"HotelCode": property_code, "RateAmountMessage": told}
    return Said({**head(dialect, said), "RateAmountMessages": messages}, tuple(range(len(lines))))


def read(dialect: Dialect, said: Head, property_code: str) -> Values:
    """An OTA_ReadRQ for what was not delivered."""
    asked = {
        "HotelCode": property_code,
        "SelectionCriteria": {"SelectionType": "Undelivered"},
    }
    return {**head(dialect, said), "ReadRequests": {"HotelReadRequest": asked}}


def notif_report(
    dialect: Dialect, said: Head, *, message: str, status: str, created: str, ours: str
) -> Values:
    """An OTA_NotifReportRQ that says one reservation message was kept, under *ours*.

    status: its ResStatus. created: its CreateDateTime, "" for none.
    """
    kept: Values = {
        "ResStatus": status,
        "UniqueID": {"Type": "16", "ID": message},
        "ResGlobalInfo": {
            "HotelReservationIDs": {
                "HotelReservationID": [{"ResID_Type": "14", "ResID_Value": ours}]
            }
        },
    }
    if created:
        kept["CreateDateTime"] = created
    report = {"HotelNotifReport": {"HotelReservations": {"HotelReservation": kept}}}
    return {**_head_alone(dialect, said), "Success": {}, "NotifDetails": report}


def ping(dialect: Dialect, said: Head, data: str) -> Values:
    """An OTA_PingRQ; *data* comes back."""
    return {**_head_alone(dialect, said), "EchoData": data}


def element(name: str, values: Values) -> Element:
    """*values* as XML, for partners without SOAP: what is text is an attribute, but for the
    elements that OpenTravel makes of text."""
    found = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=_DEFAULT)
    _fill(found, values)
    return found


_ORDER = ("POS", "UniqueID", "Success")  # what OpenTravel wants before all else
_TEXT_ELEMENTS = frozenset({"EchoData"})


def _fill(parent: Element, values: Mapping[str, Any]) -> None:
    first = [name for name in _ORDER if name in values]
    for name in (*first, *(name for name in values if name not in first)):
        value = values[name]
        if isinstance(value, str) and name not in _TEXT_ELEMENTS:
            parent.set(name, value)
            continue
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
            if isinstance(one, str):
                child.text = one
            else:
                _fill(child, one)


def _statuses(dialect: Dialect, said: Head, property_code: str, told: list[Values]) -> Values:
    messages = {"HotelCode": property_code, "AvailStatusMessage": told}
    return {**head(dialect, said), "AvailStatusMessages": messages}


def _control(dialect: Dialect, span: Span, room: str, plan: str = "") -> Values:
    values: Values = {
        "Start": span.first.isoformat(),
        "End": _end(dialect, span.last).isoformat(),
        "InvTypeCode": room,
    }
    if plan:
        values["RatePlanCode"] = plan
    if span.weekdays:
        for number, name in enumerate(WEEKDAYS, 1):
            values[name] = "true" if number in span.weekdays else "false"
    return values


def _end(dialect: Dialect, last: date) -> date:
    return last + timedelta(days=1) if dialect.end is End.DAY_AFTER else last


def _restriction(control: Values, name: str, *, closed: bool) -> Values:
    status = {"Status": _open(not closed), "Restriction": name}
    return {"StatusApplicationControl": control, "RestrictionStatus": status}


def _open(is_open: bool) -> str:
    return "Open" if is_open else "Close"


def _bound(dialect: Dialect, bound: str) -> str | None:
    return {
        "min_stay_arrival": dialect.min_stay,
        "min_stay_through": dialect.min_stay_through,
        "max_stay": dialect.max_stay,
    }[bound]


def _lengths(dialect: Dialect, line: RestrictionLine) -> list[Values]:
    found = line.restrictions
    bounds = (
        (dialect.min_stay, found.min_stay_arrival or 1),
        (dialect.min_stay_through, found.min_stay_through or 1),
        (dialect.max_stay, found.max_stay or dialect.no_max_stay),
    )
    return [
        {"MinMaxMessageType": name, "Time": str(nights), "TimeUnit": "Day"}
        for name, nights in bounds
        if name is not None
    ]


def _rate(dialect: Dialect, line: RateLine, amount: str) -> Values:
    base = []
    for adults, price in line.prices.by_adults:
        one = {amount: decimal(price), "CurrencyCode": price.currency, "AgeQualifyingCode": ADULT}
        if dialect.most_adults:
            one["NumberOfGuests"] = str(adults)
        base.append(one)
    values: Values = {"BaseByGuestAmts": {"BaseByGuestAmt": base}}
    extras = [
        {"AgeQualifyingCode": code, "Amount": decimal(price), "CurrencyCode": price.currency}
        for code, price in ((ADULT, line.prices.extra_adult), (CHILD, line.prices.extra_child))
        if price is not None
    ]
    if extras:
        values["AdditionalGuestAmounts"] = {"AdditionalGuestAmount": extras}
    return values


def decimal(amount: Money) -> str:
    """In major units, with all the digits its currency has."""
    digits = exponent(amount.currency)
    return f"{Decimal(amount.minor).scaleb(-digits):.{digits}f}"
