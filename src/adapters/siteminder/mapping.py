"""What pmsXchange's messages say beyond the OTA codec: who we are, and what its errors ask of us."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

import msgspec

from adapters._kit.ari_order import ordered
from adapters._kit.ota import answers, reservations, writing
from adapters._kit.ota.answers import OtaAnswer
from adapters._kit.ota.cards import masked_message
from adapters._kit.ota.dialects import SITEMINDER, Dialect, Meaning
from adapters._kit.ota.writing import Head, Said
from adapters._kit.redact import safe_code
from adapters._kit.soap import Envelope, SoapFault
from adapters._kit.unreadable import Unreadable
from adapters._kit.verdict import Fault
from adapters._kit.xml import Element, read_xml
from adapters.siteminder.config import Pricing, SiteMinderConfig, Taxes
from core.domain.channels.channel_reservation import ChannelReservation, Revision
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    ChannelCatalogue,
    ChannelPlan,
    ChannelRoom,
    PushAnswer,
    RateLine,
    RefusedLine,
    RestrictionLine,
)
from ports.errors import BrokenContract, Misconfigured, Refused, Unavailable, VendorError
from ports.reservation_source import PulledReservation

VENDOR = "siteminder"
# Two megabytes is their bound; the longest of 500 lines stay below one. A message stands or
# falls as a whole, so that a smaller one loses less.
MOST_LINES = 500
RES_STATUS = {
    Revision.NEW: "Book",
    Revision.MODIFIED: "Modify",
    Revision.CANCELLED: "Cancel",
}
_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
_WORDS = {
    "no_min_stay_through": "SiteMinder knows a shortest stay by its arrival only",
    "too_many_adults": "SiteMinder takes prices for 1 to 5 adults",
    "one_price": "SiteMinder set us up for one price a day",
}


class Message(NamedTuple):
    """operation: of the WSDL. answer: the name of what comes back. make: its element; takes a
    while. places: for each line of it, the place of the line in what was pushed."""

    operation: str
    answer: str
    make: Callable[[], Element]
    places: tuple[int, ...]


def dialect(config: SiteMinderConfig) -> Dialect:
    if config.pricing is Pricing.PER_DAY:
        return msgspec.structs.replace(SITEMINDER, most_adults=0)
    return SITEMINDER


def security(config: SiteMinderConfig) -> dict[str, Any]:
    password = {"_value_1": config.password, "Type": f"{_PROFILE}#PasswordText"}
    return {"security": {"UsernameToken": {"Username": config.username, "Password": password}}}


def messages(lines: Sequence[AriLine]) -> Sequence[Sequence[AriLine]]:
    """Each of one kind: availability and restrictions must not share one. What closes comes first
    and what opens last."""
    closing, plans, opening = ordered(lines)
    shut = list(takewhile(lambda line: isinstance(line, RestrictionLine), plans))
    rates = [line for line in plans if isinstance(line, RateLine)]
    rules = [line for line in plans[len(shut) :] if isinstance(line, RestrictionLine)]
    return [
        alike[n : n + MOST_LINES]
        for alike in (closing, shut, rates, rules, opening)
        for n in range(0, len(alike), MOST_LINES)
    ]


def unsaid(lines: Sequence[AriLine], spoken: Dialect) -> tuple[RefusedLine, ...]:
    """The lines that SiteMinder has no words for."""
    reasons = ((place, writing.unsayable(spoken, line)) for place, line in enumerate(lines))
    return tuple(
        RefusedLine(place, why, _WORDS.get(why, "SiteMinder has no such bound"))
        for place, why in reasons
        if why
    )


def message(
    property_code: str,
    lines: Sequence[AriLine],
    left_out: Sequence[RefusedLine],
    head: Head,
    config: SiteMinderConfig,
) -> Message:
    """What tells *lines*, all of one kind, but for *left_out*."""
    not_said = {refused.line for refused in left_out}
    places = tuple(place for place in range(len(lines)) if place not in not_said)
    said: list[Any] = [lines[place] for place in places]
    spoken = dialect(config)
    if isinstance(said[0], RateLine):
        name, operation = "OTA_HotelRateAmountNotif", "HotelRateAmountNotifRQ"

        def write() -> Said:
            included = config.taxes is Taxes.INCLUDED
            return writing.rates(spoken, head, property_code, said, taxes_included=included)
    else:
        name, operation = "OTA_HotelAvailNotif", "HotelAvailNotifRQ"
        tell = (
            writing.availability if isinstance(said[0], AvailabilityLine) else writing.restrictions
        )

        def write() -> Said:
            return tell(spoken, head, property_code, said)

    def make() -> Element:
        return writing.element(f"{name}RQ", write().values)

    return Message(operation, f"{name}RS", make, places)


def read_request(property_code: str, head: Head) -> dict[str, Any]:
    return writing.read(SITEMINDER, head, property_code)


def report(reservation: ChannelReservation, ours: str, head: Head) -> dict[str, Any]:
    booked = reservation.booked_at
    return writing.notif_report(
        SITEMINDER,
        head,
        message=reservation.message,
        status=RES_STATUS[reservation.revision],
        created="" if booked is None else booked.isoformat(timespec="milliseconds"),
        ours=ours,
    )


def answer_reader(name: str, echo: str) -> Callable[[Envelope], OtaAnswer]:
    """Reads the answer *name* to our message *echo*; another's answer is none."""

    def read(envelope: Envelope) -> OtaAnswer:
        answer = answers.read_answer(envelope.body, name)
        if answer.echo and answer.echo != echo:
            raise Unreadable("the answer to another message")
        return answer

    return read


