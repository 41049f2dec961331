"""An e-signature vendor in memory: the port's promises and nothing else."""

from __future__ import annotations

import itertools
from collections import Counter

import msgspec

from core.domain.agreements.agreement import SignatureFact, SignatureState, SignerFact, SignerState
from core.domain.connections.connection import Verdict
from ports.clock import Clock
from ports.errors import OutcomeUnknown, Refused, VendorError
from ports.esign import AgreementOrder, SignedFiles
from ports.probe import Probe


class MemoryESign:
    """It ignores our key as far as sending goes: every send that gets through asks again, and
    `sent` counts it. orders, facts: by the vendor's reference.

    lose_answer(operation): the next one is done, and its answer is lost.
    fail(operation, error): the next one raises *error*, and nothing is done.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._lost: list[str] = []
        self._failing: list[tuple[str, VendorError]] = []
        self._keys: dict[str, str] = {}
        self.orders: dict[str, AgreementOrder] = {}
        self.facts: dict[str, SignatureFact] = {}
        self.sent: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()

    def lose_answer(self, operation: str) -> None:
        self._lost.append(operation)

    def fail(self, operation: str, error: VendorError) -> None:
        self._failing.append((operation, error))

    def sign(self, vendor_reference: str) -> SignatureFact:
        """The next signer signs; the last one completes it."""
        fact = self._seen(vendor_reference)
        signed = [s.state is SignerState.SIGNED for s in fact.signers]
        place, now = signed.index(False), self._clock.now()
        signers = list(fact.signers)
        signers[place] = SignerFact(place, SignerState.SIGNED, now)
        whole = place + 1 == len(signers)
        if not whole:
            signers[place + 1] = SignerFact(place + 1, SignerState.ASKED)
        state = SignatureState.SIGNED if whole else SignatureState.SENT
        return self._become(fact, state, tuple(signers))

    def decline(self, vendor_reference: str) -> SignatureFact:
        fact = self._seen(vendor_reference)
        place = [s.state is SignerState.SIGNED for s in fact.signers].index(False)
        signers = list(fact.signers)
        signers[place] = SignerFact(place, SignerState.DECLINED)
        return self._become(fact, SignatureState.DECLINED, tuple(signers))

    async def send(self, order: AgreementOrder, *, key: str) -> SignatureFact:
        self._begin("send")
        reference = f"envelope_{next(self._numbers)}"
        asked = (SignerState.ASKED, *[SignerState.WAITING] * (len(order.signers) - 1))
        signers = tuple(SignerFact(n, state) for n, state in enumerate(asked))
        fact = SignatureFact(
            reference, order.reference, SignatureState.SENT, signers, self._clock.now()
        )
        self.sent[key] += 1
        self.orders[reference], self.facts[reference] = order, fact
        self._keys[key] = reference
        return self._end("send", fact)

    async def find(self, key: str) -> SignatureFact | None:
        self._begin("find")
        reference = self._keys.get(key)
        return None if reference is None else self._seen(reference)

    async def status(self, vendor_reference: str, *, reference: str) -> SignatureFact | None:
        self._begin("status")
        if vendor_reference not in self.facts:
            return None
        return self._seen(vendor_reference)

    async def signed_document(self, vendor_reference: str, *, reference: str) -> SignedFiles:
        self._begin("signed_document")
        if self._seen(vendor_reference).state is not SignatureState.SIGNED:
            raise _refused("signed_document")
        pdf = self.orders[vendor_reference].pdf
        return SignedFiles(pdf + b"% signed\n%%EOF\n", b"%PDF-1.7\n% who signed when\n%%EOF\n")

    async def void(self, vendor_reference: str, reason: str, *, reference: str) -> SignatureFact:
        self._begin("void")
        if vendor_reference not in self.facts:
            raise _refused("void")
        fact = self._seen(vendor_reference)
        if fact.state is SignatureState.SENT:
            fact = self._become(fact, SignatureState.VOIDED, fact.signers)
        return self._end("void", fact)

    async def probe(self) -> Probe:
        return Probe(Verdict.VERIFIED, {"esign": "memory"})

    def _seen(self, reference: str) -> SignatureFact:
        """As it stands now: what ran out of time is over."""
        fact, ends = self.facts[reference], self.orders[reference].expires_at
        if fact.state is SignatureState.SENT and ends is not None and ends <= self._clock.now():
            return self._become(fact, SignatureState.EXPIRED, fact.signers)
        return fact

    def _become(
        self, fact: SignatureFact, state: SignatureState, signers: tuple[SignerFact, ...]
    ) -> SignatureFact:
        after = msgspec.structs.replace(fact, state=state, signers=signers, at=self._clock.now())
        self.facts[fact.vendor_reference] = after
        return after

    def _begin(self, operation: str) -> None:
        self.calls[operation] += 1
        for place, (failing, error) in enumerate(self._failing):
            if failing == operation:
                del self._failing[place]
                raise error

    def _end(self, operation: str, fact: SignatureFact) -> SignatureFact:
        if operation in self._lost:
            self._lost.remove(operation)
            raise OutcomeUnknown("sent, no clear answer", vendor="memory", operation=operation)
        return fact


def _refused(operation: str) -> Refused:
    return Refused("no", vendor="memory", operation=operation)
