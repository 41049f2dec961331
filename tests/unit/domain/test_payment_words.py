import itertools
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.domain.money import Money
from core.domain.payments.payment import (
    Checkout,
    Dispute,
    Payment,
    RefundFact,
    mismatch,
    refund_mismatch,
)
from core.domain.payments.payment import CheckoutState as C
from core.domain.payments.payment import PaymentState as P
from core.domain.payments.payment import RefundFactState as F
from core.domain.payments.payment import RefundState as R
from core.domain.payments.payment_moves import (
    PAYMENT_MOVES,
    REFUND_MOVES,
    move_payment,
    move_refund,
    payment_charged_back,
    payment_succeeded,
    told,
    told_refund,
)
from core.domain.refusal import IllegalMove, Refusal
from tests.unit.domain.given import NOW, a_payment, a_refund, sar

LATER = NOW + timedelta(minutes=5)


def a_checkout(state: C = C.PAID, **other: Any) -> Checkout:
    fact = Checkout("cs_1", "pay_1", state, sar(100_000), "https://pay.test/1", None, "pi_1")
    return msgspec.structs.replace(fact, **other)


def a_fact(state: F = F.SUCCEEDED, **other: Any) -> RefundFact:
    return msgspec.structs.replace(RefundFact("re_1", "rfd_1", state, sar(50_000)), **other)


@pytest.mark.parametrize(("at", "to"), list(itertools.product(P, P)))
def test_a_payment_moves_exactly_as_the_table_says(at: P, to: P) -> None:
    if to in PAYMENT_MOVES[at]:
        assert move_payment(a_payment(state=at), to, LATER).state is to
    else:
        with pytest.raises(IllegalMove):
            move_payment(a_payment(state=at), to, LATER)


@pytest.mark.parametrize(("at", "to"), list(itertools.product(R, R)))
def test_a_refund_moves_exactly_as_the_table_says(at: R, to: R) -> None:
    if to in REFUND_MOVES[at]:
        assert move_refund(a_refund(state=at), to, LATER).state is to
    else:
        with pytest.raises(IllegalMove):
            move_refund(a_refund(state=at), to, LATER)


@pytest.mark.parametrize("state", set(P) - {P.SUCCEEDED, P.CHARGED_BACK})
def test_a_late_success_always_wins(state: P) -> None:
    before = a_payment(state=state, refusal=Refusal("unknown", "the answer was lost"))
    after = told(before, a_checkout(), LATER)
    assert (after.state, after.paid_at, after.charge_reference) == (P.SUCCEEDED, LATER, "pi_1")
    assert (after.url, after.submission, after.refusal) == (None, None, None)


@pytest.mark.parametrize("word", set(C) - {C.CHARGED_BACK})
def test_only_a_chargeback_undoes_a_success(word: C) -> None:
    paid = told(a_payment(), a_checkout(), NOW)
    assert told(paid, a_checkout(word), LATER) is paid
    back = told(paid, a_checkout(C.CHARGED_BACK), LATER)
    assert (back.state, back.paid_at, back.claim) == (P.CHARGED_BACK, NOW, sar(0))
    assert back.charged_back == back.amount


def charged_back(payment: Payment, *disputes: Dispute) -> Payment:
    return told(payment, a_checkout(C.CHARGED_BACK, disputes=disputes), LATER)


@pytest.mark.parametrize(
    ("words", "taken", "left"),
    [
        ([()], 100_000, 0),
        ([(("dp_1", 40_000),)], 40_000, 60_000),
        ([(("dp_1", 40_000),), (("dp_1", 40_000),)], 40_000, 60_000),
        ([(("dp_1", 40_000),), (("dp_2", 25_000),)], 65_000, 35_000),
        ([(("dp_1", 40_000), ("dp_2", 90_000))], 100_000, 0),
        ([(("", None),)], None, 100_000),
        ([(("", None),), (("", None),)], None, 100_000),
        ([(("", None),), (("", 30_000),)], 30_000, 70_000),
        ([(("", 30_000),), (("", None),)], 30_000, 70_000),
        ([(("", 30_000),), (("dp_1", 40_000),)], 40_000, 60_000),
        ([(("dp_1", 40_000),), (("", 100_000),)], 40_000, 60_000),
        ([(("dp_1", 40_000),), (("dp_1", 10),)], 40_000, 60_000),
    ],
)
def test_what_was_taken_back_is_added_up_once(
    words: list[tuple[tuple[str, int | None], ...]], taken: int | None, left: int
) -> None:
    payment = a_payment(state=P.SUCCEEDED)
    for word in words:
        disputes = [Dispute(r, None if minor is None else sar(minor)) for r, minor in word]
        payment = charged_back(payment, *disputes)
    assert payment.charged_back == (None if taken is None else sar(taken))
    assert payment.claim == sar(left)


def test_a_dispute_in_another_currency_does_not_say_how_much_it_is() -> None:
    back = charged_back(a_payment(state=P.SUCCEEDED), Dispute("dp_1", Money(40_000, "USD")))
    assert (back.charged_back, back.claim) == (None, back.amount)


def test_what_a_person_says_was_taken_is_not_added_to_by_old_words() -> None:
    back = charged_back(
        a_payment(state=P.SUCCEEDED), Dispute("dp_1", sar(40_000)), Dispute("dp_2", sar(5))
    )
    said = payment_charged_back(back, sar(30_000), LATER)
    again = charged_back(said, Dispute("dp_1", sar(40_000)), Dispute("dp_2", sar(5)))
    assert (again.charged_back, again is said) == (sar(30_000), True)


