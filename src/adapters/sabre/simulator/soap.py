"""The SOAP services: envelopes read strictly and written by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from adapters._kit.simulator.web import Response, xml_response
from adapters.sabre.simulator.access import Access, Login, Session
from adapters.sabre.simulator.faults import Fault, Kind
from adapters.sabre.simulator.ledger import Ledger
from adapters.sabre.simulator.reject import NotProcessed, SoapFault
from adapters.sabre.simulator.rules import TITLES, texts

ENV = "http://schemas.xmlsoap.org/soap/envelope/"
EB = "http://www.ebxml.org/namespaces/messageHeader"
SEC = "http://schemas.xmlsoap.org/ws/2002/12/secext"
LLS = "http://webservices.sabre.com/sabreXML/2011/10"
STL = "http://services.sabre.com/STL/v01"
OTA2002 = "http://www.opentravel.org/OTA/2002/11"
OTA2003 = "http://www.opentravel.org/OTA/2003/05"
PNR = "http://webservices.sabre.com/pnrbuilder/v1_19"
# message → (its namespace, the service's action, our word for it, its version)
SERVICES = {
    "TokenCreateRQ": ("http://webservices.sabre.com", "TokenCreateRQ", "token", "1.0.0"),
    "SessionCreateRQ": (OTA2002, "SessionCreateRQ", "session", "1.0.0"),
    "SessionCloseRQ": (OTA2002, "SessionCloseRQ", "close", None),
    "OTA_PingRQ": (OTA2003, "OTA_PingRQ", "ping", "1.0.0"),
    "OTA_AirRulesRQ": (LLS, "OTA_AirRulesLLSRQ", "rules", "2.3.0"),
    "QueueAccessRQ": (LLS, "QueueAccessLLSRQ", "queue", "2.1.0"),
    "QueuePlaceRQ": (LLS, "QueuePlaceLLSRQ", "place", "2.0.4"),
    "GetReservationRQ": (PNR, "GetReservationRQ", "open", "1.19.0"),
}


class Call:
    """One envelope, as far as every service looks at it. Raises SoapFault."""

    def __init__(self, body: bytes, action: str, pcc: str) -> None:
        try:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            root: Any = etree.fromstring(body, parser)
            self.header: Any = root.find(f"{{{ENV}}}Header")
            self.message: Any = root.find(f"{{{ENV}}}Body")[0]
        except (etree.XMLSyntaxError, TypeError, IndexError):
            raise _client("Malformed envelope") from None
        name = etree.QName(self.message)
        self.name = str(name.localname)
        service = SERVICES.get(self.name)
        if service is None or service[0] != name.namespace or self.header is None:
            raise _client("Unknown service")
        _, self.action, self.operation, version = service
        head = self.header.find(f"{{{EB}}}MessageHeader")
        said = None if head is None else head.findtext(f"{{{EB}}}Action")
        if said != self.action or action.strip('"') != self.action:
            raise _client("Action does not match")
        if head.findtext(f"{{{EB}}}CPAId") != pcc:
            raise _client("Unknown CPAId")
        if not head.findtext(f"{{{EB}}}ConversationId"):
            raise _client("No ConversationId")
        if version is not None and self.message.get("Version") != version:
            raise _client("Unknown version")
        self.conversation = str(head.findtext(f"{{{EB}}}ConversationId"))

    @property
    def token(self) -> str:
        return (self.header.findtext(f".//{{{SEC}}}BinarySecurityToken") or "").strip()

    @property
    def login(self) -> Login:
        who = self.header.find(f"{{{SEC}}}Security/{{{SEC}}}UsernameToken")
        if who is None:
            raise _client("No UsernameToken")
        said = {etree.QName(child).localname: child.text or "" for child in who}
        names = ("Username", "Password", "Organization", "Domain")
        return Login(*(said.get(name, "") for name in names))

    def attribute(self, path: str, name: str) -> str:
        found = self.message.find(path)
        return "" if found is None else str(found.get(name, ""))


def answered(
    call: Call, access: Access, ledger: Ledger, fault: Fault | None, pcc: str, now: datetime
) -> Response:
    if call.operation in ("token", "session"):
        access.sign_in(call.login)
        made = access.token() if call.operation == "token" else access.session()
        if call.operation == "token":
            body = '<s:TokenCreateRS xmlns:s="http://webservices.sabre.com" Version="1.0.0"><s:Success/></s:TokenCreateRS>'
        else:
            body = f'<SessionCreateRS xmlns="{OTA2002}" version="1" status="Approved"><ConversationId>{escape(call.conversation)}</ConversationId></SessionCreateRS>'
        return envelope(body, call.conversation, call.action, made)
    if call.operation == "close":
        access.close(call.token)
        body = f'<SessionCloseRS xmlns="{OTA2002}" version="1" status="Approved"/>'
        return envelope(body, call.conversation, call.action, call.token)
    session = access.entered(call.token)
    if call.operation == "ping":
        body = f'<OTA_PingRS xmlns="{OTA2003}" Version="1.0.0"><Success/></OTA_PingRS>'
        return envelope(body, call.conversation, call.action, call.token)
    return envelope(
        _service(call, session, ledger, fault, pcc, now), call.conversation, call.action, call.token
    )


def _service(
    call: Call, session: Session, ledger: Ledger, fault: Fault | None, pcc: str, now: datetime
) -> str:
    root = call.name.replace("RQ", "RS")
    try:
        if fault and fault.kind is Kind.NOT_COMPLETE:
            raise NotProcessed("ERR.SWS.HOST.SIMULATED", "SIMULATED")
        if call.operation == "open":
            return _opened(call, session, ledger)
        inside = {"rules": _rules, "queue": _queue, "place": _place}[call.operation]
        body = inside(call, session, ledger, pcc)
    except NotProcessed as e:
        return _results(root, call, now, error=e)
    return _results(root, call, now, body=body, warned=bool(fault and fault.kind is Kind.WARNED))


def _rules(call: Call, session: Session, ledger: Ledger, pcc: str) -> str:
    segment = "{*}OriginDestinationInformation/{*}FlightSegment"
    for end in ("OriginLocation", "DestinationLocation"):
        if len(call.attribute(f"{segment}/{{*}}{end}", "LocationCode")) != 3:
            raise NotProcessed("ERR.SWS.CLIENT.VALIDATION_FAILED", "INVALID CITY")
    found = texts(call.attribute("{*}RuleReqInfo/{*}FareBasis", "Code"))
    paragraphs = "".join(
        f'<Paragraph RPH="{n}" Title="{TITLES[n]}"><Text>{escape(text)}</Text></Paragraph>'
        for n, text in found.items()
    )
    return f"<FareRuleInfo><Rules>{paragraphs}</Rules></FareRuleInfo>"


def _queue(call: Call, session: Session, ledger: Ledger, pcc: str) -> str:
    number = int(call.attribute("{*}QueueIdentifier", "Number"))
    if call.attribute("{*}QueueIdentifier", "PseudoCityCode") != pcc:
        raise NotProcessed("ERR.SWS.HOST.ERROR_IN_RESPONSE", "NO BRANCH ACCESS")
    if call.attribute("{*}Navigation", "Action") == "QR":
        if session.open is None:
            raise NotProcessed("ERR.SWS.HOST.ERROR_IN_RESPONSE", "NO PNR PRESENT")
        ledger.remove(session.open, number)
        session.open = None
        return ""
    waiting = ledger.queues.get(number, [])
    if not waiting:
        raise NotProcessed("QUEUE_EMPTY", "QUEUE EMPTY")
    return "".join(
        f'<Line Number="{n}"><DateTime>{at:%Y-%m-%dT%H:%M}</DateTime>'
        f'<POS><Source AgentSine="AWS" PseudoCityCode="{pcc}"/></POS><UniqueID ID="{locator}"/></Line>'
        for n, (locator, at) in enumerate(waiting, 1)
    )


def _place(call: Call, session: Session, ledger: Ledger, pcc: str) -> str:
    locator = call.attribute("{*}QueueInfo/{*}UniqueID", "ID")
    number = call.attribute("{*}QueueInfo/{*}QueueIdentifier", "Number")
    if locator not in ledger.pnrs:
        raise NotProcessed("ERR.SWS.HOST.ERROR_IN_RESPONSE", "INVALID LOCATOR")
    ledger.place(locator, int(number))
    session.open = None
    return "<Text>QUEUE PLACEMENT COMPLETED</Text>"


def _opened(call: Call, session: Session, ledger: Ledger) -> str:
    locator = (call.message.findtext("{*}Locator") or "").strip()
    if locator not in ledger.pnrs:
        return (
            f'<GetReservationRS xmlns="{PNR}" Version="1.19.0"><Errors><Error>'
            "<Code>700102</Code><Message>PNR not found</Message></Error></Errors></GetReservationRS>"
        )
    session.open = locator
    return (
        f'<GetReservationRS xmlns="{PNR}" Version="1.19.0"><Reservation><BookingDetails>'
        f"<RecordLocator>{locator}</RecordLocator></BookingDetails></Reservation></GetReservationRS>"
    )


def _results(
    root: str,
    call: Call,
    now: datetime,
    *,
    body: str = "",
    error: NotProcessed | None = None,
    warned: bool = False,
) -> str:
    at = now.isoformat(timespec="seconds")
    status = "Complete" if error is None else "NotProcessed"
    said = f'<stl:Success timeStamp="{at}"/>'
    if error is not None:
        said = (
            f'<stl:Error type="BusinessLogic" timeStamp="{at}"><stl:SystemSpecificResults>'
            f'<stl:Message code="{escape(error.code)}">{escape(error.words)}</stl:Message>'
            "</stl:SystemSpecificResults></stl:Error>"
        )
    if warned:
        said += (
            f'<stl:Warning type="BusinessLogic" timeStamp="{at}"><stl:SystemSpecificResults>'
            '<stl:Message code="WARN">SIMULATED</stl:Message></stl:SystemSpecificResults></stl:Warning>'
        )
    return (
        f'<{root} xmlns="{LLS}" xmlns:stl="{STL}" Version="{call.message.get("Version")}">'
        f'<stl:ApplicationResults status="{status}">{said}</stl:ApplicationResults>{body}</{root}>'
    )


def envelope(
    body: str, conversation: str, action: str, token: str | None = None, status: int = 200
) -> Response:
    held = (
        ""
        if token is None
        else (
            '<wsse:BinarySecurityToken valueType="String" EncodingType="wsse:Base64Binary">'
            f"{escape(token)}</wsse:BinarySecurityToken>"
        )
    )
    whole = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soap-env:Envelope xmlns:soap-env="{ENV}"><soap-env:Header>'
        f'<eb:MessageHeader xmlns:eb="{EB}" eb:version="1.0" soap-env:mustUnderstand="1">'
        '<eb:From><eb:PartyId eb:type="URI">Sabre</eb:PartyId></eb:From>'
        '<eb:To><eb:PartyId eb:type="URI">Agency</eb:PartyId></eb:To>'
        f"<eb:ConversationId>{escape(conversation)}</eb:ConversationId>"
        f"<eb:Action>{escape(action.replace('RQ', 'RS'))}</eb:Action>"
        "<eb:MessageData><eb:MessageId>1</eb:MessageId>"
        "<eb:Timestamp>2026-01-01T00:00:00Z</eb:Timestamp></eb:MessageData></eb:MessageHeader>"
        f'<wsse:Security xmlns:wsse="{SEC}">{held}</wsse:Security></soap-env:Header>'
        f"<soap-env:Body>{body}</soap-env:Body></soap-env:Envelope>"
    )
    return xml_response(status, whole)


def faulted(fault: SoapFault) -> Response:
    """As they answer it: HTTP 500, and their own word in a stack trace."""
    body = (
        f"<soap-env:Fault><faultcode>soap-env:{escape(fault.code)}</faultcode>"
        f"<faultstring>{escape(fault.words)}</faultstring><detail><StackTrace>"
        f"com.simulated.Exception: errors.{escape(fault.usg)}</StackTrace></detail></soap-env:Fault>"
    )
    return envelope(body, "none", "ErrorRS", status=500)


def _client(words: str) -> SoapFault:
    return SoapFault("Client.Validation", words, "USG_INVALID_ACTION")
