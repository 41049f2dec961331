import itertools
from datetime import timedelta

import pytest

from core.domain.bookings.booking import (
    MOVES,
    OPEN,
    Amendment,
    BookingState,
    SupplierState,
    amended,
    amending,
    amendment_refused,
    cancellation_refused,
    cancelled,
    cancelling,
    confirmed,
    failed,
    move,
    needs_operator,
    refund_due,
)
from core.domain.bookings.terms import CancellationPolicy, CancellationStep, Tax
from core.domain.money import Money
from core.domain.refusal import IllegalMove, Refusal
from core.domain.stay import Stay
from core.domain.submission import REQUEST_CHECKS_S, send
from tests.unit.domain.given import (
    NOW,
    a_booking,
    a_policy,
    a_price,
    a_submission,
    an_answer,
    an_offer,
    sar,
)

S = BookingState
LATER = NOW + timedelta(minutes=5)
NO = Refusal("vendor_refused", "no")


@pytest.mark.parametrize(("at", "to"), list(itertools.product(S, S)))
def test_a_move_is_legal_exactly_as_the_table_says(at: S, to: S) -> None:
    booking = a_booking(at)
    if to in MOVES[at]:
        after = move(booking, to, LATER)
        assert (after.state, after.updated_at) == (to, LATER)
    else:
        with pytest.raises(IllegalMove):
            move(booking, to, LATER)


def test_the_table_knows_every_state_and_terminal_ones_stay() -> None:
    assert set(MOVES) == set(S)
    assert {s for s in S if not MOVES[s]} == {S.CANCELLED, S.REFUSED, S.FAILED}
    assert all(state in MOVES[state] for state in OPEN)


@pytest.mark.parametrize("state", S)
def test_the_reconciler_has_something_to_ask_only_while_it_is_open(state: S) -> None:
    assert (a_booking(state).check_at is not None) == (state in OPEN)
    assert a_booking(state, submission=None).check_at is None


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (SupplierState.CONFIRMED, S.CONFIRMED),
        (SupplierState.ON_REQUEST, S.PENDING_SUPPLIER),
        (SupplierState.CANCELLED, S.CANCELLED),
        (SupplierState.REFUSED, S.REFUSED),
    ],
)
def test_the_suppliers_word_becomes_the_state(said: SupplierState, state: S) -> None:
    after = confirmed(a_booking(), an_answer(said), LATER)
    assert after.state is state
    assert after.supplier_reference == "102-774"
    assert (after.check_at is None) == (state is not S.PENDING_SUPPLIER)
    assert (after.refusal is not None) == (state is S.REFUSED)


def test_on_request_is_asked_about_by_its_own_schedule() -> None:
    after = confirmed(a_booking(), an_answer(SupplierState.ON_REQUEST), LATER)
    assert after.check_at == LATER + timedelta(seconds=REQUEST_CHECKS_S[0])


def test_a_later_word_without_a_reference_keeps_the_one_we_have() -> None:
    asked = confirmed(a_booking(), an_answer(SupplierState.ON_REQUEST), LATER)
    after = confirmed(asked, an_answer(supplier_reference=""), LATER)
    assert after.supplier_reference == "102-774"


def test_confirmation_clears_why_an_earlier_wish_was_not_granted() -> None:
    pending = a_booking(S.PENDING_SUPPLIER)
    back = cancellation_refused(cancelling(pending, "", send(NOW, 60), NOW), NO, LATER)
    assert (back.state, back.refusal) == (S.PENDING_SUPPLIER, NO)
    assert confirmed(back, an_answer(), LATER).refusal is None


def test_a_person_who_says_it_is_confirmed_leaves_no_half_cancellation() -> None:
    lost = needs_operator(
        cancelling(a_booking(S.CONFIRMED), "", send(NOW, 60), NOW), "silence", NOW
    )
    assert confirmed(lost, an_answer(), LATER).cancellation is None


@pytest.mark.parametrize("before", [S.CONFIRMED, S.PENDING_SUPPLIER])
def test_a_refused_cancellation_leaves_it_as_it_was(before: S) -> None:
    asked = cancelling(a_booking(before), "plans changed", send(NOW, 60), NOW)
    assert asked.cancellation is not None
    assert asked.cancellation.before is before
    back = cancellation_refused(asked, NO, LATER)
    assert (back.state, back.cancellation, back.refusal) == (before, None, NO)
    assert (back.check_at is not None) == (before is S.PENDING_SUPPLIER)


@pytest.mark.parametrize("state", set(S) - {S.CONFIRMED, S.PENDING_SUPPLIER, S.CANCELLING})
def test_only_a_confirmed_or_requested_booking_is_cancelled(state: S) -> None:
    with pytest.raises(IllegalMove):
        cancelling(a_booking(state), "", send(NOW, 60), NOW)


