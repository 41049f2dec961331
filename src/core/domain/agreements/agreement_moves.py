"""Every move an agreement may make.

draft ──► sending ──► sent ──► signed | declined | voided | expired
  │          ├──► signed | declined | voided | expired
  │          ├──► failed ──► sending (certainly nobody was asked)
  │          └──► needs_operator ──► sent | signed | declined | voided | expired | failed
  └──► sent (by hand) | voided (withdrawn)

What a vendor tells late wins over failed. Nothing follows signed, declined, voided, expired.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.domain.agreements.agreement import (
    Agreement,
    AgreementState,
    Document,
    SignatureFact,
    SignatureHint,
    SignatureState,
    Signer,
    SignerState,
    mismatch,
)
from core.domain.refusal import IllegalMove, Refusal
from core.domain.submission import Submission, asked, send, waiting

_S = AgreementState
_OVER = frozenset({_S.SIGNED, _S.DECLINED, _S.VOIDED, _S.EXPIRED})
MOVES: dict[AgreementState, frozenset[AgreementState]] = {
    _S.DRAFT: frozenset({_S.SENDING, _S.SENT, _S.VOIDED}),
    _S.SENDING: frozenset({_S.SENDING, _S.SENT, _S.FAILED, _S.NEEDS_OPERATOR}) | _OVER,
    _S.SENT: frozenset({_S.SENT}) | _OVER,
    _S.FAILED: frozenset({_S.SENDING, _S.SENT, _S.VOIDED}) | _OVER,
    _S.NEEDS_OPERATOR: frozenset({_S.SENT, _S.FAILED}) | _OVER,
    **{over: frozenset() for over in _OVER},
}
_FURTHER = (SignerState.WAITING, SignerState.ASKED, SignerState.DECLINED, SignerState.SIGNED)
# Vendors are not to be asked about one agreement more than once in 15 minutes (DocuSign).
FOLLOW_S = (900, 1800, 3600, 7200, 14400, 21600)
# What was signed is there at once, or a little later.
FETCH_S = (5, 30, 120, 600, 1800, 3600)


def move(agreement: Agreement, to: AgreementState, now: datetime) -> Agreement:
    """IllegalMove: there is no such way."""
    if to not in MOVES[agreement.state]:
        raise IllegalMove(f"an agreement that is {agreement.state} cannot become {to}")
    return msgspec.structs.replace(agreement, state=to, updated_at=now)


def sending(agreement: Agreement, now: datetime, deadline_s: float) -> Agreement:
    """Written before the vendor is asked. Again after `failed`: nobody was asked then."""
    before = agreement.submission if agreement.state is _S.SENDING else None
    submission = send(now, deadline_s, before)
    after = move(agreement, _S.SENDING, now)
    return msgspec.structs.replace(after, submission=submission, refusal=None)


def given_out(agreement: Agreement, now: datetime) -> Agreement:
    """By hand: whoever sent it brings the signed one back, before it expires."""
    ends = agreement.expires_at
    submission = None if ends is None else Submission(sent_at=now, sent_by=now, check_at=ends)
    after = move(agreement, _S.SENT, now)
    signers = tuple(msgspec.structs.replace(s, state=SignerState.ASKED) for s in after.signers)
    return msgspec.structs.replace(after, sent_at=now, signers=signers, submission=submission)


def given_back(
    agreement: Agreement, signed: Document, now: datetime, signed_at: datetime
) -> Agreement:
    """By hand: a person says that this is what everybody signed."""
    after = move(agreement, _S.SIGNED, now)
    signers = tuple(
        msgspec.structs.replace(s, state=SignerState.SIGNED, signed_at=signed_at)
        for s in after.signers
    )
    return msgspec.structs.replace(
        after, signers=signers, signed=signed, signed_at=signed_at, submission=None
    )


def told(agreement: Agreement, fact: SignatureFact, now: datetime) -> Agreement:
    """*agreement* after the vendor's word, which must have no mismatch.

    A word that is older than what is known changes nothing. An open one is asked about again
    later, for the message that closes it may be lost.
    """
    to = AgreementState(fact.state.value)
    if to not in MOVES[agreement.state]:
        return agreement
    after = msgspec.structs.replace(
        move(agreement, to, now),
        vendor_reference=fact.vendor_reference,
        hint=None,
        refusal=None,
        sent_at=agreement.sent_at or now,
        signed_at=(fact.at or now) if to is _S.SIGNED else None,
        signers=_signers(agreement.signers, fact),
    )
    return msgspec.structs.replace(after, submission=_next(agreement, after, now))


def _signers(signers: tuple[Signer, ...], fact: SignatureFact) -> tuple[Signer, ...]:
    """Nobody goes back: a word may be older than what is known. When all is signed, everybody
    has."""
    words = {s.place: (s.state, s.signed_at) for s in fact.signers}
    after = []
    for place, signer in enumerate(signers):
        state, at = words.get(place, (signer.state, None))
        if fact.state is SignatureState.SIGNED:
            state, at = SignerState.SIGNED, at or fact.at
        if _FURTHER.index(state) < _FURTHER.index(signer.state):
            state = signer.state
        signed = (signer.signed_at or at) if state is SignerState.SIGNED else None
        after.append(msgspec.structs.replace(signer, state=state, signed_at=signed))
    return tuple(after)


def _next(before: Agreement, after: Agreement, now: datetime) -> Submission | None:
    """When to ask next: what just became so begins its questions anew."""
    held = before.submission or Submission(sent_at=now, sent_by=now, check_at=now)
    if after.state is before.state:
        return waiting(held, now, FOLLOW_S)
    anew = msgspec.structs.replace(held, checks=0)
    if after.state is _S.SENT:
        return waiting(anew, now, FOLLOW_S)
    if after.state is _S.SIGNED:
        return msgspec.structs.replace(anew, check_at=now)
    return None


def answered(agreement: Agreement, fact: SignatureFact, now: datetime) -> Agreement:
    """The answer to our own call: if it is about something else, a person is called."""
    wrong = mismatch(agreement, fact)
    if wrong is not None:
        return needs_operator(agreement, Refusal("mismatch", wrong), now)
    return told(agreement, fact, now)


def hinted(agreement: Agreement, hint: SignatureHint, now: datetime) -> Agreement:
    """Ask soon. A hint never moves anything, and what is over, or went out by hand, needs no
    question; nor can one be asked while no reference is known and none is claimed."""
    held, known = agreement.submission, agreement.vendor_reference
    if held is None or agreement.connection is None:
        return agreement
    if agreement.state not in (_S.SENDING, _S.SENT, _S.NEEDS_OPERATOR):
        return agreement
    candidate = hint.vendor_reference if known is None else None
    if candidate is None and (known is None or agreement.state is _S.NEEDS_OPERATOR):
        return agreement
    soon = msgspec.structs.replace(held, check_at=min(now, held.check_at))
    return msgspec.structs.replace(agreement, submission=soon, hint=candidate)


def unhinted(agreement: Agreement) -> Agreement:
    """The vendor knows nothing of what was hinted, or it is somebody else's."""
    return msgspec.structs.replace(agreement, hint=None)


