"""What an agreement must say, and whether what it says is true."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.agreements.akad import template, words
from core.domain.agreements.akad.page import UNREVIEWED, page
from core.domain.agreements.akad.template import Clause, Review, Template
from core.domain.agreements.akad.terms import (
    Instalment,
    Line,
    Pilgrim,
    RefundStep,
    Terms,
    faults_of,
    plan_faults,
    planned,
)
from core.domain.agreements.akad.wakalah import FIRST, FORM
from core.domain.bookings.booking import Booking, BookingState
from core.domain.bookings.hotel import Room
from core.domain.bookings.terms import Price
from core.domain.money import Money, zero
from core.domain.payments.payment_plan import Instalment as Part
from core.domain.payments.payment_plan import InstalmentKind, PaymentPlan, PlanState
from core.domain.stay import Occupancy
from tests.unit.domain.given import NOW, a_booking, an_offer, modest, sar
from tests.unit.domain.given_akad import idr, some_terms

replace = msgspec.structs.replace
ROOMS = (Room("DBL", "Double", Occupancy(2)),)


def with_clause(key: str, **changes: str) -> Template:
    clauses = [replace(c, **changes) if c.key == key else c for c in FIRST.clauses]
    return replace(FIRST, clauses=tuple(clauses))


def said(faults: tuple[Any, ...]) -> list[str]:
    return [f"{f.pointer} {f.message}".strip() for f in faults]


def test_the_first_text_holds_all_it_has_to() -> None:
    assert template.faults_of(FIRST, FORM) == ()


@pytest.mark.parametrize("key", FORM.clauses)
def test_every_required_clause_is_missed(key: str) -> None:
    without = replace(FIRST, clauses=tuple(c for c in FIRST.clauses if c.key != key))
    assert said(template.faults_of(without, FORM)) == [
        f"/clauses the required clause {key!r} is missing"
    ]


@pytest.mark.parametrize(
    ("key", "name"), [(key, name) for key, names in FORM.clauses.items() for name in names]
)
def test_every_required_figure_is_missed(key: str, name: str) -> None:
    text = next(c.text for c in FIRST.clauses if c.key == key).replace(f"{{{name}}}", "–")
    (fault,) = template.faults_of(with_clause(key, text=text), FORM)
    assert fault.message == f"the clause {key!r} has to say {{{name}}}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": "{price}"}, "there is no placeholder {price}"),
        ({"text": " "}, "the clause 'duties' says nothing"),
        ({"heading": ""}, "the clause 'duties' has no heading"),
        ({"text": "a { b"}, "a brace stands for a placeholder, as in {ujrah}"),
        ({"text": "see {table:plan} above"}, "a table stands in a paragraph of its own"),
    ],
)
def test_what_is_wrong_in_a_clause_is_said(changes: dict[str, str], message: str) -> None:
    assert message in [
        f.message for f in template.faults_of(with_clause("duties", **changes), FORM)
    ]


def test_a_clause_twice_is_said() -> None:
    twice = replace(FIRST, clauses=(*FIRST.clauses, Clause("ujrah", "x", "{ujrah} {ujrah_words}")))
    assert said(template.faults_of(twice, FORM)) == [
        f"/clauses/{len(FIRST.clauses)}/key there are two clauses 'ujrah'"
    ]


def test_only_a_lawyer_and_a_sharia_supervisor_together_take_the_warning_away() -> None:
    legal, sharia = Review("legal", "A", NOW), Review("sharia", "B", NOW)
    for reviews, notice in (((), UNREVIEWED), ((legal,), UNREVIEWED), ((legal, sharia), "")):
        reviewed = replace(FIRST, reviews=reviews)
        assert page("agr_1", reviewed, FORM, some_terms(), [])["notice"] == notice


def a_stay(sell: Money | None = None, **other: Any) -> Booking:
    offer = an_offer(rooms=ROOMS)
    if sell is not None:
        offer = replace(offer, price=Price(net=sell, sell=sell, commission=zero(sell.currency)))
    return replace(a_booking(), id="bkg_1", offer=offer, state=BookingState.CONFIRMED, **other)


def hotel_line(**other: Any) -> Terms:
    """Terms with a third line, of a hotel that is booked for 1,000.00 SAR."""
    line = replace(Line("Hotel", idr(4_200_000), "bkg_1", sar(100_000)), **other)
    terms = some_terms()
    return replace(terms, lines=(*terms.lines, line), ujrah=idr(300_000))


def test_what_agrees_has_no_fault() -> None:
    assert faults_of(some_terms(), {}) == ()
    assert faults_of(hotel_line(), {"bkg_1": a_stay()}) == ()
    in_rupiah = hotel_line(sold_for=None)
    assert faults_of(in_rupiah, {"bkg_1": a_stay(sell=idr(4_200_000))}) == ()


@dataclasses.dataclass
class Wrong:
    terms: Terms
    says: str
    bookings: dict[str, Booking] = dataclasses.field(default_factory=dict)


STAY = {"bkg_1": a_stay()}
PLAN = some_terms().plan
WRONG = {
    "the total": Wrong(some_terms(total=idr(50_000_001)), "/total is IDR 50,000,001.00; the entrusted"),
    "the plan": Wrong(some_terms(plan=PLAN[:1]), "/plan its parts make IDR 20,000,000.00"),
    "a hotel at another price": Wrong(
        hotel_line(sold_for=sar(99_999)), "/lines/2/sold_for is SAR 999.99; bkg_1 is sold for", STAY
    ),
    "a hotel in rupiah at another price": Wrong(
        hotel_line(sold_for=None),
        "/lines/2/amount is IDR 4,200,000.00; bkg_1 is sold for IDR 5.00",
        {"bkg_1": a_stay(sell=Money(500, "IDR"))},
    ),
    "two prices in one currency": Wrong(
        hotel_line(sold_for=idr(1)), "/lines/2/sold_for is only for another", {"bkg_1": a_stay(idr(1))}
    ),
    "a booking that is not of it": Wrong(hotel_line(), "/lines/2/booking is no booking"),
    "a booking nobody pays for": Wrong(some_terms(), "/lines no line pays for bkg_1", STAY),
    "a cancelled booking": Wrong(
        hotel_line(),
        "/bookings bkg_1 is cancelled",
        {"bkg_1": replace(a_stay(), state=BookingState.CANCELLED)},
    ),
    "a stay after the return": Wrong(
        replace(hotel_line(), returns=date(2027, 1, 18)), "/departs bkg_1 is from", STAY
    ),
    "more pilgrims than beds": Wrong(
        replace(hotel_line(), pilgrims=(Pilgrim("A"),) * 3), "/pilgrims are 3; bkg_1 is for 2", STAY
    ),
    "no ujrah": Wrong(some_terms(ujrah=idr(0)), "/ujrah must be above 0"),
    "another currency": Wrong(some_terms(ujrah=sar(1)), "/ujrah is in SAR; the total is in IDR"),
    "too much for words": Wrong(some_terms(ujrah=idr(10**15)), "/ujrah is more than can be written"),
    "a return before the departure": Wrong(
        some_terms(returns=date(2027, 1, 1)), "/returns is before the departure"
    ),
    "a departure before the agreement": Wrong(
        some_terms(on=date(2027, 2, 1)), "/departs is before the agreement"
    ),
    "a part due after the departure": Wrong(
        some_terms(plan=(PLAN[0], replace(PLAN[1], due=date(2027, 2, 1)))), "/plan/1/due is after"
    ),
    "parts out of order": Wrong(
        some_terms(plan=(replace(PLAN[0], due=date(2027, 1, 6)), PLAN[1])), "/plan/1/due is before"
    ),
    "refunds out of order": Wrong(
        some_terms(refunds=(RefundStep(30, 50), RefundStep(45, 90))), "/refunds has to go"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_figure_that_does_not_match_is_named(name: str) -> None:
    wrong = WRONG[name]
    faults = said(faults_of(wrong.terms, wrong.bookings))
    assert [f for f in faults if f.startswith(wrong.says)], faults


def a_plan(**other: Any) -> PaymentPlan:
    price = some_terms().total
    made = PaymentPlan(
        id="pln_1",
        entity="ent_1",
        price=price,
        timezone="Asia/Jakarta",
        instalments=(
            Part(idr(20_000_000), date(2026, 12, 1), InstalmentKind.DEPOSIT),
            Part(idr(30_000_000), date(2027, 1, 5)),
        ),
        created_at=NOW,
        updated_at=NOW,
        received=zero("IDR"),
        charged_back=zero("IDR"),
    )
    return replace(made, **other)


def test_the_payment_plan_that_is_kept_says_how_it_is_paid() -> None:
    assert planned(a_plan()) == some_terms().plan
    assert plan_faults(some_terms(), a_plan()) == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"price": idr(1)}, "/total is IDR 50,000,000.00; pln_1 is for IDR 1.00"),
        ({"state": PlanState.CANCELLED}, "/payment_plan was cancelled"),
        ({"instalments": a_plan().instalments[:1]}, "/plan has 2 parts; pln_1 has 1"),
        (
            {"instalments": a_plan().instalments[::-1]},
            "/plan/0 pln_1 has IDR 30,000,000.00 by 2027-01-05",
        ),
    ],
)
def test_a_payment_plan_that_differs_is_named(change: dict[str, Any], says: str) -> None:
    assert says in said(plan_faults(some_terms(), a_plan(**change)))


def test_every_fault_is_said_not_only_the_first() -> None:
    terms = some_terms(total=idr(1), returns=date(2027, 1, 1), plan=())
    assert len(faults_of(terms, {})) == 3


@modest
@given(parts=st.lists(st.integers(1, 10**12), min_size=1, max_size=6), off=st.integers(-3, 3))
def test_sums_are_exact(parts: list[int], off: int) -> None:
    lines = tuple(Line(f"#{n}", Money(p, "IDR")) for n, p in enumerate(parts))
    total = Money(sum(parts) + 100 + off, "IDR")
    plan = (Instalment("all", date(2026, 12, 1), total),)
    terms = some_terms(lines=lines, ujrah=Money(100, "IDR"), total=total, plan=plan)
    assert (faults_of(terms, {}) == ()) == (off == 0)


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "nol"),
        (11, "sebelas"),
        (17, "tujuh belas"),
        (21, "dua puluh satu"),
        (100, "seratus"),
        (1000, "seribu"),
        (1100, "seribu seratus"),
        (69_500_000, "enam puluh sembilan juta lima ratus ribu"),
        (1_001_000_000, "satu miliar satu juta"),
        (2_000_000_000_007, "dua triliun tujuh"),
    ],
)
def test_numbers_in_words(n: int, said: str) -> None:
    assert words.number(n) == said


@given(st.integers(0, words.MOST - 1), st.integers(0, words.MOST - 1))
def test_different_numbers_have_different_words(a: int, b: int) -> None:
    assert (words.number(a) == words.number(b)) == (a == b)


def test_amounts_and_dates_as_indonesian_writes_them() -> None:
    assert words.amount(idr(35_000_000)) == "Rp 35.000.000,00"
    assert words.amount(sar(412_550)) == "SAR 4.125,50"
    assert words.in_words(sar(412_550)) == (
        "empat ribu seratus dua puluh lima lima puluh per seratus riyal Saudi"
    )
    assert (words.day(date(2027, 1, 14)), words.weekday(date(2026, 11, 22))) == (
        "14 Januari 2027",
        "Ahad",
    )
