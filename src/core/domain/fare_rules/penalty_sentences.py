"""The sentences of categories 16, 31 and 33."""

from __future__ import annotations

from collections.abc import Callable

from core.domain.fare_rules.grammar import Captured
from core.domain.fare_rules.qualifiers import Tail
from core.domain.fare_rules.rules import ANY_TIME, Act, Penalty, Remark, Saying, When
from core.domain.fare_rules.sentence import Build, Sentence, Value, Where
from core.domain.fare_rules.terms import FORBIDDEN, FREE, Charge, Fee, Per, Terms, at
from core.domain.fare_rules.timing import Window

BOTH = (Act.CHANGE, Act.REFUND)


def _acts(subject: Tail, tail: Tail, where: Where) -> tuple[Act, ...]:
    """In a note the sentence itself must name the act: it may be about anything."""
    named = subject.acts or tail.acts
    missed = subject.no_show or tail.no_show or where.when == (When.NO_SHOW,)
    if named or not where.acts:
        return named or (BOTH if missed else ())
    return () if where.note and not missed else where.acts


def _when(act: Act, subject: Tail, tail: Tail, where: Where) -> tuple[When, ...]:
    if (subject.no_show and not subject.acts) or (tail.no_show and not tail.acts):
        return (When.NO_SHOW,)
    inherited = where.when if act in where.acts else ()
    when = tail.when or inherited or ANY_TIME
    missed = subject.no_show or tail.no_show
    return (*when, When.NO_SHOW) if missed and When.NO_SHOW not in when else when


def _penalties(
    terms: Terms, where: Where, tail: Tail, subject: Tail, passengers: tuple[str, ...] = ()
) -> tuple[Value, ...] | None:
    return (
        tuple(
            Penalty(
                act,
                _when(act, subject, tail, where),
                terms,
                where.part,
                passengers,
                tail.window,
                where.header,
                where.condition,
                where.note,
            )
            for act in _acts(subject, tail, where)
        )
        or None
    )


def _with(fee: Fee, tail: Tail, before: Per = Per.UNSTATED) -> Terms:
    per = tail.per if before is Per.UNSTATED else before
    charges = tuple(
        Charge(one.money, one.percent, per) if one.per is Per.UNSTATED else one
        for one in fee.charges
    )
    return at(Fee(charges, fee.pick, tail.fare_difference))


def _staged(got: Captured) -> Tail:
    """The tail, with the moment where the sentence said it before the charge."""
    tail: Tail = got.get("tail", Tail())
    if "stretch" not in got:
        return tail
    when, window = got["stretch"]
    return Tail(tail.acts, tail.no_show, when, window, tail.per, tail.fare_difference)


def _charged(got: Captured, where: Where) -> tuple[Value, ...] | None:
    tail, subject = _staged(got), got.get("deeds", Tail())
    terms = _with(got["fee"], tail, got.get("per", Per.UNSTATED))
    return _penalties(terms, where, tail, subject)


def _forbidden(got: Captured, where: Where) -> tuple[Value, ...] | None:
    return _penalties(FORBIDDEN, where, _staged(got), got["deeds"])


def _allowed(got: Captured, where: Where) -> tuple[Value, ...] | None:
    """Permitted up to 4 hours before, and no word of a price: within them it is not permitted."""
    tail = _staged(got)
    values = _penalties(_with(got.get("fee", Fee()), tail), where, tail, got["deeds"])
    window = tail.window
    if values is None or window is None or window.at_least is None or got.keys() & {"fee", "free"}:
        return values
    late = Tail(tail.acts, when=tail.when, window=Window(less_than=window.at_least))
    return values + (_penalties(FORBIDDEN, where, late, got["deeds"]) or ())


def _not_refundable(got: Captured, where: Where) -> tuple[Value, ...] | None:
    return _penalties(FORBIDDEN, where, got["tail"], Tail((Act.REFUND,)))


def _infants_free(got: Captured, where: Where) -> tuple[Value, ...] | None:
    tail: Tail = got.get("tail", Tail())
    return _penalties(FREE, where, tail, got.get("deeds", Tail()), ("INF",))


