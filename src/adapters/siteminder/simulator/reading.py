"""Envelopes read strictly: what the message may hold is listed, all else is rejected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from lxml import etree

from adapters.siteminder.simulator.reject import Error, SoapFault, business, missing

ENV = "http://schemas.xmlsoap.org/soap/envelope/"
OTA = "http://www.opentravel.org/OTA/2003/05"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
CLEAR_TEXT = (
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-username-token-profile-1.0#PasswordText"
)
LARGEST = 2_000_000
# message → (SOAPAction, our word for it)
MESSAGES = {
    "OTA_HotelAvailNotifRQ": ("HotelAvailNotifRQ", "avail"),
    "OTA_HotelRateAmountNotifRQ": ("HotelRateAmountNotifRQ", "rates"),
    "OTA_ReadRQ": ("ReadRQ", "read"),
    "OTA_NotifReportRQ": ("NotifReportRQ", "report"),
}
_HEAD = "EchoToken TimeStamp Version"
_MONEY = "CurrencyCode AmountAfterTax AmountBeforeTax"
# element → (attributes it may have, elements it may have in this order)
SHAPES = {
    "OTA_HotelAvailNotifRQ": (_HEAD, "POS AvailStatusMessages"),
    "OTA_HotelRateAmountNotifRQ": (_HEAD, "POS RateAmountMessages"),
    "OTA_ReadRQ": (_HEAD, "POS ReadRequests"),
    "OTA_NotifReportRQ": (_HEAD, "Success NotifDetails"),
    "POS": ("", "Source"),
    "Source": ("", "RequestorID"),
    "RequestorID": ("Type ID", ""),
    "AvailStatusMessages": ("HotelCode", "AvailStatusMessage"),
    "AvailStatusMessage": (
        "BookingLimit",
        "StatusApplicationControl LengthsOfStay RestrictionStatus",
    ),
    "StatusApplicationControl": ("Start End InvTypeCode RatePlanCode", ""),
    "LengthsOfStay": ("", "LengthOfStay"),
    "LengthOfStay": ("MinMaxMessageType Time TimeUnit", ""),
    "RestrictionStatus": ("Status Restriction", ""),
    "RateAmountMessages": ("HotelCode", "RateAmountMessage"),
    "RateAmountMessage": ("", "StatusApplicationControl Rates"),
    "Rates": ("", "Rate"),
    "Rate": ("", "BaseByGuestAmts AdditionalGuestAmounts"),
    "BaseByGuestAmts": ("", "BaseByGuestAmt"),
    "BaseByGuestAmt": (f"NumberOfGuests AgeQualifyingCode {_MONEY}", ""),
    "AdditionalGuestAmounts": ("", "AdditionalGuestAmount"),
    "AdditionalGuestAmount": ("AgeQualifyingCode Amount CurrencyCode", ""),
    "ReadRequests": ("", "HotelReadRequest"),
    "HotelReadRequest": ("HotelCode", "SelectionCriteria"),
    "SelectionCriteria": ("SelectionType ResStatus", ""),
    "Success": ("", ""),
    "NotifDetails": ("", "HotelNotifReport"),
    "HotelNotifReport": ("", "HotelReservations"),
    "HotelReservations": ("", "HotelReservation"),
    "HotelReservation": ("CreateDateTime ResStatus", "UniqueID ResGlobalInfo"),
    "UniqueID": ("Type ID", ""),
    "ResGlobalInfo": ("", "HotelReservationIDs"),
    "HotelReservationIDs": ("", "HotelReservationID"),
    "HotelReservationID": ("ResID_Type ResID_Value", ""),
}


class Call(NamedTuple):
    """One envelope. name: of its message. operation: our word for it."""

    name: str
    operation: str
    message: Any
    username: str
    password: str
    echo: str


def read_call(body: bytes, content_type: str, action: str) -> Call:
    """SoapFault: it is not even looked at."""
    if content_type != "text/xml; charset=utf-8":
        raise SoapFault("Client", "Content-Type must be text/xml; charset=utf-8")
    if len(body) > LARGEST:
        raise SoapFault("Client", "The message is larger than 2MB")
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root: Any = etree.fromstring(body, parser)
        header: Any = root.find(f"{{{ENV}}}Header")
        message: Any = root.find(f"{{{ENV}}}Body")[0]
    except (etree.XMLSyntaxError, TypeError, IndexError):
        raise SoapFault("Client", "Malformed envelope") from None
    name = etree.QName(message)
    said = MESSAGES.get(str(name.localname))
    if said is None or name.namespace != OTA or action.strip('"') != said[0]:
        raise SoapFault("Client", "No such service")
    token = None if header is None else header.find(f"{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
    if token is None:
        raise SoapFault("FailedAuthentication", "No UsernameToken")
    password = token.find(f"{{{WSSE}}}Password")
    if password is None or password.get("Type") != CLEAR_TEXT:
        raise SoapFault("FailedAuthentication", "No Password of type PasswordText")
    return Call(
        str(name.localname),
        said[1],
        message,
        token.findtext(f"{{{WSSE}}}Username") or "",
        password.text or "",
        message.get("EchoToken") or "",
    )


def check_shape(message: Any, requestor: str) -> None:
    """Everything in *message* is what may stand there, in its order. Error: it is not."""
    _checked(message)
    if message.get("Version") != "1.0":
        raise business("Version must be 1.0")
    if not message.get("EchoToken") or not message.get("TimeStamp"):
        raise missing("EchoToken and TimeStamp are required")
    who = message.find(f"{{{OTA}}}POS/{{{OTA}}}Source/{{{OTA}}}RequestorID")
    if etree.QName(message).localname != "OTA_NotifReportRQ" and (
        who is None or (who.get("Type"), who.get("ID")) != ("22", requestor)
    ):
        raise Error("6", "497", "Invalid RequestorID")


def _checked(element: Any) -> None:
    name = etree.QName(element)
    shape = SHAPES.get(str(name.localname))
    if shape is None or name.namespace != OTA:
        raise missing(f"unexpected element {name.localname}")
    attributes, order = shape[0].split(), shape[1].split()
    unknown = set(element.attrib) - set(attributes)
    if unknown:
        raise missing(f"unexpected attribute {min(unknown)} of {name.localname}")
    last = 0
    for child in element:
        local = str(etree.QName(child).localname)
        if local not in order or order.index(local) < last:
            raise missing(f"unexpected element {local} in {name.localname}")
        last = order.index(local)
        _checked(child)
    if order and len(element) == 0:
        raise missing(f"the content of element {name.localname} is not complete")


def all_of(element: Any, *path: str) -> Sequence[Any]:
    found: Sequence[Any] = element.findall("/".join(f"{{{OTA}}}{name}" for name in path))
    return found


def one_of(element: Any, *path: str) -> Any:
    found = all_of(element, *path)
    if len(found) != 1:
        raise missing(f"{path[-1]} is required once")
    return found[0]


def needed(element: Any, name: str) -> str:
    value = element.get(name)
    if not value:
        raise missing(f"{name} is required")
    return str(value)


def a_day(element: Any, name: str) -> date:
    try:
        return date.fromisoformat(needed(element, name))
    except ValueError:
        raise business(f"{name} is no date", "15") from None