def test_what_a_person_has_won_is_not_taken_again_by_old_words() -> None:
    back = charged_back(a_payment(state=P.SUCCEEDED), Dispute("dp_1", sar(40_000)))
    won = payment_succeeded(back, "pi_1", LATER)
    assert (won.state, won.charged_back, won.claim) == (P.SUCCEEDED, sar(0), won.amount)
    assert charged_back(won, Dispute("dp_1", sar(40_000))) is won
    again = charged_back(won, Dispute("dp_1", sar(40_000)), Dispute("dp_2", sar(5)))
    assert (again.state, again.charged_back) == (P.CHARGED_BACK, sar(5))


@pytest.mark.parametrize("amount", [sar(30_000), None])
def test_a_word_without_a_reference_may_be_a_new_one_after_the_first_was_won(
    amount: Money | None,
) -> None:
    won = payment_succeeded(charged_back(a_payment(state=P.SUCCEEDED)), "pi_1", LATER)
    assert won.claim == won.amount
    again = charged_back(won, Dispute("", amount))
    assert (again.state, again.charged_back) == (P.CHARGED_BACK, amount)


@pytest.mark.parametrize("word", C)
def test_an_old_word_does_not_undo_a_chargeback(word: C) -> None:
    back = told(a_payment(), a_checkout(C.CHARGED_BACK), NOW)
    assert told(back, a_checkout(word), LATER) is back


@pytest.mark.parametrize(("state", "word"), list(itertools.product(P, C)))
def test_a_word_said_twice_changes_nothing_more(state: P, word: C) -> None:
    once = told(a_payment(state=state), a_checkout(word), NOW)
    assert told(once, a_checkout(word), LATER) is once


@pytest.mark.parametrize("state", [P.EXPIRED, P.FAILED])
@pytest.mark.parametrize("word", [C.OPEN, C.EXPIRED])
def test_what_is_closed_is_not_opened_again(state: P, word: C) -> None:
    closed = a_payment(state=state)
    assert told(closed, a_checkout(word), LATER) is closed


def test_an_open_payment_has_its_link_and_is_asked_about() -> None:
    opened = told(a_payment(), a_checkout(C.OPEN, charge_reference=None), LATER)
    assert (opened.state, opened.url) == (P.OPEN, "https://pay.test/1")
    assert (opened.gateway_reference, opened.paid_at) == ("cs_1", None)
    assert opened.check_at is not None
    closed = told(opened, a_checkout(C.EXPIRED), LATER)
    assert (closed.state, closed.url, closed.check_at) == (P.EXPIRED, None, None)


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ({"reference": "pay_2"}, "reference"),
        ({"amount": sar(99_999)}, "amount"),
        ({"amount": Money(100_000, "USD")}, "amount"),
        ({"gateway_reference": "cs_2"}, "checkout"),
    ],
)
def test_what_differs_is_named(difference: dict[str, Any], said: str) -> None:
    payment = a_payment(gateway_reference="cs_1")
    assert mismatch(payment, a_checkout()) is None
    assert (mismatch(payment, a_checkout(**difference)) or "").startswith(said)


def test_before_the_gateways_own_reference_is_known_any_is_taken() -> None:
    assert mismatch(a_payment(), a_checkout(gateway_reference="cs_9")) is None


@pytest.mark.parametrize(
    "difference", [{"reference": "rfd_2"}, {"amount": sar(1)}, {"amount": Money(50_000, "USD")}]
)
def test_what_differs_in_a_refund_is_named(difference: dict[str, Any]) -> None:
    assert refund_mismatch(a_refund(), a_fact()) is None
    assert refund_mismatch(a_refund(), a_fact(**difference)) is not None


@pytest.mark.parametrize(
    ("state", "word", "after"),
    [
        (R.SUBMITTING, F.PENDING, R.PENDING),
        (R.SUBMITTING, F.SUCCEEDED, R.SUCCEEDED),
        (R.SUBMITTING, F.FAILED, R.FAILED),
        (R.PENDING, F.SUCCEEDED, R.SUCCEEDED),
        (R.PENDING, F.FAILED, R.FAILED),
        (R.SUCCEEDED, F.FAILED, R.FAILED),
        (R.SUCCEEDED, F.PENDING, R.SUCCEEDED),
        (R.FAILED, F.SUCCEEDED, R.FAILED),
        (R.FAILED, F.PENDING, R.FAILED),
        (R.NEEDS_OPERATOR, F.SUCCEEDED, R.SUCCEEDED),
        (R.NEEDS_OPERATOR, F.FAILED, R.FAILED),
    ],
)
def test_what_the_gateway_says_of_a_refund(state: R, word: F, after: R) -> None:
    settled = told_refund(a_refund(state=state), a_fact(word, vendor_code="declined"), LATER)
    assert settled.state is after
    assert (settled.check_at is not None) == (after is R.PENDING)
    if settled.state is not state:
        assert (settled.refusal is not None) == (after is R.FAILED)
        assert settled.gateway_reference == "re_1"
    assert told_refund(settled, a_fact(word), LATER) is settled


def test_a_refund_that_a_person_was_called_for_carries_no_doubt_once_it_succeeded() -> None:
    doubtful = a_refund(state=R.NEEDS_OPERATOR, refusal=Refusal("unknown", "silence"))
    assert told_refund(doubtful, a_fact(), LATER).refusal is None


def test_a_pending_refund_may_turn_out_to_need_a_person() -> None:
    after = move_refund(a_refund(state=R.PENDING), R.NEEDS_OPERATOR, LATER)
    assert after.check_at is None