def _too_late(got: Captured, where: Where) -> tuple[Value, ...] | None:
    """At least 4 hours before: within them it is not permitted."""
    (when, window), subject = got["stretch"], got["deeds"]
    if window is None or window.at_least is None:
        return None
    tail = Tail(when=when, window=Window(less_than=window.at_least))
    return _penalties(FORBIDDEN, where, tail, subject)


def _says(
    saying: Saying,
    no: Saying | None = None,
    who: Callable[[Captured], tuple[str, ...]] | None = None,
) -> Build:
    def build(got: Captured, where: Where) -> tuple[Value, ...]:
        said = no if no is not None and "not" in got else saying
        passengers = () if who is None else who(got)
        per = got.get("per", Per.UNSTATED)
        subject: Tail = got.get("deeds", Tail())
        acts = subject.acts or where.acts
        act = acts[0] if len(acts) == 1 else None
        return (Remark(said, where.part, act, where.when, passengers, per),)

    return build


def _young(got: Captured) -> tuple[str, ...]:
    return (*(("CHD",) if "child" in got else ()), *(("INF",) if "infant" in got else ()))


_FEE = "(CHARGE|CHARGES|FEE|FEES|PENALTY|PENALTIES)"
_LEVIED = (
    "((WILL|MUST|SHALL|TO) BE (COLLECTED|CHARGED|APPLIED|LEVIED)|APPLIES|APPLY"
    "|(IS|ARE|WILL) (COLLECTED|CHARGED|APPLICABLE|APPLY))"
)
_INFANT = "(INFANT|INFANTS) [UNDER {age}] [WITHOUT [A] SEAT|NOT OCCUPYING [A] SEAT]"
_HARDEST = "(MOST RESTRICTIVE|MORE RESTRICTIVE|STRICTEST|HIGHEST|HIGHER)"
_RULES = "(RULE|RULES|PENALTY|PENALTIES|CONDITION|CONDITIONS|FEE|FEES|CHARGE|CHARGES)"
_COMBINED = "[WHEN MORE THAN ONE FARE COMPONENT IS [BEING] (CHANGED|CANCELLED) [,]|(WHEN|IF) [FARES ARE] (COMBINING|COMBINED) [FARES|WITH OTHER FARES] [,]]"
_OF_ALL = "[OF ALL [CHANGED|COMBINED] [FARES|FARE COMPONENTS] [(WITHIN|WITH|OF) THE JOURNEY]]"

