"""The REST services of Booking Management over the ledger."""

from __future__ import annotations

from typing import Any

from adapters.sabre.simulator.faults import Fault, Kind
from adapters.sabre.simulator.ledger import Ledger
from adapters.sabre.simulator.reading import Fields
from adapters.sabre.simulator.reject import Errors, bad, failed
from adapters.sabre.simulator.selling import read

RETURN_ONLY = {"FLIGHTS", "REMARKS", "TICKETS", "FARES", "TRAVELERS"}
WARNING = {"category": "PROCESSING_WARNING", "type": "DOWNLINE_SERVICE_WARNING"}
Document = dict[str, Any]


def create(body: Fields, ledger: Ledger, pcc: str, fault: Fault | None) -> Document:
    kind = fault.kind if fault else None
    dearer = (fault.value or 10) if fault and kind is Kind.DEARER else 0.0
    sale = read(body, ledger.free, pcc, dearer=dearer, sold_out=kind is Kind.SOLD_OUT)
    locator = ledger.book(sale, status="QX" if kind is Kind.ODD_STATUS else "HK")
    if kind is Kind.TIMEOUT:
        raise failed("INTERNAL_SERVER_TIMEOUT")
    if kind is Kind.PARTIAL:
        raise failed("UNABLE_TO_ADD_REMARK", confirmationId=locator)
    told: Document = {"confirmationId": locator}
    if kind is not Kind.BARE:
        told["booking"] = ledger.told(locator)
        told["booking"].pop("bookingSignature")  # only getBooking gives it
    if kind is Kind.WARNED:
        told["errors"] = [WARNING]
    return told


def get(body: Fields, ledger: Ledger) -> Document:
    locator = body.text("confirmationId")
    only = set(body.rows("returnOnly", 0)) if body.has("returnOnly") else set()
    body.done()
    if not only <= RETURN_ONLY:
        raise bad("INVALID_VALUE_RETURNONLY")
    told = ledger.told(locator)
    if not only:
        return told
    told.pop("bookingSignature")  # a part of a booking has no signature
    parts = {"TICKETS": "flightTickets"}
    kept = {parts.get(name, name.lower()) for name in only} | {"bookingId", "timestamp"}
    return {k: v for k, v in told.items() if k in kept}


def fulfil(body: Fields, ledger: Ledger, fault: Fault | None) -> Document:
    locator = body.text("confirmationId")
    body.text("receivedFrom")
    accepts = body.flag("acceptPriceChanges") if body.has("acceptPriceChanges") else True
    if body.has("errorHandlingPolicy"):
        body.rows("errorHandlingPolicy")
    one = body.parts("fulfillments", 1, 9)[0]
    records = one.inside("ticketingQualifiers").rows("priceQuoteRecordIds", 1, 99)
    one.inside("payment").number("primaryFormOfPayment", 1, 10)
    one.done()
    body.parts("formsOfPayment", 1, 10)[0].one_of("type", ("CASH", "CHECK"))
    for printer in body.parts("designatePrinters", 1, 3) if body.has("designatePrinters") else ():
        if printer.has("hardcopy"):
            printer.inside("hardcopy").text("address", 6, 6)
        if printer.has("ticket"):
            printer.inside("ticket").text("countryCode", 2, 2)
        printer.done()
    body.done()
    if accepts:
        ledger.held(locator).dearer = False
    tickets = ledger.issue(locator, records)
    if fault and fault.kind is Kind.TIMEOUT:
        raise failed("UNABLE_TO_RETRIEVE_TICKETS")
    if fault and fault.kind is Kind.HALVED:
        del ledger.held(locator).booking["flightTickets"][1:]
        raise failed("FAILED_PAYMENT")
    shown = ("number", "date", "payment", "ticketStatusName", "ticketStatusCode", "ticketingPcc")
    told: Document = {
        "tickets": [{**{k: t[k] for k in shown}, "isCommitted": True} for t in tickets]
    }
    if fault and fault.kind is Kind.WARNED:
        told["warnings"] = [WARNING]
    if fault and fault.kind is Kind.PARTIAL:
        told["warnings"] = [{**WARNING, "type": "FULFILLMENT_NOT_CONFIRMED"}]
    return told


def check(body: Fields, ledger: Ledger) -> Document:
    locator = body.text("confirmationId")
    body.done()
    tickets = ledger.check(locator)
    if not tickets:
        raise failed("NO_TICKETS_FOUND")
    return {"tickets": tickets}


def void(body: Fields, ledger: Ledger, fault: Fault | None = None) -> Document:
    numbers = [str(number) for number in body.rows("tickets", 1, 12)]
    body.one_of("errorHandlingPolicy", ("HALT_ON_ERROR", "ALLOW_PARTIAL_CANCEL"))
    body.done()
    found = ledger.documents(numbers)
    if not all(ledger.voidable(held) for held, _ in found):
        raise failed("UNABLE_TO_VOID_TICKET")
    halved = fault is not None and fault.kind is Kind.HALVED
    for _, ticket in found[:1] if halved else found:
        ledger.end(ticket, "OV", "Voided", "V")
    if halved:
        raise failed("UNABLE_TO_VOID_TICKET")
    return {"voidedTickets": numbers}


def refund(body: Fields, ledger: Ledger, fault: Fault | None = None) -> Document:
    numbers = []
    for row in body.parts("tickets", 1, 12):
        numbers.append(row.text("number", 13, 13))
        row.done()
    body.done()
    found = ledger.documents(numbers)
    if any(held.sale.fare.refund is None for held, _ in found):
        raise failed("UNABLE_TO_REFUND_TICKET")
    halved = fault is not None and fault.kind is Kind.HALVED
    for _, ticket in found[:1] if halved else found:
        ledger.end(ticket, "TR", "Refunded", "RF")
    if halved:
        raise failed("UNABLE_TO_REFUND_TICKET")
    return {"refundedTickets": numbers}


def cancel(body: Fields, ledger: Ledger) -> Document:
    locator = body.text("confirmationId")
    whole = body.flag("retrieveBooking")
    if not body.flag("cancelAll"):
        raise bad("REQUIRED_FIELD_MISSING_CANCELALL")
    body.one_of("errorHandlingPolicy", ("HALT_ON_ERROR", "ALLOW_PARTIAL_CANCEL"))
    body.done()
    ledger.cancel(locator)
    return {"booking": ledger.told(locator)} if whole else {}


def errors(error: Errors) -> Document:
    """As they answer it: HTTP 200."""
    told = {"category": error.category, "type": error.type, "description": "simulated"}
    return {"timestamp": "2026-01-01T00:00:00Z", **error.done, "errors": [told]}
