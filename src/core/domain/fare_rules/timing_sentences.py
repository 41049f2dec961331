"""The sentences of categories 5, 6, 7 and 15."""

from __future__ import annotations

from core.domain.fare_rules.grammar import Captured
from core.domain.fare_rules.rules import Remark, Saying
from core.domain.fare_rules.sentence import Build, Sentence, Value, Where
from core.domain.fare_rules.timing import Bound, Deadline, Stay, Whichever, Window


def _deadlines(got: Captured, where: Where, *, at_once: bool = False) -> tuple[Value, ...] | None:
    reserved = None
    if "made_before" in got or "made_within" in got:
        reserved = Window(got.get("made_before"), got.get("made_within"))
    both = "both" in got
    limited = at_once or got.keys() & {"before", "after", "by", "same_time", "none"}
    if not limited and (both or "ticketing" in got):
        return None  # "TICKETING IS REQUIRED": it does not say when
    return tuple(
        Deadline(
            ticketing,
            got.get("before"),
            got.get("after"),
            Whichever.LATER if "later" in got else Whichever.EARLIER,
            at_once or "same_time" in got,
            got.get("by"),
            reserved,
            where.alternative,
            where.header,
            where.condition,
            where.part,
        )
        for ticketing in (False, True)
        if both or ticketing == ("ticketing" in got)
    )


def _none_asked(_: Captured, where: Where) -> tuple[Value, ...] | None:
    return _deadlines({"both": True, "none": True}, where)


def _at_once(_: Captured, where: Where) -> tuple[Value, ...] | None:
    return _deadlines({"ticketing": True}, where, at_once=True)


def _stay(got: Captured, where: Where) -> tuple[Value, ...] | None:
    limits = tuple(got[name] for name in ("limit", "other") if name in got)
    bound = Bound.MINIMUM if "minimum" in got else Bound.MAXIMUM
    later = "later" in got or (bound is Bound.MINIMUM and "sooner" not in got)
    return (
        Stay(
            bound,
            limits,
            Whichever.LATER if later else Whichever.EARLIER,  # unsaid, the stricter
            "arrival" in got,
            "completed" in got,
            where.alternative,
            where.header,
            where.condition,
            where.part,
        ),
    )


def _no_bound(_: Captured, where: Where) -> tuple[Value, ...] | None:
    return _stay({"minimum": True} if where.part.category == 6 else {}, where)


def _says(saying: Saying, no: Saying) -> Build:
    def build(got: Captured, where: Where) -> tuple[Value, ...]:
        return (Remark(no if "not" in got else saying, where.part),)

    return build


_BOOKED = "(RESERVATION|RESERVATIONS|BOOKING) [ARE|IS|WAS|WERE] [MADE|CONFIRMED]"
_BEFORE = "(AT LEAST|NO LATER THAN|NOT LATER THAN) {before} (BEFORE|PRIOR TO) DEPARTURE"
_AFTER = f"(WITHIN|NO LATER THAN|NOT LATER THAN) {{after}} (AFTER|OF|FROM) {_BOOKED}"
_WHICHEVER = "[,] [WHICHEVER (IS|COMES) [THE] ({sooner}|{later})]"
_MADE = (
    f"(WHEN|IF|FOR) {_BOOKED} ((AT LEAST|MORE THAN) {{made_before}} (BEFORE|PRIOR TO) DEPARTURE"
    "|(WITHIN|LESS THAN) {made_within} (BEFORE|PRIOR TO|OF) DEPARTURE) [,]"
)
_ALL = "[FOR ALL (SECTORS|SEGMENTS|FLIGHTS)]"
_WHAT = f"({{both}}|[CONFIRMED] (RESERVATIONS|RESERVATION) {_ALL}|{{ticketing}})"
_ASKED = "((MUST|SHALL) BE (COMPLETED|MADE|ISSUED)|(ARE|IS) REQUIRED)"
_LIMITS = (
    f"({{same_time}}|{_AFTER} [,] [(OR|AND) {_BEFORE} {_WHICHEVER}]"
    f"|{_BEFORE} [,] [(OR|AND) {_AFTER} {_WHICHEVER}])"
)
_DAY = "(ON / BEFORE|ON OR BEFORE|BEFORE OR ON|BY|NO LATER THAN|NOT LATER THAN) {by}"
_FROM = "AFTER [DEPARTURE|{arrival}] [(FROM|OF|ON|AT|IN) {point}]"

