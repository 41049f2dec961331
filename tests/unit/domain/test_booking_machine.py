"""Whatever is said in whatever order: terminal states stay, and a yes was said before a yes."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.domain.bookings import booking as b
from core.domain.bookings.booking import BookingState as S
from core.domain.bookings.booking import SupplierState
from core.domain.refusal import IllegalMove, Refusal
from core.domain.submission import send
from tests.unit.domain.given import NOW, a_booking, an_answer
from tests.unit.domain.test_booking_moves import WISH

ENDED = {S.CANCELLED, S.REFUSED, S.FAILED}
NO = Refusal("vendor_refused", "no")


class BookingLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.booking = a_booking()
        self.now = NOW
        self.yes = False
        self.ended: b.Booking | None = None

    def _try(self, after: b.Booking | None) -> None:
        if after is not None:
            self.booking = after
            if after.state in ENDED:
                self.ended = after

    @rule(said=st.sampled_from(SupplierState), reference=st.sampled_from(["102", ""]))
    def supplier_says(self, said: SupplierState, reference: str) -> None:
        answer = an_answer(said, supplier_reference=reference)
        after = self._legal(lambda: b.confirmed(self.booking, answer, self.now))
        self.yes |= after is not None and said is SupplierState.CONFIRMED
        self._try(after)

    @rule()
    def cancel(self) -> None:
        sent = send(self.now, 60)
        self._try(self._legal(lambda: b.cancelling(self.booking, "", sent, self.now)))

    @rule(yes=st.booleans())
    def cancel_is_answered(self, yes: bool) -> None:
        if self.booking.state is S.CANCELLING:
            answer = an_answer(SupplierState.CANCELLED)
            self._try(
                b.cancelled(self.booking, answer, self.now)
                if yes
                else b.cancellation_refused(self.booking, NO, self.now)
            )

    @rule()
    def amend(self) -> None:
        sent = send(self.now, 60)
        self._try(self._legal(lambda: b.amending(self.booking, WISH, sent, self.now)))

    @rule(yes=st.booleans())
    def amend_is_answered(self, yes: bool) -> None:
        if self.booking.state is S.AMENDING:
            self._try(
                b.amended(self.booking, an_answer(), self.now)
                if yes
                else b.amendment_refused(self.booking, NO, self.now)
            )

    @rule(how=st.sampled_from([b.refused, b.failed]))
    def it_ends(self, how: object) -> None:
        assert callable(how)
        self._try(self._legal(lambda: how(self.booking, NO, self.now)))

    @rule()
    def nobody_knows(self) -> None:
        self._try(self._legal(lambda: b.needs_operator(self.booking, "silence", self.now)))

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def confirmed_only_after_an_explicit_yes(self) -> None:
        if self.booking.state in (S.CONFIRMED, S.AMENDING):
            assert self.yes

    @invariant()
    def what_has_ended_stays(self) -> None:
        assert self.ended is None or self.booking is self.ended

    @invariant()
    def an_open_booking_will_be_asked_about_and_a_settled_one_not(self) -> None:
        if self.booking.state in b.OPEN:
            assert self.booking.check_at is not None
        else:
            assert self.booking.submission is None

    @invariant()
    def a_cancelled_booking_knows_its_fee(self) -> None:
        if self.booking.state is S.CANCELLED:
            assert self.booking.cancellation is not None
            assert self.booking.cancellation.fee is not None

    def _legal(self, attempt: object) -> b.Booking | None:
        assert callable(attempt)
        try:
            made = attempt()
        except IllegalMove:
            return None
        assert isinstance(made, b.Booking)
        assert made.state in b.MOVES[self.booking.state]
        return made


TestBookingLife = BookingLife.TestCase
TestBookingLife.settings = settings(max_examples=40, stateful_step_count=20, database=None)
