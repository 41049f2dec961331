"""What the schemas of the OpenAPI document are called: names for its readers, not for ours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from core.domain.bookings import activity, hotel
from core.domain.channels import channel_mapping
from core.domain.connections import connection
from core.domain.fare_rules import terms, timing
from core.domain.fare_rules.ruling import Difference as FareDifference
from core.domain.filings import completeness
from core.domain.payments import settlement
from core.domain.stock import rate_plan
from entrypoints.http.problems import ProblemBody
from entrypoints.http.wire import agreement, booking, pilgrim, plan, reservation

# Two shapes of one name are told apart by what they are of.
_TOLD_APART: dict[type, str] = {
    activity.Unit: "ActivityUnit",
    agreement.NewInstalment: "AgreementInstalment",
    agreement.NewPilgrim: "AgreementPilgrim",
    booking.Cancellation: "BookingCancellation",
    booking.Fee: "BookingFee",
    booking.Guest: "BookingGuest",
    channel_mapping.Gap: "MappingGap",
    completeness.Gap: "FilingGap",
    connection.Verdict: "ConnectionVerdict",
    hotel.RatePlan: "OfferedRatePlan",
    pilgrim.NewPilgrim: "NewPilgrim",
    plan.Cancellation: "PlanCancellation",
    plan.NewInstalment: "NewInstalment",
    rate_plan.RatePlan: "RatePlan",
    reservation.Guest: "ReservationGuest",
    FareDifference: "FareDifference",
    settlement.Difference: "SettlementDifference",
    terms.Fee: "FareFee",
    terms.Verdict: "FareVerdict",
    timing.Unit: "TimeUnit",
}
_LISTING = re.compile(r"Listing_(\w+)_")
_FIT = re.compile(r"[A-Z][A-Za-z0-9]*")


def public_names(names: Iterable[str]) -> dict[str, str]:
    """Each name that msgspec gave → the one that is told. LookupError: it wants one in the table."""
    apart = {f"{kind.__module__}.{kind.__qualname__}": told for kind, told in _TOLD_APART.items()}
    apart[ProblemBody.__name__] = "Problem"
    told = {name: apart.get(name, _LISTING.sub(r"\1List", name)) for name in names}
    unfit = sorted(name for name in told.values() if not _FIT.fullmatch(name))
    twice = sorted(name for name, times in Counter(told.values()).items() if times > 1)
    if unfit or twice:
        raise LookupError(f"schema_names.py wants a name for {unfit or twice}")
    return told
