"""Plans: what is due, overdue, paid and overpaid, as a table and as properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.money import Money
from core.domain.payments.payment_plan import (
    FeeStep,
    Instalment,
    InstalmentKind,
    PaymentPlan,
    PlanState,
    fee_on,
    in_parts,
    next_open,
    plan_faults,
    standings,
)
from core.domain.payments.payment_plan_moves import Moved, cancelled, looked_at, received
from core.domain.refusal import IllegalMove

MADE = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAYS = (date(2026, 11, 25), date(2026, 12, 25), date(2027, 1, 25))


def idr(rupiah: int) -> Money:
    return Money(rupiah * 100, "IDR")


def a_plan(*amounts: int, timezone: str = "Asia/Jakarta") -> PaymentPlan:
    kinds = (InstalmentKind.DEPOSIT, *[InstalmentKind.INSTALMENT] * 9)
    sums = amounts or (5_000_000, 15_000_000, 15_000_000)
    days = [DAYS[0] + timedelta(days=30 * n) for n in range(len(sums))]
    parts = [Instalment(idr(a), d, k) for a, d, k in zip(sums, days, kinds, strict=False)]
    return PaymentPlan(
        id="pln_1",
        entity="ent_1",
        price=idr(sum(sums)),
        timezone=timezone,
        instalments=tuple(parts),
        created_at=MADE,
        updated_at=MADE,
        received=idr(0),
        charged_back=idr(0),
        fees=(
            FeeStep(date(2026, 11, 22), idr(2_500_000)),
            FeeStep(date(2027, 1, 1), idr(20_000_000)),
        ),
    )


def names(moved: Moved) -> list[str]:
    return [
        t.name.removeprefix("payment_plan.") + (f" {t.instalment.number}" if t.instalment else "")
        for t in moved.told
    ]


def jakarta(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def came(plan: PaymentPlan, rupiah: int, now: datetime = MADE, back: int = 0) -> Moved:
    return received(plan, idr(rupiah), idr(back), now)


def test_money_fills_the_instalments_in_the_order_of_their_days() -> None:
    moved = came(a_plan(), 12_000_000)
    assert names(moved) == ["instalment_paid 1"]
    paid = [s.paid for s in standings(moved.plan, MADE)]
    assert paid == [idr(5_000_000), idr(7_000_000), idr(0)]
    nearest = next_open(moved.plan, MADE)
    assert nearest is not None
    assert (nearest.number, nearest.open) == (2, idr(8_000_000))


@pytest.mark.parametrize(
    ("now", "told", "state"),
    [
        (jakarta(DAYS[0], 8, 59), [], PlanState.ACTIVE),
        (jakarta(DAYS[0], 9), ["due 1"], PlanState.ACTIVE),
        (jakarta(DAYS[0], 23, 59), ["due 1"], PlanState.ACTIVE),
        (jakarta(DAYS[0] + timedelta(days=1), 0), ["overdue 1"], PlanState.OVERDUE),
    ],
)
def test_days_are_those_of_the_office(now: datetime, told: list[str], state: PlanState) -> None:
    moved = looked_at(a_plan(), now)
    assert (names(moved), moved.plan.state) == (told, state)
    assert names(looked_at(moved.plan, now)) == []


def test_a_plan_is_looked_at_when_something_is_to_be_told() -> None:
    plan = a_plan()
    at = plan.check_at
    assert at == jakarta(DAYS[0], 9)
    plan = looked_at(plan, at).plan
    assert plan.check_at == jakarta(DAYS[0] + timedelta(days=1), 0)
    plan = looked_at(plan, plan.check_at).plan
    assert plan.check_at == jakarta(DAYS[0] + timedelta(days=30), 9)
    assert came(plan, 35_000_000).plan.check_at is None


def test_paid_overpaid_and_back() -> None:
    moved = came(a_plan(), 35_000_000)
    assert names(moved)[-1] == "paid"
    over = came(moved.plan, 40_000_000)
    assert (names(over), over.plan.due_back) == (["overpaid"], idr(5_000_000))
    back = came(over.plan, 35_000_000)
    assert (names(back), back.plan.state) == (["paid"], PlanState.PAID)


def test_a_chargeback_opens_what_was_paid() -> None:
    paid = came(a_plan(), 5_000_000).plan
    moved = came(paid, 0, jakarta(DAYS[0] + timedelta(days=2), 9), back=5_000_000)
    assert names(moved) == ["charged_back", "overdue 1"]
    assert moved.plan.state is PlanState.OVERDUE
    again = came(moved.plan, 5_000_000, jakarta(DAYS[0] + timedelta(days=3), 9), back=5_000_000)
    assert (names(again), again.plan.state) == (["instalment_paid 1"], PlanState.ACTIVE)


@pytest.mark.parametrize(
    ("now", "in_", "fee", "back"),
    [
        (MADE, 5_000_000, 2_500_000, 2_500_000),
        (MADE, 1_000_000, 1_000_000, 0),
        (MADE, 0, 0, 0),
        (jakarta(date(2026, 12, 31), 23), 35_000_000, 2_500_000, 32_500_000),
        (jakarta(date(2027, 1, 1), 0), 35_000_000, 20_000_000, 15_000_000),
    ],
)
def test_cancelling_costs_what_its_step_says(now: datetime, in_: int, fee: int, back: int) -> None:
    plan = came(a_plan(), in_).plan
    moved = cancelled(plan, "ill", now)
    assert names(moved) == ["cancelled"]
    assert fee_on(plan, now) == idr(fee)
    assert (moved.plan.due_back, moved.plan.check_at) == (idr(back), None)
    with pytest.raises(IllegalMove):
        cancelled(moved.plan, "again", now)


def test_money_after_the_cancellation_is_told_and_due_back() -> None:
    plan = cancelled(came(a_plan(), 5_000_000).plan, "ill", MADE).plan
    moved = came(plan, 20_000_000)
    assert names(moved) == ["paid_after_cancel"]
    assert (moved.plan.state, moved.plan.due_back) == (PlanState.CANCELLED, idr(17_500_000))
    assert names(came(moved.plan, 2_500_000)) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"price": idr(0)}, "/price/minor"),
        ({"price": idr(34_999_999)}, "/instalments"),
        ({"timezone": "Asia/Atlantis"}, "/timezone"),
        ({"instalments": ()}, "/instalments"),
        ({"fees": (FeeStep(DAYS[0], idr(99_000_000)),)}, "/fees/0/fee"),
        ({"fees": (FeeStep(DAYS[1], idr(2)), FeeStep(DAYS[0], idr(3)))}, "/fees/1"),
    ],
)
def test_what_is_no_plan_names_its_field(change: dict[str, object], pointer: str) -> None:
    plan = msgspec.structs.replace(a_plan(), **change)
    faults = list(plan_faults(plan.price, plan.timezone, plan.instalments, plan.fees))
    assert pointer in [f.pointer for f in faults]


def test_what_is_a_plan_has_no_fault() -> None:
    plan = a_plan()
    assert list(plan_faults(plan.price, plan.timezone, plan.instalments, plan.fees)) == []


AMOUNTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=8)


@given(AMOUNTS, st.integers(-(10**9), 10**10))
def test_nothing_is_lost_between_instalments(amounts: list[int], in_: int) -> None:
    plan = came(a_plan(*amounts), in_).plan
    paid = sum(s.paid.minor for s in standings(plan, MADE))
    assert paid == max(0, min(in_ * 100, plan.price.minor))
    assert paid + plan.due_back.minor == max(0, in_ * 100)
    states = [s.paid == s.amount for s in standings(plan, MADE)]
    assert states == sorted(states, reverse=True)


@given(AMOUNTS, st.lists(st.integers(0, 10**10), max_size=12), st.integers(0, 400))
def test_each_thing_is_told_once_and_the_state_follows_the_money(
    amounts: list[int], comings: list[int], days: int
) -> None:
    plan, told = a_plan(*amounts), list[str]()
    for in_ in sorted(comings):  # money only comes
        moved = came(plan, in_, MADE + timedelta(days=days))
        plan, told = moved.plan, told + names(moved)
    assert len(told) == len(set(told)) or plan.state is PlanState.OVERPAID
    assert (plan.state is PlanState.OVERPAID) == (plan.received.minor > plan.price.minor)
    assert (plan.state is PlanState.PAID) == (plan.received == plan.price)


@given(AMOUNTS, st.integers(0, 10**10))
def test_looking_again_tells_nothing_and_ends(amounts: list[int], in_: int) -> None:
    plan = came(a_plan(*amounts), in_).plan
    for _ in range(2 * len(amounts) + 1):
        at = plan.check_at
        if at is None:
            break
        moved = looked_at(plan, at)
        assert moved.told, "it was looked at for nothing"
        assert looked_at(moved.plan, at).told == ()
        plan = moved.plan
    assert plan.check_at is None


@given(st.integers(1, 10**12), st.integers(1, 60))
def test_parts_add_up(minor: int, parts: int) -> None:
    found = in_parts(Money(minor, "IDR"), parts)
    assert (sum(p.minor for p in found), len(found)) == (minor, parts)
    assert max(p.minor for p in found[:-1] or found) <= found[-1].minor
