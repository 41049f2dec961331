"""A document to sign, its signers in order, and what the e-signature vendor tells of it."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.refusal import Refusal
from core.domain.submission import Submission


class AgreementState(enum.StrEnum):
    DRAFT = "draft"
    SENDING = "sending"
    SENT = "sent"
    SIGNED = "signed"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"
    FAILED = "failed"
    NEEDS_OPERATOR = "needs_operator"


class SignerState(enum.StrEnum):
    WAITING = "waiting"
    ASKED = "asked"
    SIGNED = "signed"
    DECLINED = "declined"


class Mark(msgspec.Struct, frozen=True):
    """Where a signature goes. page: from 1; x, y: points from the page's top left corner."""

    page: int
    x: float
    y: float


class Signer(msgspec.Struct, frozen=True):
    """One who signs, by reference. role: the template's word for it (`muwakkil`, `wakil`).

    vendor_id: who that is at the vendor, where it knows people by ids of its own.
    """

    person: str
    role: str
    mark: Mark
    vendor_id: str | None = None
    state: SignerState = SignerState.WAITING
    signed_at: datetime | None = None


class Document(msgspec.Struct, frozen=True):
    """sha256: of the PDF itself, in hex; it stands in the audit trail. address: where its sealed
    bytes are kept. size: of the PDF, in bytes."""

    sha256: str
    size: int
    address: str


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """template, version: what it was rendered from. payment_plan: how it is paid, if that is kept
    here. connection: whose vendor asks the signers;
    None: it goes out and comes back by hand.

    vendor_reference: theirs. hint: what an unsigned message says theirs is; only an answer of the
    vendor makes it the reference. signed, certificate: kept once everybody has signed.
    """

    id: str
    entity: str
    template: str
    version: int
    title: str
    signers: tuple[Signer, ...]
    document: Document
    created_at: datetime
    updated_at: datetime
    bookings: tuple[str, ...] = ()
    payment_plan: str | None = None
    connection: str | None = None
    partner: str | None = None
    message: str = ""
    state: AgreementState = AgreementState.DRAFT
    submission: Submission | None = None
    expires_at: datetime | None = None
    vendor_reference: str | None = None
    hint: str | None = None
    sent_at: datetime | None = None
    signed_at: datetime | None = None
    signed: Document | None = None
    certificate: Document | None = None
    refusal: Refusal | None = None

    @property
    def lacks_documents(self) -> bool:
        """Everybody has signed, and what they signed is still to be fetched."""
        return self.state is AgreementState.SIGNED and self.signed is None

    @property
    def check_at(self) -> datetime | None:
        open_ = self.state in (AgreementState.SENDING, AgreementState.SENT)
        heard = self.state is AgreementState.NEEDS_OPERATOR and self.hint is not None
        due = open_ or heard or self.lacks_documents
        return self.submission.check_at if self.submission and due else None

    @property
    def signatures(self) -> int:
        return sum(s.state is SignerState.SIGNED for s in self.signers)


class SignatureState(enum.StrEnum):
    SENT = "sent"
    SIGNED = "signed"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"


class SignerFact(msgspec.Struct, frozen=True):
    """place: from 0, in the order in which they were asked to sign."""

    place: int
    state: SignerState
    signed_at: datetime | None = None


class SignatureFact(msgspec.Struct, frozen=True):
    """An agreement as the vendor tells it. reference: ours, as they hold it.

    signers: those it tells of. at: when it became so, by the vendor's clock.
    """

    vendor_reference: str
    reference: str
    state: SignatureState
    signers: tuple[SignerFact, ...] = ()
    at: datetime | None = None


class SignatureHint(msgspec.Struct, frozen=True):
    """Somebody says that something happened; the vendor has to be asked."""

    reference: str
    vendor_reference: str | None = None


def mismatch(agreement: Agreement, fact: SignatureFact) -> str | None:
    """What in the vendor's word differs from what we intended; None when all agrees."""
    if fact.reference != agreement.id:
        return f"reference is {fact.reference!r}, not {agreement.id!r}"
    known = agreement.vendor_reference
    if known is not None and fact.vendor_reference != known:
        return f"agreement is {fact.vendor_reference!r}, not {known!r}"
    if any(not 0 <= s.place < len(agreement.signers) for s in fact.signers):
        return f"it has other signers than the {len(agreement.signers)} that were asked"
    return None