DEADLINES = (
    Sentence(
        "NO ADVANCE RESERVATION/TICKETING REQUIREMENTS APPLY",
        "NO (ADVANCE|ADVANCED) (RESERVATION|RESERVATIONS|PURCHASE|TICKETING)"
        " [/ (TICKET|TICKETING|TICKETS)] (REQUIREMENT|REQUIREMENTS) [APPLY]",
        _none_asked,
    ),
    Sentence("NONE UNLESS OTHERWISE SPECIFIED", "NONE [UNLESS OTHERWISE SPECIFIED]", _none_asked),
    Sentence(
        "WHEN RESERVATIONS ARE MADE AT LEAST 4 DAYS BEFORE DEPARTURE TICKETING MUST BE COMPLETED"
        " WITHIN 72 HOURS AFTER RESERVATIONS ARE MADE OR AT LEAST 3 DAYS BEFORE DEPARTURE"
        " WHICHEVER IS EARLIER",
        f"[{_MADE}] {_WHAT} {_ASKED} {_ALL} [{_LIMITS}|{_DAY}]",
        _deadlines,
    ),
    Sentence(
        "INSTANT TICKETING IS REQUIRED",
        "(INSTANT|IMMEDIATE) (TICKETING|PURCHASE) [IS] [REQUIRED]",
        _at_once,
    ),
    Sentence(
        "WAITLIST AND STANDBY NOT PERMITTED",
        "(WAITLIST|WAITLISTING|STANDBY) [(AND|/) STANDBY] [{not}] PERMITTED [AT TIME OF TICKETING]",
        _says(Saying.WAITLIST, Saying.NO_WAITLIST),
    ),
    Sentence(
        "OPEN RETURNS NOT PERMITTED",
        "OPEN (RETURN|RETURNS) [{not}] PERMITTED",
        _says(Saying.OPEN_RETURN, Saying.NO_OPEN_RETURN),
    ),
)
STAYS = (
    Sentence(
        "TRAVEL FROM LAST STOPOVER MUST COMMENCE NO LATER THAN 3 MONTHS AFTER DEPARTURE FROM FARE"
        " ORIGIN",
        "[ALL] (TRAVEL|RETURN TRAVEL) [FROM {point}] MUST (COMMENCE|{completed})"
        " ((NO|NOT) EARLIER THAN {minimum} {limit}|(NO|NOT) LATER THAN {limit}|WITHIN {limit})"
        f" [{_FROM}] [OR [NO (EARLIER|LATER) THAN] {{other}} [{_FROM}] {_WHICHEVER}]",
        _stay,
    ),
    Sentence(
        "NO MINIMUM STAY REQUIREMENTS APPLY",
        "NO (MINIMUM|MAXIMUM) STAY [REQUIREMENT|REQUIREMENTS|RESTRICTION|RESTRICTIONS] [APPLY]",
        _no_bound,
    ),
    Sentence("NONE UNLESS OTHERWISE SPECIFIED", "NONE [UNLESS OTHERWISE SPECIFIED]", _no_bound),
    Sentence(
        "MINIMUM STAY 3 DAYS",
        "({shortest}|MAXIMUM|MAX) STAY [IS|OF|-|:] {limit}",
        lambda got, where: _stay(
            {"limit": got["limit"]} | ({"minimum": True} if "shortest" in got else {}), where
        ),
    ),
)
SALES = (
    Sentence(
        "TICKETS MUST BE ISSUED ON/BEFORE 31DEC26",
        f"{{ticketing}} {_ASKED} {_DAY}",
        _deadlines,
    ),
)
