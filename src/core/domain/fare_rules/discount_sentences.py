"""The sentences of category 19."""

from __future__ import annotations

from decimal import Decimal

from core.domain.fare_rules.grammar import Captured
from core.domain.fare_rules.rules import Discount, Remark, Saying
from core.domain.fare_rules.sentence import Build, Sentence, Value, Where
from core.domain.fare_rules.terms import Charge


def _discount(got: Captured, where: Where) -> tuple[Value, ...] | None:
    charge: Charge = got.get("charge", Charge(percent=Decimal(0)))
    if "off" in got and charge.percent is None:
        return None
    if "off" in got:
        charge = Charge(percent=Decimal(100) - (charge.percent or Decimal(0)))
    infant = "infant" in got
    seated = "seated" in got or not infant
    if infant and not seated and "seatless" not in got:
        return None  # with a seat or without: what it pays differs by much
    passenger = ("INS" if seated else "INF") if infant else "CHD"
    accompanied = False if "alone" in got else (True if "accompanied" in got else None)
    return (
        Discount(passenger, charge, where.part, _ages(got), accompanied, got.get("ordinal", 0)),
    )


def _ages(got: Captured) -> tuple[int, int] | None:
    if "under" in got:
        return 0, max(got["under"] - 1, 0)
    return (got["youngest"], got["oldest"]) if "oldest" in got else None


def _says(saying: Saying) -> Build:
    return lambda _, where: (Remark(saying, where.part),)


_AGES = "[AGE|AGED|AGES] ({youngest} - {oldest}|UNDER {under}) [YEARS [OF AGE]]"
_PAYS = "[-|:] (CHARGE {charge}|{charge} {off}|(NO CHARGE|FREE [OF CHARGE])|[PAYS] {charge})"

DISCOUNTS = (
    Sentence(
        "ACCOMPANIED CHILD 2-11 - CHARGE 75 PERCENT OF THE FARE",
        f"[{{alone}}|{{accompanied}}] {{child}} [{_AGES}] {_PAYS}",
        _discount,
    ),
    Sentence(
        "1ST INFANT UNDER 2 WITHOUT A SEAT - CHARGE 10 PERCENT OF THE FARE",
        f"[{{ordinal}}] [{{alone}}|{{accompanied}}] {{infant}} [{_AGES}] [{{seatless}}|{{seated}}]"
        f" {_PAYS}",
        _discount,
    ),
    Sentence(
        "NO DISCOUNTS APPLY",
        "NO [CHILD|CHILDREN|INFANT] (DISCOUNT|DISCOUNTS) [APPLY|PERMITTED]"
        "|[CHILD|CHILDREN|CHILDRENS] (DISCOUNT|DISCOUNTS) (ARE|DO) NOT (APPLY|PERMITTED)",
        _says(Saying.DISCOUNTS_DO_NOT_APPLY),
    ),
    Sentence(
        "MUST BE ACCOMPANIED ON ALL FLIGHTS IN SAME COMPARTMENT BY ADULT 18 OR OLDER",
        "MUST BE ACCOMPANIED [ON ALL FLIGHTS] [IN [THE] SAME COMPARTMENT]"
        " BY [AN|ONE|1] (ADULT|PASSENGER) [{age} [YEARS] OR OLDER]",
        _says(Saying.ACCOMPANIED),
    ),
    Sentence(
        "TICKET DESIGNATOR - CH AND PERCENT OF DISCOUNT",
        "TICKET DESIGNATOR - {code} [AND PERCENT [OF] [DISCOUNT]]",
        _says(Saying.DESIGNATOR),
    ),
)
