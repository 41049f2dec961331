"""What an agent asks: may it be changed or refunded, by when ticketed, does the stay fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.fare_rules import (
    FareRules,
    StructuredPenalty,
    can_change,
    must_ticket_by,
    parse,
    refund_at,
    ruling,
    stay_fits,
)
from core.domain.fare_rules.questions import Ticketing
from core.domain.fare_rules.rules import Act, When
from core.domain.fare_rules.ruling import Basis, Difference
from core.domain.fare_rules.staying import Fit
from core.domain.fare_rules.terms import (
    FORBIDDEN,
    FREE,
    Charge,
    Fee,
    Pick,
    Terms,
    Verdict,
    at,
    strictest,
)
from core.domain.fare_rules.timing import Bound, Span, Unit
from core.domain.money import Money
from tests.unit.domain.given import modest

DEPARTURE = datetime(2027, 3, 1, 22, tzinfo=UTC)
EARLY = DEPARTURE - timedelta(days=60)
FLEX = """CHANGES
BEFORE DEPARTURE
CHARGE SAR 100 FOR REISSUE. FARE DIFFERENCE APPLIES.
NOTE -
FOR CHANGES WITHIN 24 HOURS BEFORE DEPARTURE A CHARGE OF 250 SAR APPLIES.
NOTE -
ASK THE DESK ABOUT GROUPS.
AFTER DEPARTURE
CHANGES NOT PERMITTED.
CANCELLATIONS
ANY TIME
TICKET IS NON-REFUNDABLE."""


def usd(amount: int) -> Money:
    return Money.of(amount, "USD")


def a_fee(*charges: Charge) -> Terms:
    return at(Fee(charges))


def given_data(amount: Money | None = None, *, allowed: bool = True) -> StructuredPenalty:
    return StructuredPenalty(Act.CHANGE, When.BEFORE, allowed, amount)


def test_a_change_before_departure_costs_what_the_text_says() -> None:
    answer = can_change(parse({16: FLEX}), EARLY, DEPARTURE)
    fee = answer.terms.fee
    assert fee is not None
    assert (fee.due(Money.of(2000, "SAR")), fee.fare_difference) == (Money.of(100, "SAR"), True)
    assert [(part.first, part.text) for part in answer.because] == [
        (3, "CHARGE SAR 100 FOR REISSUE.")
    ]
    assert [part.text for part in answer.unread] == ["ASK THE DESK ABOUT GROUPS."]


def test_the_last_day_is_dearer_and_both_sentences_are_named() -> None:
    answer = can_change(parse({16: FLEX}), DEPARTURE - timedelta(hours=3), DEPARTURE)
    assert answer.terms.fee is not None
    assert answer.terms.fee.charges == (Charge(Money.of(250, "SAR")),)
    assert [part.first for part in (*answer.because, *answer.against)] == [5, 3]


def test_what_is_never_permitted_is_not_after_a_no_show_and_what_is_not_said_is_unknown() -> None:
    rules = parse({16: FLEX})
    assert refund_at(rules, EARLY, DEPARTURE, no_show=True).terms == FORBIDDEN
    unknown = can_change(rules, EARLY, DEPARTURE, no_show=True)
    assert (unknown.terms.verdict, unknown.basis) == (Verdict.UNKNOWN, Basis.NOT_STATED)
    assert can_change(rules, DEPARTURE, DEPARTURE).terms == FORBIDDEN


def test_rules_travel_as_json() -> None:
    rules = parse({16: FLEX, 5: SOON, 6: SUNDAY}, structured=[given_data(usd(50))], carrier="SV")
    assert msgspec.json.decode(msgspec.json.encode(rules), type=FareRules) == rules


def test_nothing_is_known_of_a_fare_without_text() -> None:
    assert can_change(parse({}), EARLY, DEPARTURE).terms.verdict is Verdict.UNKNOWN
    assert must_ticket_by(parse({}), EARLY, DEPARTURE).outcome is Ticketing.UNKNOWN
    assert stay_fits(parse({}), EARLY, DEPARTURE).fit is Fit.UNKNOWN


def test_a_permission_under_a_condition_is_no_permission() -> None:
    rules = parse({16: "FOR TICKETING ON/AFTER 01APR26\nCHANGES\nANY TIME\nCHANGES PERMITTED."})
    answer = can_change(rules, EARLY, DEPARTURE)
    assert (answer.terms.verdict, answer.basis) == (Verdict.UNKNOWN, Basis.CONDITIONAL)
    assert [part.text for part in answer.against] == ["CHANGES PERMITTED."]


@pytest.mark.parametrize(
    ("data", "difference"),
    [
        (given_data(Money.of(100, "SAR")), None),
        (given_data(Money.of(80, "SAR")), Difference.AMOUNT),
        (given_data(usd(27)), Difference.CURRENCY),
        (given_data(), Difference.VERDICT),
        (given_data(allowed=False), Difference.VERDICT),
    ],
)
def test_data_is_preferred_and_where_the_text_differs_it_is_said(
    data: StructuredPenalty, difference: Difference | None
) -> None:
    text = "CHANGES\nBEFORE DEPARTURE\nCHARGE SAR 100 FOR REISSUE."
    answer = can_change(parse({16: text}, structured=[data]), EARLY, DEPARTURE)
    assert (answer.basis, answer.difference) == (Basis.STRUCTURED, difference)
    assert (answer.terms.verdict is Verdict.NOT_ALLOWED) == (not data.allowed)
    assert [part.first for part in (answer.against if difference else answer.because)] == [3]


def test_of_the_data_of_several_fares_the_strictest_counts_and_each_passenger_has_his_own() -> None:
    child = StructuredPenalty(Act.CHANGE, When.BEFORE, False, passenger="CNN")
    rules = parse({}, structured=[given_data(usd(50)), given_data(usd(90)), child])
    assert can_change(rules, EARLY, DEPARTURE).terms == a_fee(Charge(usd(90)))
    assert can_change(rules, EARLY, DEPARTURE, passenger="C07").terms == FORBIDDEN
    assert can_change(rules, EARLY, DEPARTURE, passenger="INF").basis is Basis.NOT_STATED


def test_infants_may_be_spared_a_fee_but_not_a_prohibition() -> None:
    free = "INFANT UNDER 2 WITHOUT A SEAT REFUNDS FREE."
    fee = parse({16: f"CANCELLATIONS\nANY TIME\nCHARGE USD 50 FOR REFUND.\n{free}"})
    assert ruling(fee, Act.REFUND, When.BEFORE, passenger="INF").terms == FREE
    assert ruling(fee, Act.REFUND, When.BEFORE).terms == a_fee(Charge(usd(50)))
    never = parse({16: f"CANCELLATIONS\nANY TIME\nTICKET IS NON-REFUNDABLE.\n{free}"})
    assert ruling(never, Act.REFUND, When.BEFORE, passenger="INF").terms == FORBIDDEN


def test_fees_that_cannot_be_compared_are_both_kept() -> None:
    both = strictest([a_fee(Charge(usd(50))), a_fee(Charge(percent=Decimal(20)))])
    assert both.fee is not None
    assert both.fee.due(usd(1000)) == usd(200)
    assert both.fee.due(usd(100)) == usd(50)
    assert both.fee.due(Money.of(100, "EUR")) is None


fees = st.builds(
    lambda amount, percent, pick: at(Fee((Charge(usd(amount)), Charge(percent=percent)), pick)),
    st.integers(0, 300),
    st.integers(0, 100).map(Decimal),
    st.sampled_from(list(Pick)),
)


@modest
@given(st.lists(fees | st.sampled_from([FREE, FORBIDDEN]), min_size=1), st.integers(0, 1000))
def test_the_strictest_is_never_below_any_of_them(several: list[Terms], fare: int) -> None:
    worst = strictest(several)
    assert (worst == FORBIDDEN) == (FORBIDDEN in several)
    if worst == FORBIDDEN:
        return
    amounts = [one.fee.due(usd(fare)) for one in several if one.fee is not None]
    most = max((amount.minor for amount in amounts if amount is not None), default=0)
    due = worst.fee.due(usd(fare)) if worst.fee else usd(0)
    assert due is not None
    assert due.minor >= most


SOON = "TICKETING MUST BE COMPLETED WITHIN 72 HOURS AFTER RESERVATIONS ARE MADE OR AT LEAST 10 DAYS BEFORE DEPARTURE WHICHEVER IS EARLIER."
BY_TIME = "WHEN RESERVATIONS ARE MADE AT LEAST 4 DAYS BEFORE DEPARTURE TICKETING MUST BE COMPLETED WITHIN 2 DAYS AFTER RESERVATIONS ARE MADE.\nOR - RESERVATIONS AND TICKETING MUST BE COMPLETED AT THE SAME TIME."


@pytest.mark.parametrize(
    ("text", "days_before", "outcome", "hours_after"),
    [
        (SOON, 60, Ticketing.BY, 72),
        (SOON, 11, Ticketing.BY, 24),
        (SOON, 9, Ticketing.TOO_LATE, None),
        (BY_TIME, 5, Ticketing.BY, 48),
        (BY_TIME, 3, Ticketing.AT_ONCE, 0),
        ("INSTANT TICKETING IS REQUIRED.", 60, Ticketing.AT_ONCE, 0),
        ("NO ADVANCE RESERVATION/TICKETING REQUIREMENTS APPLY.", 1, Ticketing.NO_LIMIT, None),
        ("RESERVATIONS ARE REQUIRED FOR ALL SECTORS.", 60, Ticketing.UNKNOWN, None),
        ("TICKETING IS REQUIRED.", 60, Ticketing.UNKNOWN, None),
        (
            "RESERVATIONS ARE REQUIRED AT LEAST 14 DAYS BEFORE DEPARTURE.",
            9,
            Ticketing.TOO_LATE,
            None,
        ),
    ],
)
def test_the_ticketing_limit(
    text: str, days_before: int, outcome: Ticketing, hours_after: int | None
) -> None:
    booked_at = DEPARTURE - timedelta(days=days_before)
    answer = must_ticket_by(parse({5: text}), booked_at, DEPARTURE)
    by = None if hours_after is None else booked_at + timedelta(hours=hours_after)
    assert (answer.outcome, answer.by) == (outcome, by)
    assert bool(answer.because) == (outcome is not Ticketing.UNKNOWN)


def test_of_two_limits_the_earlier_counts_and_the_other_is_named() -> None:
    text = "TICKETING MUST BE COMPLETED WITHIN 3 DAYS AFTER RESERVATIONS ARE MADE."
    rules = parse({5: text, 15: "TICKETS MUST BE ISSUED ON/BEFORE 31DEC26."})
    answer = must_ticket_by(rules, datetime(2026, 12, 30, 12, tzinfo=UTC), DEPARTURE)
    assert answer.by == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert [part.category for part in (*answer.because, *answer.against)] == [15, 5]
    late = must_ticket_by(rules, datetime(2027, 1, 1, tzinfo=UTC), DEPARTURE)
    assert late.outcome is Ticketing.TOO_LATE


MINIMUM = "TRAVEL FROM LAST STOPOVER MUST COMMENCE NO EARLIER THAN 3 DAYS AFTER DEPARTURE FROM FARE ORIGIN."
SUNDAY = "TRAVEL FROM TURNAROUND MUST COMMENCE NO EARLIER THAN THE FIRST SUN AFTER ARRIVAL."
MAXIMUM = "TRAVEL FROM LAST STOPOVER MUST COMMENCE NO LATER THAN 1 MONTH AFTER DEPARTURE FROM FARE ORIGIN."
NONE = "NONE UNLESS OTHERWISE SPECIFIED"


@pytest.mark.parametrize(
    ("minimum", "maximum", "days", "fit"),
    [
        (MINIMUM, MAXIMUM, 2, Fit.TOO_SHORT),
        (MINIMUM, MAXIMUM, 3, Fit.FITS),
        (MINIMUM, MAXIMUM, 31, Fit.FITS),
        (MINIMUM, MAXIMUM, 32, Fit.TOO_LONG),
        (NONE, NONE, 0, Fit.FITS),
        (SUNDAY, NONE, 5, Fit.TOO_SHORT),
        (SUNDAY, NONE, 6, Fit.UNKNOWN),
        (f"{SUNDAY}\nOR - {MINIMUM}", NONE, 5, Fit.FITS),
        ("SEE THE DESK.", MAXIMUM, 5, Fit.UNKNOWN),
    ],
)
def test_the_stay(minimum: str, maximum: str, days: int, fit: Fit) -> None:
    """1 March 2027 is a Monday. By the day: the hour of the way back does not matter."""
    back = (DEPARTURE + timedelta(days=days)).replace(hour=23 if days > 3 else 22)
    assert stay_fits(parse({6: minimum, 7: maximum}), DEPARTURE, back).fit is fit


@pytest.mark.parametrize(
    ("day", "count", "unit", "after"),
    [
        ("2027-01-31", 1, Unit.MONTH, "2027-02-28"),
        ("2027-12-15", 1, Unit.MONTH, "2028-01-15"),
        ("2028-02-29", 1, Unit.YEAR, "2029-02-28"),
        ("2026-11-30", 3, Unit.MONTH, "2027-02-28"),
    ],
)
def test_months_keep_the_day_or_take_the_last(day: str, count: int, unit: Unit, after: str) -> None:
    then = datetime.fromisoformat(day).replace(tzinfo=UTC)
    assert Span(count, unit).after(then).date().isoformat() == after


def test_counted_from_an_arrival_that_is_known() -> None:
    rules = parse({6: SUNDAY, 7: NONE})
    sunday = DEPARTURE + timedelta(days=6)
    assert stay_fits(rules, DEPARTURE, sunday, arrival=DEPARTURE).fit is Fit.FITS
    answer = stay_fits(rules, DEPARTURE, sunday)
    assert (answer.fit, answer.unsure) == (Fit.UNKNOWN, (Bound.MINIMUM,))
    late = stay_fits(rules, DEPARTURE, sunday, arrival=sunday)
    assert (late.fit, [part.text for part in late.because]) == (Fit.TOO_SHORT, [SUNDAY])


def test_a_journey_to_be_over_by_a_day_needs_its_end() -> None:
    rules = parse({6: NONE, 7: "ALL TRAVEL MUST BE COMPLETED NO LATER THAN 31MAR27."})
    back = datetime(2027, 3, 31, 20, tzinfo=UTC)
    assert stay_fits(rules, DEPARTURE, back).fit is Fit.UNKNOWN
    assert stay_fits(rules, DEPARTURE, back, home=back + timedelta(hours=2)).fit is Fit.FITS
    assert stay_fits(rules, DEPARTURE, back, home=back + timedelta(hours=9)).fit is Fit.TOO_LONG
