"""What the catalogue says of one type of event, and what its examples share."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime

import msgspec

from core.domain.money import Money


@dataclasses.dataclass(frozen=True)
class EventType:
    """schema: name and version of the payload. means: one sentence for a receiver."""

    name: str
    schema: str
    means: str
    example: msgspec.Struct

    @property
    def subject_type(self) -> str:
        return self.name.partition(".")[0]


# When what the examples tell happened, and the day on which what they sell begins.
EXAMPLES_AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
FIRST_DAY = date(2027, 1, 14)
BOOKING = "bkg_06f3m8t2b5yhkq7d4w1n9xc0ra"
CONNECTION = "con_06f3m8sj4n2v8c6k1t5z0q9wye"
PAYMENT = "pay_06f3m8v9d1q5r7t2w4y6zabcde"
PROPERTY = "prp_06f3m9e1g4j7m9q2s5v8xabcde"
SELL = Money(412500, "SAR")