PENALTIES = (
    Sentence(
        "CHARGE USD 150.00 FOR REISSUE/REVALIDATION",
        "(CHARGE|PENALTY|FEE) [OF] {fee} {tail}",
        _charged,
    ),
    Sentence(
        "PER DIRECTION CHARGE EUR 60.00 FOR CANCEL/REFUND", "{per} CHARGE {fee} {tail}", _charged
    ),
    Sentence(
        "A CHARGE OF 90 CHF MUST BE COLLECTED FOR CHANGE OF RESERVATION",
        f"[A] {_FEE} OF {{fee}} [{_LEVIED}] {{tail}}",
        _charged,
    ),
    Sentence(
        "NO-SHOW FEE SAR 200 PER DIRECTION APPLIES",
        f"[FOR|A] {{deeds}} {_FEE} [OF|IS|-|:] {{fee}} [{_LEVIED}] {{tail}}",
        _charged,
    ),
    Sentence(
        "FOR ALL CHANGES WITHIN 36 HOURS BEFORE DEPARTURE OF A FLIGHT A CHARGE OF 90 CHF APPLIES",
        f"[FOR] [ALL|ANY] {{deeds}} {{stretch}} [,] [A] {_FEE} [OF] {{fee}} [{_LEVIED}] {{tail}}",
        _charged,
    ),
    Sentence(
        "TICKET IS NON-REFUNDABLE IN CASE OF CANCEL/NO-SHOW",
        "[(TICKET|TICKETS|FARE|FARES) (IS|ARE)] (NON - REFUNDABLE|NON REFUNDABLE|NONREFUNDABLE"
        "|NOT REFUNDABLE) {tail}",
        _not_refundable,
    ),
    Sentence(
        "CHANGES NOT PERMITTED IN CASE OF NO-SHOW",
        "[ANY|ALL] {deeds} [{stretch}] [ARE|IS] NOT (PERMITTED|ALLOWED) {tail}",
        _forbidden,
    ),
    Sentence("NO REFUND PERMITTED", "NO {deeds} (PERMITTED|ALLOWED) {tail}", _forbidden),
    Sentence(
        "CHANGES PERMITTED FREE OF CHARGE UP TO 4 HOURS BEFORE DEPARTURE",
        "[ANY|ALL] {deeds} [{stretch}] [ARE|IS] (PERMITTED|ALLOWED)"
        f" [(AGAINST|WITH|FOR|AT) [A] {_FEE} OF {{fee}}]"
        " [{free}] {tail} [{free}]",
        _allowed,
    ),
    Sentence(
        "CHANGES ARE FREE OF CHARGE",
        "{deeds} [{stretch}] (ARE|IS) FREE [OF CHARGE] {tail}",
        _allowed,
    ),
    Sentence(
        "CHANGES MUST BE MADE AT LEAST 4 HOURS BEFORE DEPARTURE",
        "[ANY|ALL] {deeds} (MUST|SHALL|TO) BE (MADE|REQUESTED|COMPLETED|DONE) {stretch}",
        _too_late,
    ),
    Sentence(
        "INFANTS WITHOUT A SEAT REFUNDS FREE",
        f"{_INFANT} [{{deeds}}] [ARE|IS] FREE [OF CHARGE] [{{tail}}]",
        _infants_free,
    ),
    Sentence(
        "NO CHARGE FOR INFANTS WITHOUT A SEAT",
        f"(NO CHARGE|FREE OF CHARGE) FOR {_INFANT} {{tail}}",
        _infants_free,
    ),
    Sentence(
        "WAIVED FOR DEATH OF PASSENGER OR FAMILY MEMBER",
        f"[{_FEE} [IS|ARE|MAY BE]] WAIVED (FOR|IN [THE] CASE OF|IN [THE] EVENT OF) {{grounds}}",
        _says(Saying.WAIVED),
    ),
    Sentence(
        "CHILD/INFANT DISCOUNTS APPLY",
        "({child} [/ {infant}]|{infant}) (DISCOUNT|DISCOUNTS) [(DO|DOES) {not}] (APPLY|APPLIES)",
        _says(Saying.DISCOUNTS_APPLY, Saying.DISCOUNTS_DO_NOT_APPLY, _young),
    ),
    Sentence(
        "ANY DIFFERENCE IN FARES MUST BE COLLECTED",
        "[PLUS|CHARGE] [ANY|THE] (FARE DIFFERENCE|DIFFERENCE IN (FARE|FARES)) [IF ANY]"
        f" [{_LEVIED}]",
        _says(Saying.FARE_DIFFERENCE),
    ),
    Sentence(
        "REFUND OF UNUSED TAXES NOT PERMITTED",
        "[REFUND OF] (UNUSED|ALL|GOVERNMENT) (TAXES|TAX) [AND FEES] [ARE|IS|MAY BE] [{not}]"
        " (REFUNDABLE|REFUNDED|PERMITTED)",
        _says(Saying.TAXES_REFUNDED, Saying.TAXES_KEPT),
    ),
    Sentence(
        "CHARGES FOR CHANGES APPLY PER TICKET",
        f"{_FEE} [FOR {{deeds}}] (APPLY|APPLIES|ARE|IS) [CHARGED] {{per}}",
        _says(Saying.CHARGED_PER),
    ),
    Sentence(
        "WHEN COMBINING FARES THE MOST RESTRICTIVE RULE APPLIES",
        f"{_COMBINED} [APPLY] [THE] {_HARDEST} [{{deeds}}] {_RULES} {_OF_ALL} [{_LEVIED}]",
        _says(Saying.STRICTEST_APPLIES),
    ),
    Sentence(
        "THE LOWEST PENALTY APPLIES",
        f"{_COMBINED} [APPLY] [THE] (LOWEST|LEAST RESTRICTIVE) [{{deeds}}] {_RULES} {_OF_ALL}"
        f" [{_LEVIED}]",
        _says(Saying.LOWEST_APPLIES),
    ),
)
