"""Their errors → what the caller must do.

PRODUCT_ERROR comes under HTTP 500 and is a clear no; SYSTEM_ERROR under the same 500 is not.
410 repeats the failure of the last 15 minutes for a request that is sent again. 403 is what
their gateway says to a wrong key, and also to one that is over its quota; a header tells which.
"""

from __future__ import annotations

import msgspec

from adapters._kit.answer import Answer
from adapters._kit.verdict import Fault
from adapters.hotelbeds.mapping.wire import Error
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable

OVER_QUOTA = ("DEVELOPER_OVER_QPS", "DEVELOPER_OVER_RATE")
_OVER_QUOTA_TEXT = ("over qps", "over rate", "quota")
# Their messages are prose: the words that tell, and what they tell.
_WORDS = (
    ("price has changed", "price_changed"),
    ("price has increased", "price_changed"),
    ("insufficient allotment", "sold_out"),
    ("allotment exceeded", "sold_out"),
    ("stop sales", "sold_out"),
    ("release violated", "sold_out"),
    ("booking confirmation error", "unclear"),
)
_CODES = {"INSUFFICIENT_ALLOTMENT": "sold_out", "ALLOTMENT_EXCEEDED": "sold_out"}
_GONE = ("expired", "no longer", "not valid", "invalid")


class _Envelope(msgspec.Struct):
    error: Error


def read_fault(answer: Answer) -> Fault | None:
    """For `VendorHttp`: what an answer that is not 2xx says. Raises what a decoder raises."""
    if answer.status == 403:
        return _gateway(answer)
    error = msgspec.json.decode(answer.body, type=_Envelope).error
    family = error.code.partition("-")[0]
    if family == "CONFIGURATION_ERROR":
        return Fault(error.code, Misconfigured)
    if family == "SYSTEM_ERROR":
        return Fault(error.code)
    reason = _reason(family, error.message.lower())
    if reason == "unclear":  # it names a booking: nobody knows whether there is one
        return Fault(error.code, Unavailable if answer.repeatable else OutcomeUnknown)
    if reason:
        return Fault(f"{reason}:{error.code}", Refused)
    return Fault(error.code, Refused if family == "PRODUCT_ERROR" else None)


def _reason(family: str, message: str) -> str | None:
    if "ratekey" in message.replace(" ", "") and any(word in message for word in _GONE):
        return "expired"
    by_word = (reason for words, reason in _WORDS if words in message)
    return _CODES.get(family) or next(by_word, None)


def _gateway(answer: Answer) -> Fault:
    code = answer.headers.get("x-mashery-error-code", "")
    text = answer.body[:2000].decode("ascii", "ignore").lower()
    over = code.endswith(OVER_QUOTA) or any(words in text for words in _OVER_QUOTA_TEXT)
    return Fault(code or None, Unavailable if over else Misconfigured)


def business(vendor_code: str | None) -> SoldOut | PriceChanged | OfferExpired | None:
    """A refusal the core knows what to do with; None: it is only a no."""
    match (vendor_code or "").partition(":")[0]:
        case "sold_out":
            return SoldOut()
        case "price_changed":
            return PriceChanged()
        case "expired":
            return OfferExpired()
        case _:
            return None
