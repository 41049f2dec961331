"""An agreement: whatever is said in whatever order, what is signed stays signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.domain.agreements import agreement_moves as moves
from core.domain.agreements.agreement import (
    Agreement,
    Document,
    Mark,
    SignatureFact,
    SignatureHint,
    SignatureState,
    Signer,
    SignerFact,
    SignerState,
    mismatch,
)
from core.domain.agreements.agreement import AgreementState as S
from core.domain.refusal import IllegalMove, Refusal
from tests.unit.domain.given import NOW

NO = Refusal("vendor_refused", "no")
PDF = Document("a" * 64, 1000, "b" * 64)
SIGNED = Document("c" * 64, 1200, "d" * 64)
OVER = {S.SIGNED, S.DECLINED, S.VOIDED, S.EXPIRED}


def a_draft(**other: object) -> Agreement:
    signers = (
        Signer("per_1", "muwakkil", Mark(3, 70, 500)),
        Signer("per_2", "wakil", Mark(3, 320, 500)),
    )
    made = Agreement(
        id="agr_1",
        entity="ent_1",
        template="wakalah",
        version=1,
        title="Akad",
        signers=signers,
        document=PDF,
        created_at=NOW,
        updated_at=NOW,
        connection="con_1",
    )
    return msgspec.structs.replace(made, **other)


def a_fact(state: SignatureState, **other: object) -> SignatureFact:
    return msgspec.structs.replace(SignatureFact("env-1", "agr_1", state), **other)


class AgreementLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.agreement = a_draft()
        self.over: S | None = None
        self.signed: set[int] = set()

    def _try(self, move: Callable[[], Agreement]) -> None:
        try:
            self.agreement = move()
        except IllegalMove:
            return
        self.signed |= {
            n for n, s in enumerate(self.agreement.signers) if s.state is SignerState.SIGNED
        }
        if self.agreement.state in OVER:
            self.over = self.over or self.agreement.state

    @rule()
    def send(self) -> None:
        self._try(lambda: moves.sending(self.agreement, self.now, 30))

    @rule(
        state=st.sampled_from(SignatureState),
        first=st.sampled_from(SignerState),
        second=st.sampled_from(SignerState),
    )
    def vendor_says(self, state: SignatureState, first: SignerState, second: SignerState) -> None:
        signers = (SignerFact(0, first, self.now), SignerFact(1, second))
        fact = a_fact(state, signers=signers)
        if self.agreement.state is not S.DRAFT:
            self._try(lambda: moves.told(self.agreement, fact, self.now))

    @rule(claimed=st.sampled_from([None, "env-1", "env-of-somebody-else"]))
    def hint(self, claimed: str | None) -> None:
        before = self.agreement.state
        hint = SignatureHint("agr_1", claimed)
        self._try(lambda: moves.hinted(self.agreement, hint, self.now))
        assert self.agreement.state is before

    @rule()
    def silence(self) -> None:
        self._try(lambda: moves.unanswered(self.agreement, "no answer", self.now))

    @rule()
    def refuse(self) -> None:
        self._try(lambda: moves.failed(self.agreement, NO, self.now))

    @rule()
    def give_up(self) -> None:
        self._try(lambda: moves.needs_operator(self.agreement, NO, self.now))

    @rule()
    def fetch(self) -> None:
        self._try(lambda: moves.kept(self.agreement, SIGNED, None, self.now))

    @rule(minutes=st.integers(1, 600))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def what_is_over_stays_so(self) -> None:
        assert self.over is None or self.agreement.state is self.over

    @invariant()
    def a_signature_is_never_taken_back(self) -> None:
        states = [s.state for s in self.agreement.signers]
        assert all(states[n] is SignerState.SIGNED for n in self.signed)

    @invariant()
    def signed_means_by_everybody(self) -> None:
        if self.agreement.state is S.SIGNED:
            assert self.agreement.signatures == len(self.agreement.signers)
            assert self.agreement.signed_at is not None

    @invariant()
    def what_is_open_is_asked_about_and_what_is_over_is_not(self) -> None:
        open_ = self.agreement.state in (S.SENDING, S.SENT) or self.agreement.lacks_documents
        heard = self.agreement.state is S.NEEDS_OPERATOR and self.agreement.hint is not None
        assert (self.agreement.check_at is not None) == (open_ or heard)


TestAgreementLife = AgreementLife.TestCase
TestAgreementLife.settings = settings(max_examples=150, stateful_step_count=25)


def sent() -> Agreement:
    return moves.told(moves.sending(a_draft(), NOW, 30), a_fact(SignatureState.SENT), NOW)


def test_a_sent_one_is_asked_about_no_more_often_than_vendors_allow() -> None:
    agreement, now = sent(), NOW
    for _ in range(8):
        assert agreement.check_at is not None
        assert (agreement.check_at - now).total_seconds() >= 900
        now = agreement.check_at
        agreement = moves.told(agreement, a_fact(SignatureState.SENT), now)


def test_a_word_that_is_older_takes_nothing_back() -> None:
    asked = a_fact(SignatureState.SENT, signers=(SignerFact(0, SignerState.ASKED),))
    waiting = a_fact(SignatureState.SENT, signers=(SignerFact(0, SignerState.WAITING),))
    after = moves.told(moves.told(sent(), asked, NOW), waiting, NOW)
    assert after.signers[0].state is SignerState.ASKED


def test_what_is_signed_is_fetched_at_once_and_for_as_long_as_it_takes() -> None:
    agreement = moves.told(sent(), a_fact(SignatureState.SIGNED), NOW)
    assert agreement.check_at == NOW
    for _ in range(50):
        agreement = moves.unanswered(agreement, "away", NOW)
    assert agreement.state is S.SIGNED
    assert agreement.check_at is not None
    after = moves.kept(agreement, SIGNED, None, NOW)
    assert (after.signed, after.check_at) == (SIGNED, None)


def test_an_unclear_sending_ends_at_a_person() -> None:
    agreement = moves.sending(a_draft(), NOW, 30)
    while agreement.state is S.SENDING:
        agreement = moves.unanswered(agreement, "no answer", NOW)
    assert agreement.state is S.NEEDS_OPERATOR
    assert agreement.check_at is None


def test_a_hint_makes_the_question_come_soon_and_nothing_else() -> None:
    later = NOW + timedelta(minutes=5)
    agreement = moves.hinted(sent(), SignatureHint("agr_1", "env-forged"), later)
    assert agreement.check_at == later
    assert (agreement.vendor_reference, agreement.hint) == ("env-1", None)


def test_a_hint_finds_what_an_operator_would_have_to_look_for() -> None:
    lost = moves.needs_operator(moves.sending(a_draft(), NOW, 30), NO, NOW)
    assert moves.hinted(lost, SignatureHint("agr_1"), NOW) == lost
    heard = moves.hinted(lost, SignatureHint("agr_1", "env-1"), NOW)
    assert (heard.check_at, heard.hint) == (NOW, "env-1")
    assert moves.told(heard, a_fact(SignatureState.SENT), NOW).state is S.SENT
    assert moves.unhinted(heard) == lost or moves.unhinted(heard).check_at is None


def test_a_hint_about_what_is_over_or_by_hand_changes_nothing() -> None:
    over = moves.told(sent(), a_fact(SignatureState.DECLINED), NOW)
    by_hand = moves.given_out(a_draft(connection=None), NOW)
    for agreement in (over, by_hand, a_draft()):
        assert moves.hinted(agreement, SignatureHint("agr_1", "x"), NOW) == agreement


def test_after_a_clear_no_it_may_be_sent_again() -> None:
    first = moves.failed(moves.sending(a_draft(), NOW, 30), NO, NOW)
    again = moves.sending(first, NOW, 30)
    assert again.submission is not None
    sent = again.submission.again  # a clear no says of the first that there is none
    assert (again.state, sent, again.refusal) == (S.SENDING, False, None)


def test_by_hand_it_goes_out_and_comes_back() -> None:
    ends = NOW + timedelta(days=14)
    out = moves.given_out(a_draft(connection=None, expires_at=ends), NOW)
    assert (out.state, out.check_at) == (S.SENT, ends)
    back = moves.given_back(out, SIGNED, NOW, NOW)
    assert (back.state, back.signed, back.signatures, back.check_at) == (S.SIGNED, SIGNED, 2, None)
    with pytest.raises(IllegalMove):
        moves.given_back(a_draft(connection=None), SIGNED, NOW, NOW)


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        (a_fact(SignatureState.SENT, reference="agr_2"), "reference"),
        (a_fact(SignatureState.SENT, vendor_reference="env-2"), "agreement"),
        (a_fact(SignatureState.SENT, signers=(SignerFact(2, SignerState.SIGNED),)), "signers"),
    ],
)
def test_a_word_about_something_else_is_seen(fact: SignatureFact, word: str) -> None:
    wrong = mismatch(sent(), fact)
    assert wrong is not None
    assert wrong.startswith((word, "it has"))
    assert (
        moves.answered(moves.sending(a_draft(vendor_reference="env-1"), NOW, 30), fact, NOW).state
        is S.NEEDS_OPERATOR
    )
