"""What is asked for tickets, and for cancelling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from adapters.sabre.config import SabreConfig
from adapters.sabre.mapping.wire_booking import Checked, Fare
from core.domain.money import Money
from ports.gds import RefundQuote


def fulfilment(locator: str, fares: Sequence[Fare], config: SabreConfig) -> bytes:
    """Tickets at the stored prices, paid by the agency to the carrier (cash, by BSP).

    They issue at a risen price unless told not to.
    """
    body: dict[str, Any] = {
        "confirmationId": locator,
        "receivedFrom": "SERAI",
        "acceptPriceChanges": False,
        "errorHandlingPolicy": ["HALT_ON_ERROR"],
        "fulfillments": [
            {
                "ticketingQualifiers": {"priceQuoteRecordIds": [f.record_id for f in fares]},
                "payment": {"primaryFormOfPayment": 1},
            }
        ],
        "formsOfPayment": [{"type": "CASH"}],
    }
    printers: list[dict[str, Any]] = []
    if config.printer is not None:
        printers.append({"hardcopy": {"address": config.printer}})
    if config.ticket_country is not None:
        printers.append({"ticket": {"countryCode": config.ticket_country}})
    return msgspec.json.encode({**body, "designatePrinters": printers} if printers else body)


def checking(locator: str) -> bytes:
    return msgspec.json.encode({"confirmationId": locator})


def voiding(numbers: Iterable[str]) -> bytes:
    """All of them or none."""
    return msgspec.json.encode({"tickets": list(numbers), "errorHandlingPolicy": "HALT_ON_ERROR"})


def refunding(numbers: Iterable[str]) -> bytes:
    return msgspec.json.encode({"tickets": [{"number": number} for number in numbers]})


def cancelling(locator: str) -> bytes:
    return msgspec.json.encode(
        {
            "confirmationId": locator,
            "retrieveBooking": True,
            "cancelAll": True,
            "errorHandlingPolicy": "HALT_ON_ERROR",
        }
    )


def quote(checked: Sequence[Checked]) -> RefundQuote | None:
    """None: one of them cannot be refunded without the carrier. ValueError: of two currencies,
    or it does not say how much."""
    if not checked or not all(
        t.is_refundable and t.is_automated_refunds_eligible and t.refund_totals for t in checked
    ):
        return None
    refunds = [
        Money.of(t.refund_totals.total, t.refund_totals.currency_code)
        for t in checked
        if t.refund_totals is not None
    ]
    penalties = [
        Money.of(p.penalty.amount, p.penalty.currency_code)
        for t in checked
        for p in t.refund_penalties
        if p.applicability == "BEFORE_DEPARTURE"
        and p.penalty.amount is not None
        and p.penalty.currency_code is not None
    ]
    return RefundQuote(_sum(refunds, refunds[0].currency), _sum(penalties, refunds[0].currency))


def _sum(amounts: Iterable[Money], currency: str) -> Money:
    whole = Money(0, currency)
    for amount in amounts:
        whole = whole + amount
    return whole
