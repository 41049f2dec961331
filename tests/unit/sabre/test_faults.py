"""200 with errors[]: a clear no only where it is one."""

from __future__ import annotations

import httpx
import pytest

from adapters._kit.answer import Answer
from adapters._kit.soap import SoapFault
from adapters.sabre.mapping import faults
from adapters.sabre.mapping.wire_booking import Error
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from ports.errors import BrokenContract, Misconfigured, OutcomeUnknown, Refused, Unavailable


def answer(*, repeatable: bool) -> Answer:
    return Answer("sabre", "op", repeatable, 200, httpx.Headers(), b"{}")


@pytest.mark.parametrize(
    ("category", "type_", "question", "order"),
    [
        ("BAD_REQUEST", "REQUIRED_FIELD_MISSING", Refused, Refused),
        ("RESOURCE_NOT_FOUND", "X", Refused, Refused),
        ("UNAUTHORIZED", "UNAUTHORIZED_ACCESS", Misconfigured, Misconfigured),
        ("FORBIDDEN", "X", Misconfigured, Misconfigured),
        ("INTERNAL_SERVER_ERROR", "X", Unavailable, OutcomeUnknown),
        ("APPLICATION_ERROR", "INTERNAL_SERVER_TIMEOUT", Unavailable, OutcomeUnknown),
        ("APPLICATION_ERROR", "BOOKING_FULFILLED", Refused, Refused),
        ("APPLICATION_ERROR", "NOBODY_LISTED_IT", BrokenContract, OutcomeUnknown),
        ("APPLICATION_EROR", "UNABLE_TO_PRICE_FLIGHTS_COMPARISON_ISSUE", Refused, Refused),
        ("PROCESSING_WARNING", "DOWNLINE_SERVICE_WARNING", None, None),
        ("CANCELLATION_ERROR/WARNING", "X", None, None),
        ("PROCESSING_WARNING", "UNABLE_TO_RETRIEVE_TICKETS", BrokenContract, OutcomeUnknown),
        ("", "", BrokenContract, OutcomeUnknown),
    ],
)
def test_what_an_error_is(
    category: str, type_: str, question: type[Exception] | None, order: type[Exception] | None
) -> None:
    for repeatable, kind in ((True, question), (False, order)):
        found = faults.error(answer(repeatable=repeatable), [Error(category, type_)])
        assert type(found) is (kind or type(None))


def test_one_that_leaves_it_open_outweighs_a_clear_one() -> None:
    errors = [Error("BAD_REQUEST", "A"), Error("APPLICATION_ERROR", "B")]
    assert isinstance(faults.error(answer(repeatable=False), errors), OutcomeUnknown)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("UNABLE_TO_PRICE_FLIGHTS_COMPARISON_ISSUE", PriceChanged()),
        ("UNACCEPTABLE_FLIGHT_STATUS", SoldOut()),
        ("UNABLE_TO_CREATE_ORDER_EXPIRED_OFFER", OfferExpired()),
        ("REQUIRED_FIELD_MISSING", None),
        (None, None),
    ],
)
def test_refusals_the_core_knows(code: str | None, value: object) -> None:
    assert faults.business(code) == value


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (SoapFault("Client.AuthenticationFailed", "x USG_AUTHENTICATION_FAILED"), Misconfigured),
        (SoapFault("Client.InvalidSecurityToken", ""), faults.TokenRefused),
        (SoapFault("Client.AuthorizationFailed", ""), Misconfigured),
        (SoapFault("Server.Busy", "USG_RESOURCE_UNAVAILABLE"), Unavailable),
    ],
)
def test_faults_of_theirs(fault: SoapFault, kind: type[Exception]) -> None:
    judged = faults.soap_kinds(fault)
    assert judged is not None
    assert judged.kind is kind


def test_a_fault_nobody_knows_is_left_to_its_status() -> None:
    assert faults.soap_kinds(SoapFault("Server.Odd", "")) is None
