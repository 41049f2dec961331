"""Fare rules: ATPCO category text and a GDS's structured penalties, as answers with reasons.

Pure. Nothing is guessed: what the grammar does not understand is named as such, and where two
sentences contradict, the stricter is shown and both are named.
"""

from core.domain.fare_rules.parse import parse
from core.domain.fare_rules.questions import can_change, must_ticket_by, refund_at
from core.domain.fare_rules.rules import FareRules, StructuredPenalty
from core.domain.fare_rules.ruling import ruling
from core.domain.fare_rules.staying import stay_fits

__all__ = [
    "FareRules",
    "StructuredPenalty",
    "can_change",
    "must_ticket_by",
    "parse",
    "refund_at",
    "ruling",
    "stay_fits",
]