def unanswered(agreement: Agreement, why: str, now: datetime) -> Agreement:
    """One question later: when to ask again, or a person is called. An open one waits for
    people, and is asked about as long; what is signed, until it is fetched."""
    held = agreement.submission
    if held is None:
        return agreement
    if agreement.state is _S.SENDING:
        after = asked(held, now)
        if after is None:
            return needs_operator(agreement, Refusal("unknown", why), now)
    else:
        after = waiting(held, now, FETCH_S if agreement.lacks_documents else FOLLOW_S)
    return msgspec.structs.replace(agreement, submission=after)


def kept(
    agreement: Agreement, signed: Document, certificate: Document | None, now: datetime
) -> Agreement:
    """What was signed is fetched and kept."""
    if not agreement.lacks_documents:
        return agreement
    return msgspec.structs.replace(
        agreement, signed=signed, certificate=certificate, submission=None, updated_at=now
    )


def failed(agreement: Agreement, refusal: Refusal, now: datetime) -> Agreement:
    """Certainly nobody was asked."""
    after = move(agreement, _S.FAILED, now)
    return msgspec.structs.replace(after, refusal=refusal, submission=None)


def needs_operator(agreement: Agreement, refusal: Refusal, now: datetime) -> Agreement:
    return msgspec.structs.replace(move(agreement, _S.NEEDS_OPERATOR, now), refusal=refusal)


def closed(agreement: Agreement, to: AgreementState, now: datetime) -> Agreement:
    """Over without a signature: withdrawn before it was sent, expired by hand, or as a person
    found out."""
    return msgspec.structs.replace(move(agreement, to, now), submission=None, refusal=None)