def test_the_fee_is_the_suppliers_else_the_policys_when_it_was_asked() -> None:
    policy = a_policy((timedelta(0), 20_000), (timedelta(minutes=4), 90_000))
    asked = cancelling(
        a_booking(S.CONFIRMED, offer=an_offer(cancellation=policy)), "", send(NOW, 60), NOW
    )
    silent = cancelled(asked, an_answer(SupplierState.CANCELLED), LATER).cancellation
    assert silent is not None
    assert (silent.fee, silent.cancelled_at) == (sar(20_000), LATER)
    told = cancelled(asked, an_answer(SupplierState.CANCELLED, fee=sar(0)), LATER).cancellation
    assert told is not None
    assert told.fee == sar(0)


def test_what_was_never_confirmed_costs_nothing_to_cancel() -> None:
    offer = an_offer(cancellation=a_policy((timedelta(days=-1), 90_000)))
    asked = cancelling(a_booking(S.PENDING_SUPPLIER, offer=offer), "", send(NOW, 60), NOW)
    free = cancelled(asked, an_answer(SupplierState.CANCELLED), LATER).cancellation
    assert free is not None
    assert free.fee == sar(0)


WISH = Amendment(Stay(NOW.date(), NOW.date() + timedelta(days=2)), "per_9", ())


def test_an_amendment_becomes_the_booking_and_keeps_the_margin() -> None:
    booking = a_booking(S.CONFIRMED, offer=an_offer(price=a_price(100_000, 112_500)))
    asked = amending(booking, WISH, a_submission(), NOW)
    policy = CancellationPolicy((CancellationStep(LATER, sar(5)),))
    after = amended(asked, an_answer(net=sar(80_000), cancellation=policy), LATER)
    assert (after.state, after.amendment, after.submission) == (S.CONFIRMED, None, None)
    assert (after.holder, after.stay, after.offer.cancellation) == (
        "per_9",
        WISH.stay,
        policy,
    )
    assert (after.offer.price.net, after.offer.price.sell) == (sar(80_000), sar(92_500))


def test_an_answer_that_names_no_price_leaves_it() -> None:
    price = a_price(100_000, 112_500, taxes=(Tax("VAT", sar(15_000), included=True),))
    booking = a_booking(S.CONFIRMED, offer=an_offer(price=price))
    after = amended(amending(booking, WISH, a_submission(), NOW), an_answer(), LATER)
    assert after.offer.price == price


def test_a_refused_amendment_leaves_it_as_it_was() -> None:
    booking = a_booking(S.CONFIRMED, submission=None)
    back = amendment_refused(amending(booking, WISH, a_submission(), NOW), NO, LATER)
    assert (back.state, back.amendment, back.refusal) == (S.CONFIRMED, None, NO)
    assert (back.offer, back.holder, back.guests) == (booking.offer, booking.holder, booking.guests)


def test_there_is_no_answer_to_an_amendment_nobody_asked_for() -> None:
    with pytest.raises(IllegalMove):
        amended(a_booking(S.AMENDING), an_answer(), LATER)


@pytest.mark.parametrize(
    ("fee", "paid", "refunded", "due"),
    [
        (None, 100, 0, 100),
        (0, 100, 0, 100),
        (30, 100, 0, 70),
        (30, 100, 50, 20),
        (30, 100, 70, 0),
        (30, 100, 90, 0),
        (130, 100, 0, 0),
        (30, 0, 0, 0),
    ],
)
def test_what_is_due_back(fee: int | None, paid: int, refunded: int, due: int) -> None:
    booking = a_booking(S.CONFIRMED)
    if fee is not None:
        asked = cancelling(booking, "", send(NOW, 60), NOW)
        booking = cancelled(asked, an_answer(SupplierState.CANCELLED, fee=sar(fee)), LATER)
    assert refund_due(booking, sar(paid), sar(refunded)) == sar(due)


def test_a_booking_that_failed_after_it_was_paid_is_given_back_whole() -> None:
    refused_late = confirmed(a_booking(S.PENDING_SUPPLIER), an_answer(SupplierState.REFUSED), LATER)
    for gone in (refused_late, failed(a_booking(), NO, LATER)):
        assert refund_due(gone, sar(100), sar(0)) == sar(100)


def test_an_amount_of_another_currency_is_never_taken_for_ours() -> None:
    asked = amending(a_booking(S.CONFIRMED), WISH, a_submission(), NOW)
    with pytest.raises(ValueError, match="USD"):
        amended(asked, an_answer(net=Money(1, "USD")), LATER)
