"""What several sentences say together of one act: the strictest, with all of them named."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from core.domain.fare_rules.rules import (
    Act,
    Conflict,
    FareRules,
    Penalty,
    Remark,
    Saying,
    StructuredPenalty,
    When,
)
from core.domain.fare_rules.terms import (
    FORBIDDEN,
    FREE,
    UNSTATED,
    Charge,
    Fee,
    Terms,
    Verdict,
    at,
    strictest,
)
from core.domain.fare_rules.text import Part
from core.domain.money import Money

CATEGORIES = {Act.CHANGE: (16, 31), Act.REFUND: (16, 33)}
_CHILD = frozenset({"CHD", "CNN", "CH", "UNN"})


class Basis(enum.StrEnum):
    """conditional: said only under conditions that nobody here can judge."""

    STRUCTURED = "structured"
    TEXT = "text"
    CONDITIONAL = "conditional"
    NOT_STATED = "not_stated"


class Difference(enum.StrEnum):
    """How the text differs from the data that was preferred to it."""

    VERDICT = "verdict"
    AMOUNT = "amount"
    CURRENCY = "currency"


class Ruling(msgspec.Struct, frozen=True):
    """because: the sentences shown; against: others on the same matter, which it overrules.

    difference: between structured data and the text. remarks: what the text adds, waivers too.
    unread: sentences of these categories that were not understood; they may change the answer.
    """

    act: Act
    when: When
    terms: Terms
    basis: Basis
    because: tuple[Part, ...] = ()
    against: tuple[Part, ...] = ()
    difference: Difference | None = None
    remarks: tuple[Remark, ...] = ()
    unread: tuple[Part, ...] = ()


def ruling(
    rules: FareRules,
    act: Act,
    when: When,
    *,
    passenger: str = "ADT",
    at: datetime | None = None,
    departure: datetime | None = None,
) -> Ruling:
    """The terms of *act* for one passenger type, data before text.

    Without *at* and *departure* (aware), sentences for a stretch before departure all count.
    """
    said = _said(rules, act, when, kind_of(passenger))
    if at is not None and departure is not None:
        said = [p for p in said if p.window is None or p.window.holds(at, departure)]
    remarks = tuple(r for r in rules.remarks if _touches(r, act, when))
    unread = rules.unread(*CATEGORIES[act])
    spoken = _spoken(act, when, said, remarks)
    spoken = msgspec.structs.replace(spoken, remarks=remarks, unread=unread)
    given = _given(rules.structured, act, when, kind_of(passenger))
    return spoken if given is None else _preferred(given, spoken)


def kind_of(passenger: str) -> str:
    """A passenger type code as the rules know it: CNN and C09 are children."""
    code = passenger.upper()
    if code in _CHILD or (code[:1] == "C" and code[1:].isdigit()):
        return "CHD"
    return code


def conflicts(rules: FareRules) -> tuple[Conflict, ...]:
    """Where sentences that hold for everybody and always do not agree."""
    found = []
    for act in Act:
        for when in When:
            said = _said(rules, act, when, "")
            plain = [p for p in said if not p.condition and p.window is None]
            spoken = _spoken(act, when, plain, ())
            if spoken.against:
                found.append(Conflict(act, when, spoken.terms, spoken.because, spoken.against))
    return tuple(found)


def _said(rules: FareRules, act: Act, when: When, passenger: str) -> list[Penalty]:
    """A sentence for this type replaces what everybody pays, but allows nothing forbidden."""
    on = [p for p in rules.penalties if p.act is act and _covers(p, when)]
    own = [p for p in on if passenger in p.passengers]
    common = [p for p in on if not p.passengers]
    return own + [p for p in common if not own or p.terms == FORBIDDEN]


def _covers(penalty: Penalty, when: When) -> bool:
    """What is never permitted is not permitted after a no-show either."""
    never = penalty.terms == FORBIDDEN and {When.BEFORE, When.AFTER} <= set(penalty.when)
    return when in penalty.when or (when is When.NO_SHOW and never)


def _touches(remark: Remark, act: Act, when: When) -> bool:
    return (
        remark.act in (None, act)
        and (not remark.when or when in remark.when)
        and (remark.source.category in CATEGORIES[act])
    )


def _spoken(act: Act, when: When, said: list[Penalty], remarks: Iterable[Remark]) -> Ruling:
    """Sentences under a condition make it stricter, and never more lenient."""
    if not said:
        return Ruling(act, when, UNSTATED, Basis.NOT_STATED)
    terms = strictest(p.terms for p in said)
    if all(p.condition for p in said) and terms != FORBIDDEN:
        sources = _parts(said)
        return Ruling(act, when, UNSTATED, Basis.CONDITIONAL, against=sources)
    because = [p for p in said if _shown(p.terms, terms)]
    against = [p for p in said if not _shown(p.terms, terms)]
    if any(r.saying is Saying.FARE_DIFFERENCE for r in remarks) and act is Act.CHANGE:
        terms = _with_difference(terms)
    return Ruling(act, when, terms, Basis.TEXT, _parts(because), _parts(against))


def _parts(penalties: Iterable[Penalty]) -> tuple[Part, ...]:
    return tuple(dict.fromkeys(p.source for p in penalties))


def _shown(terms: Terms, shown: Terms) -> bool:
    if terms == shown:
        return True
    if terms.fee is None or shown.fee is None:
        return False
    return any(charge in shown.fee.charges for charge in terms.fee.charges)


def _with_difference(terms: Terms) -> Terms:
    if terms == FORBIDDEN:
        return terms
    fee = terms.fee or Fee()
    return at(Fee(fee.charges, fee.pick, fare_difference=True))


def _given(
    structured: Iterable[StructuredPenalty], act: Act, when: When, passenger: str
) -> Terms | None:
    """The strictest of the fares on the ticket."""
    terms = [
        _terms(one)
        for one in structured
        if one.applies is act and one.when is when and kind_of(one.passenger) == passenger
    ]
    return strictest(terms) if terms else None


def _terms(one: StructuredPenalty) -> Terms:
    if not one.allowed:
        return FORBIDDEN
    charges = [] if one.amount is None else [Charge(one.amount)]
    if one.percent is not None:
        charges.append(Charge(percent=one.percent))
    return at(Fee(tuple(charges))) if charges else FREE


def _preferred(given: Terms, spoken: Ruling) -> Ruling:
    difference = _difference(given, spoken.terms)
    return msgspec.structs.replace(
        spoken,
        terms=given,
        basis=Basis.STRUCTURED,
        because=() if difference else spoken.because,
        against=spoken.because + spoken.against if difference else spoken.against,
        difference=difference,
    )


def _difference(given: Terms, spoken: Terms) -> Difference | None:
    if spoken.verdict is Verdict.UNKNOWN:
        return None
    ours, theirs = _charges(spoken), _charges(given)
    if spoken.verdict is not given.verdict and (ours or theirs or FORBIDDEN in (given, spoken)):
        return Difference.VERDICT
    if ours == theirs:
        return None
    currencies = {money.currency for money, _ in ours ^ theirs if money is not None}
    return Difference.CURRENCY if len(currencies) > 1 else Difference.AMOUNT


def _charges(terms: Terms) -> set[tuple[Money | None, Decimal | None]]:
    fee = terms.fee or Fee()
    return {(charge.money, charge.percent) for charge in fee.charges}
