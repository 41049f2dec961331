"""People → the tickets of an option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.octo.mapping import wire
from core.domain.bookings.activity import Unit, UnitKind

# Which of their tickets each kind of person may be sold, the fitting one first.
_TICKETS: dict[UnitKind, tuple[str, ...]] = {
    UnitKind.ADULT: ("ADULT", "TRAVELLER"),
    UnitKind.YOUTH: ("YOUTH", "TRAVELLER"),
    UnitKind.CHILD: ("CHILD", "TRAVELLER"),
    UnitKind.INFANT: ("INFANT", "TRAVELLER"),
    UnitKind.SENIOR: ("SENIOR", "TRAVELLER", "ADULT"),
    UnitKind.STUDENT: ("STUDENT", "TRAVELLER", "ADULT"),
    UnitKind.FAMILY: ("FAMILY",),
    UnitKind.OTHER: ("OTHER", "MILITARY"),
}


def tickets(option: wire.Option, people: Mapping[UnitKind, int]) -> tuple[Unit, ...] | None:
    """None: the option has no ticket for somebody, or is not sold to such a party."""
    found: list[Unit] = []
    for kind, count in people.items():
        unit = _ticket(option, kind)
        if unit is None:
            return None
        found.append(Unit(unit.id, kind, unit.title or unit.internal_name, count))
    return tuple(found) if allowed(option, counts(found)) else None


def counts(units: Sequence[Unit]) -> dict[str, int]:
    """How many of each of their tickets; two kinds of people may have the same."""
    found: dict[str, int] = {}
    for unit in units:
        found[unit.code] = found.get(unit.code, 0) + unit.count
    return found


def allowed(option: wire.Option, wanted: Mapping[str, int]) -> bool:
    """False: too few, too many, a ticket that is gone, or a child without its adult."""
    total, bounds = sum(wanted.values()), option.restrictions
    if not _within(total, bounds.min_units, bounds.max_units):
        return False
    known = {unit.id: unit.restrictions for unit in option.units}
    return all(_sold(known.get(code), count, wanted) for code, count in wanted.items())


def _sold(rule: wire.UnitRestrictions | None, count: int, wanted: Mapping[str, int]) -> bool:
    if rule is None or not _within(count, rule.min_quantity, rule.max_quantity):
        return False
    return not rule.accompanied_by or any(code in wanted for code in rule.accompanied_by)


def _ticket(option: wire.Option, kind: UnitKind) -> wire.Unit | None:
    by_type = {unit.type: unit for unit in reversed(option.units)}
    return next((by_type[type_] for type_ in _TICKETS[kind] if type_ in by_type), None)


def _within(count: int, low: int | None, high: int | None) -> bool:
    return (low is None or low <= count) and (high is None or count <= high)