def pulled_reader(
    echo: str,
) -> Callable[[Envelope], tuple[OtaAnswer, tuple[PulledReservation, ...]]]:
    read_answer = answer_reader("OTA_ResRetrieveRS", echo)

    def read(envelope: Envelope) -> tuple[OtaAnswer, tuple[PulledReservation, ...]]:
        answer = read_answer(envelope)
        if answer.errors:
            return answer, ()
        found = sorted(reservations.elements(envelope.body), key=reservations.told_at)
        told = (_pulled(one) for one in found)
        return answer, tuple({one.message: one for one in told}.values())

    return read


def _pulled(element: Element) -> PulledReservation:
    raw = masked_message(element)
    try:
        return PulledReservation(reservations.message_id(element), raw)
    except ValueError:
        return PulledReservation(reservations.unnamed(raw), raw)


def parse(raw: bytes) -> ChannelReservation:
    try:
        return reservations.read_reservation(read_xml(raw))
    except (ValueError, LookupError, ArithmeticError) as e:
        reason = str(e) if isinstance(e, Unreadable) else "not a reservation of OpenTravel"
    raise BrokenContract(reason, vendor=VENDOR, operation="parse")


def pushed(
    answer: OtaAnswer,
    lines: Sequence[AriLine],
    left_out: tuple[RefusedLine, ...],
    spoken: Dialect,
) -> PushAnswer:
    """A message stands or falls as a whole. Raises what the whole of it was refused for."""
    if not answer.errors:
        return PushAnswer(True, left_out, _words(answer.warnings), answer.echo)
    error = failure(answer, "push", of_lines=True)
    if error is not None:
        raise error
    named = answers.refused_lines(spoken, answer.errors, lines)
    unsaid_places = {refused.line for refused in left_out}
    theirs = tuple(one for one in named if one.line not in unsaid_places)
    refused = tuple(sorted((*left_out, *theirs), key=lambda one: one.line))
    return PushAnswer(False, refused, () if refused else _words(answer.errors), answer.echo)


def _words(told: Sequence[answers.Wrong]) -> tuple[str, ...]:
    return tuple(f"{one.code}: {one.words}" for one in told)


def failure(answer: OtaAnswer, operation: str, *, of_lines: bool = False) -> VendorError | None:
    """What errors ask of us; None: they are about lines, and *of_lines* are what was sent."""
    kinds: dict[Meaning | None, type[VendorError]] = {
        None: BrokenContract,
        Meaning.CREDENTIAL: Misconfigured,
        Meaning.PROPERTY: Refused,
        Meaning.BUSY: Unavailable,
    }
    if not of_lines:
        kinds |= dict.fromkeys((Meaning.ROOM, Meaning.PLAN, Meaning.WRONG), Refused)
    for meant, kind in kinds.items():
        for wrong in answer.errors:
            if answers.meaning(SITEMINDER, wrong) is meant:
                code = safe_code(wrong.code)
                return kind("errors", vendor=VENDOR, operation=operation, vendor_code=code)
    return None


def soap_kinds(fault: SoapFault) -> Fault | None:
    """For the SOAP kit: faults before any OTA message was looked at."""
    code = fault.code.rpartition(":")[2]
    if code in ("FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken"):
        return Fault(code, Misconfigured)
    return None


class _RoomRate(msgspec.Struct, frozen=True, rename="camel"):
    room_type_code: str
    room_type_name: str = ""
    rate_plan_code: str | None = None
    rate_plan_name: str | None = None
    included_adult_occupancy: int | None = None


def catalogue(raw: bytes, property_code: str, config: SiteMinderConfig) -> ChannelCatalogue:
    """msgspec.ValidationError: not what their page says."""
    rooms: dict[str, ChannelRoom] = {}
    for found in msgspec.json.decode(raw, type=list[_RoomRate]):
        room = rooms.get(found.room_type_code) or ChannelRoom(
            found.room_type_code, found.room_type_name or found.room_type_code
        )
        if found.rate_plan_code:
            plan = ChannelPlan(
                found.rate_plan_code,
                found.rate_plan_name or found.rate_plan_code,
                adults=_adults(found, config),
            )
            room = msgspec.structs.replace(room, plans=(*room.plans, plan))
        rooms[found.room_type_code] = room
    return ChannelCatalogue(property_code, property_code, tuple(rooms.values()))


def _adults(found: _RoomRate, config: SiteMinderConfig) -> tuple[int, ...]:
    if config.pricing is Pricing.BY_OCCUPANCY:
        return tuple(range(1, SITEMINDER.most_adults + 1))
    return (found.included_adult_occupancy,) if found.included_adult_occupancy else ()
