"""Their errors → what the caller must do.

Booking Management answers 200 with errors[]: a category (few, some written "X/WARNING") and a type
(hundreds). A category or type we do not know is no clear no: for what is not repeatable it is
OutcomeUnknown. Prose is never read, it may hold a name.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from adapters._kit.answer import Answer
from adapters._kit.redact import safe_code
from adapters._kit.soap import SoapFault
from adapters._kit.verdict import Fault
from adapters.sabre.mapping.wire_booking import Error
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from ports.errors import (
    BrokenContract,
    Misconfigured,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)


class TokenRefused(Misconfigured):
    """The token or session is over; a new one may still be had."""


FORBIDDEN = {"UNAUTHORIZED", "FORBIDDEN", "RESOURCE_RESTRICTED", "REQUEST_NOT_ALLOWED"}
REFUSING = {
    *("BAD_REQUEST", "INVALID_DATA", "MISSING_DATA", "RESOURCE_NOT_FOUND", "INVALID_VALUE"),
    *("VALIDATION_ERROR", "DATA_INTEGRITY"),
}
# APPLICATION_ERROR types that say, in so many words, that nothing was done.
NOTHING_DONE = {
    *("BOOKING_FULFILLED", "PRICE_MISMATCH", "AIR_TICKET_VALIDATING_AIRLINE_MISSING"),
    *("SECURE_FLIGHT_PASSENGER_DATA_MISSING", "FAILED_PAYMENT", "PAYMENT_CARD_DECLINED"),
    *("BOOKING_NOT_FOUND", "UNABLE_TO_VOID_TICKET", "UNABLE_TO_REFUND_TICKET"),
    "MISSING_PRICE_QUOTE_AIR_EXTRAS_DETAILS",
}
# Warnings after which nobody knows what was done.
UNCLEAR = {"UNABLE_TO_RETRIEVE_TICKETS", "FULFILLMENT_NOT_CONFIRMED", "PARTIAL_FULFILLMENT"}
_SOLD_OUT = ("FLIGHT_STATUS", "UNABLE_TO_BOOK_FLIGHT", "UNABLE_TO_SELL", "NO_AVAILABILITY")
_DEARER = ("COMPARISON_ISSUE", "PRICE_MISMATCH", "PRICE_CHANGE")
_EXPIRED = ("EXPIRED_OFFER",)
Business = SoldOut | PriceChanged | OfferExpired


def business(code: str | None) -> Business | None:
    """A refusal the core knows what to do with; None: it is only a no."""
    if any(word in (code or "") for word in _DEARER):
        return PriceChanged()
    if any(word in (code or "") for word in _SOLD_OUT):
        return SoldOut()
    if any(word in (code or "") for word in _EXPIRED):
        return OfferExpired()
    return None


def error(answer: Answer, errors: Iterable[Error]) -> VendorError | None:
    """What errors[] under a good status stand for; None: only warnings."""
    hard = [e for e in errors if not _is_warning(e)]
    unclear = [e for e in errors if e.type in UNCLEAR]
    if not hard and not unclear:
        return None
    worst = (unclear or hard)[0]
    kinds = [_kind(e, answer) for e in (*unclear, *hard)]
    # One that leaves it open outweighs any number of clear ones.
    open_ = next((k for k in kinds if k in (OutcomeUnknown, BrokenContract)), None)
    return (open_ or kinds[0])(
        "errors under a good status",
        vendor=answer.vendor,
        operation=answer.operation,
        vendor_code=safe_code(worst.type or worst.category),
        request_id=answer.request_id,
    )


def _is_warning(found: Error) -> bool:
    return found.category.upper().endswith("WARNING") and found.type not in UNCLEAR


def _kind(found: Error, answer: Answer) -> type[VendorError]:
    category = found.category.upper().partition("/")[0].replace("_EROR", "_ERROR")
    unclear = BrokenContract if answer.repeatable else OutcomeUnknown
    if found.type in UNCLEAR:
        return unclear
    if category in FORBIDDEN:
        return Misconfigured
    if category in REFUSING or found.type in NOTHING_DONE or business(found.type) is not None:
        return Refused
    if category.endswith("SERVER_ERROR") or "TIMEOUT" in found.type:
        return Unavailable if answer.repeatable else OutcomeUnknown
    return unclear


class _Body(msgspec.Struct, rename="camel"):
    error_code: str = ""
    errors: tuple[Error, ...] = ()


def read_fault(answer: Answer) -> Fault | None:
    """For `VendorHttp`: what an answer that is not 2xx says. Raises what a decoder raises."""
    if answer.status == 401:
        return Fault("token_refused", TokenRefused)
    said = msgspec.json.decode(answer.body, type=_Body)
    if said.errors:
        return Fault(said.errors[0].type or said.errors[0].category)
    return Fault(said.error_code) if said.error_code else None


def soap_kinds(fault: SoapFault) -> Fault | None:
    """For the SOAP kit: faults that are theirs alone."""
    if "USG_AUTHENTICATION_FAILED" in fault.words:
        return Fault("USG_AUTHENTICATION_FAILED", Misconfigured)
    if "InvalidSecurityToken" in fault.code or "USG_INVALID_SECURITY_TOKEN" in fault.words:
        return Fault("USG_INVALID_SECURITY_TOKEN", TokenRefused)
    if fault.code.startswith("Client.Authorization") or "USG_AUTHORIZATION" in fault.words:
        return Fault("USG_AUTHORIZATION_FAILED", Misconfigured)
    if "USG_RESOURCE_UNAVAILABLE" in fault.words or "USG_IS_BUSY" in fault.words:
        return Fault("USG_RESOURCE_UNAVAILABLE", Unavailable)
    return None
