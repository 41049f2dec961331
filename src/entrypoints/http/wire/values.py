"""Fields that many requests share, with the bounds that keep them sane."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from core.domain.markup import Markup
from core.domain.money import Money
from core.domain.problem import Fault, Invalid
from core.domain.stay import Stay, asked_stay

Id = Annotated[str, Meta(min_length=5, max_length=64, pattern=r"^[0-9a-z_]+$")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=1000)]
Reason = Annotated[str, Meta(max_length=500, description="Goes into the audit trail.")]
OwedReason = Annotated[
    str, Meta(min_length=1, max_length=500, description="Owed; goes into the audit trail.")
]
Address = Annotated[str, Meta(min_length=1, max_length=2000)]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What every search may say. connections: ask only these. deadline_s: answer by then with
    what there is; never later than the hub's own deadline."""

    connections: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=200)] | None = None
    deadline_s: Annotated[float, Meta(gt=0, le=60)] | None = None


class Amount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exact amount in the minor unit of an ISO 4217 currency: 412500 of SAR is SAR 4,125.00.

    The same shape as in events: whole numbers cannot be rounded on the way.
    """

    minor: Annotated[int, Meta(ge=0, le=10**15)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]

    def __post_init__(self) -> None:
        self.money()

    def money(self) -> Money:
        return Money(self.minor, self.currency)


class NewMarkup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Makes sell from net: net × (1 + percent/100), rounded up to a multiple of round_to."""

    percent: Decimal = Decimal(0)
    round_to: Annotated[int, Meta(ge=1, le=10**9)] = 1

    def __post_init__(self) -> None:
        if not self.percent.is_finite() or len(str(self.percent)) > 12:
            raise ValueError("percent is a decimal number of at most 12 characters")
        self.markup()

    def markup(self) -> Markup:
        return Markup(self.percent, self.round_to)


def stay_of(check_in: datetime.date, check_out: datetime.date) -> Stay:
    """Invalid: not 1 to 90 nights."""
    try:
        return asked_stay(check_in, check_out)
    except ValueError as e:
        raise Invalid(Fault("/check_out", str(e).removeprefix("check_out "))) from None


class Because(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason = ""


class BecauseOwed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: OwedReason
