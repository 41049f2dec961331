"""What goes into envelopes and comes out of them: headers, tokens, sessions, rules, queues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from adapters._kit.soap import Envelope
from adapters._kit.xml import Element, local, text
from adapters.sabre.config import SabreConfig
from core.domain.bookings.pnr import QueueReason
from ports.gds import Queued

RULES = "2.3.0"
QUEUE_ACCESS = "2.1.0"
QUEUE_PLACE = "2.0.4"
RESERVATION = "1.19.0"
REASONS = {
    **dict.fromkeys((0, 1), QueueReason.MESSAGE),
    **dict.fromkeys((5, 6), QueueReason.SCHEDULE_CHANGED),
    7: QueueReason.CANCELLED_BY_CARRIER,
    **dict.fromkeys((9, 10), QueueReason.TICKETING_DUE),
    **dict.fromkeys((17, 18), QueueReason.CONFIRMED),
}
Asked = dict[str, Any]


class NotComplete(ValueError):
    """Their service answered, and says that it did not do it. code: theirs, or ""."""

    def __init__(self, code: str) -> None:
        super().__init__("not complete")
        self.code = code


def headers(
    action: str, config: SabreConfig, now: datetime, conversation: str, token: str | None
) -> Asked:
    """token: None signs in with the password, else what was had for it."""
    return {
        "header": {
            "From": {"PartyId": "Agency"},
            "To": {"PartyId": "Sabre"},
            "CPAId": config.pcc,
            "ConversationId": conversation,
            "Service": action,
            "Action": action,
            "MessageData": {
                "MessageId": f"{conversation}-{int(now.timestamp() * 1000)}",
                "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "version": "1.0",
        },
        "security": {"BinarySecurityToken": token} if token else _password(config),
    }


def _password(config: SabreConfig) -> Asked:
    return {
        "UsernameToken": {
            "Username": config.epr,
            "Password": config.password,
            "Organization": config.organisation or config.pcc,
            "Domain": config.domain,
        }
    }


def token(envelope: Envelope) -> str:
    """The token of a TokenCreateRS or SessionCreateRS. ValueError: there is none."""
    found = "" if envelope.header is None else text(envelope.header, ".//{*}BinarySecurityToken")
    if not found or local(envelope.body) not in ("TokenCreateRS", "SessionCreateRS"):
        raise ValueError("no token")
    return found


def acknowledged(envelope: Envelope) -> None:
    """A SessionCloseRS or OTA_PingRS; what it says else does not matter."""
    if local(envelope.body) not in ("SessionCloseRS", "OTA_PingRS"):
        raise ValueError("another answer")


def pos(config: SabreConfig) -> Asked:
    return {"POS": {"Source": {"PseudoCityCode": config.pcc}}}


def rules_request(
    origin: str, destination: str, carrier: str, fare_basis: str, departs_on: date
) -> Asked:
    """All categories: which there are is not known before."""
    return {
        "Version": RULES,
        "OriginDestinationInformation": {
            "FlightSegment": {
                "DepartureDateTime": departs_on.isoformat(),
                "DestinationLocation": {"LocationCode": destination},
                "MarketingCarrier": {"Code": carrier},
                "OriginLocation": {"LocationCode": origin},
            }
        },
        "RuleReqInfo": {"FareBasis": {"Code": fare_basis}},
    }


def rule_texts(envelope: Envelope) -> dict[int, str]:
    """Text by category. NotComplete: they have none. ValueError: another answer."""
    body = _complete(envelope, "OTA_AirRulesRS")
    found: dict[int, str] = {}
    for paragraph in body.iterfind("{*}FareRuleInfo/{*}Rules/{*}Paragraph"):
        number = paragraph.get("RPH", "")
        if number.isdecimal() and len(number) <= 3:
            found[int(number)] = text(paragraph, "{*}Text")
    if not found:
        raise NotComplete("NO_RULES")
    return found


def list_request(queue: int, config: SabreConfig) -> Asked:
    return {
        "Version": QUEUE_ACCESS,
        "QueueIdentifier": {
            "Number": str(queue),
            "PseudoCityCode": config.pcc,
            "List": {"Ind": True, "PrimaryPassenger": False},
        },
    }


def queued(envelope: Envelope, queue: int, ours: int) -> tuple[Queued, ...]:
    """In the order of the queue. One that holds nothing says so as an error."""
    try:
        body = _complete(envelope, "QueueAccessRS")
    except NotComplete as e:
        if "EMPTY" in e.code.upper():
            return ()
        raise
    reason = QueueReason.OURS if queue == ours else REASONS.get(queue, QueueReason.OTHER)
    found = []
    for line in body.iterfind("{*}Line"):
        held = line.find("{*}UniqueID")
        if held is None:
            continue
        locator = held.get("ID", "")
        if not (len(locator) == 6 and locator.isascii() and locator.isalnum()):
            raise ValueError("no locator")
        found.append(Queued(locator, str(queue), reason, _moment(text(line, "{*}DateTime"))))
    return tuple(found)


def open_request(locator: str) -> Asked:
    """Opens the PNR in the session: removing takes the open one off the queue."""
    return {
        "Version": RESERVATION,
        "Locator": locator,
        "RequestType": "Stateful",
        "ReturnOptions": {
            "SubjectAreas": {"SubjectArea": ["HEADER"]},
            "ViewName": "Simple",
            "ResponseFormat": "STL",
        },
    }


def opened(envelope: Envelope) -> None:
    """NotComplete: there is no such PNR. ValueError: another answer."""
    if local(envelope.body) != "GetReservationRS":
        raise ValueError("another answer")
    if envelope.body.find("{*}Errors") is not None:
        raise NotComplete(text(envelope.body, "{*}Errors/{*}Error/{*}Code"))


def remove_request(queue: str, config: SabreConfig) -> Asked:
    return {
        "Version": QUEUE_ACCESS,
        "Navigation": {"Action": "QR"},
        "QueueIdentifier": {"Number": queue, "PseudoCityCode": config.pcc},
    }


def place_request(locator: str, config: SabreConfig) -> Asked:
    return {
        "Version": QUEUE_PLACE,
        "QueueInfo": {
            "QueueIdentifier": {
                "Number": str(config.queue),
                "PrefatoryInstructionCode": "11",
                "PseudoCityCode": config.pcc,
            },
            "UniqueID": {"ID": locator},
        },
    }


def done(name: str, envelope: Envelope) -> None:
    """NotComplete: they did not do it. ValueError: another answer than *name*."""
    _complete(envelope, name)


def _complete(envelope: Envelope, name: str) -> Element:
    """stl:ApplicationResults says Complete, Incomplete, NotProcessed or Unknown; only the first
    is a yes, and warnings beside it are well."""
    if local(envelope.body) != name:
        raise ValueError("another answer")
    results = envelope.body.find("{*}ApplicationResults")
    if results is None:
        raise ValueError("no results")
    if results.get("status") != "Complete":
        raise NotComplete(_code(results))
    return envelope.body


def _code(results: Element) -> str:
    messages: Sequence[Element] = results.findall("{*}Error/{*}SystemSpecificResults/{*}Message")
    return next((m.get("code") or (m.text or "").strip() for m in messages), "")


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
