"""Fare rules by category, in the words airlines file. Invented, and only as much as is needed."""

from __future__ import annotations

from adapters.sabre.simulator.network import BY_RBD, Fare
from adapters.sabre.simulator.reject import NotProcessed

TITLES = {5: "ADVANCE RES/TICKETING", 6: "MIN STAY", 7: "MAX STAY", 16: "PENALTIES"}
ADVANCE = "RESERVATIONS FOR ALL SECTORS MUST BE MADE AT LEAST 3 DAYS BEFORE DEPARTURE."
RETURN = {
    6: "TRAVEL FROM LAST STOPOVER MUST COMMENCE NO EARLIER THAN 3 DAYS\nAFTER DEPARTURE FROM FARE ORIGIN.",
    7: "TRAVEL FROM LAST STOPOVER MUST COMMENCE NO LATER THAN 3 MONTHS\nAFTER DEPARTURE FROM FARE ORIGIN.",
}


def texts(fare_basis: str) -> dict[int, str]:
    """NotProcessed: no such fare."""
    fare = BY_RBD.get(fare_basis[:1])
    if fare is None or fare_basis[1:3] not in ("RT", "OW"):
        raise NotProcessed("ERR.SWS.HOST.ERROR_IN_RESPONSE", "NO FARES FOR CLASS USED")
    found = {5: ADVANCE, 16: _penalties(fare)}
    return dict(sorted((found | RETURN if fare_basis[1:3] == "RT" else found).items()))


def _penalties(fare: Fare) -> str:
    change = (
        "CHANGES NOT PERMITTED."
        if fare.change is None
        else f"CHARGE IDR {fare.change} FOR REISSUE/REVALIDATION."
        if fare.change
        else "CHANGES PERMITTED FOR REISSUE/REVALIDATION."
    )
    refund = (
        "TICKET IS NON-REFUNDABLE IN CASE OF CANCEL/REFUND."
        if fare.refund is None
        else f"CHARGE IDR {fare.refund} FOR CANCEL/REFUND."
    )
    return (
        f"CHANGES\nBEFORE DEPARTURE\n{change}\n"
        f"CANCELLATIONS\nBEFORE DEPARTURE\n{refund}\n"
        "AFTER DEPARTURE\nTICKET IS NON-REFUNDABLE IN CASE OF CANCEL/REFUND."
    )
