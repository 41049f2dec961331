"""Agreements, their documents' digests, and the templates they are made from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.application.agreements import draft_agreement, resolve_agreement, write_template
from core.domain.agreements import agreement as domain
from core.domain.agreements.akad import template as texts
from core.domain.agreements.akad import terms
from core.domain.person import Person
from entrypoints.http.paging import Paging
from entrypoints.http.wire.booking import Refusal, refusal
from entrypoints.http.wire.values import Amount, Id, OwedReason

Word = Annotated[str, Meta(min_length=1, max_length=200)]
Long = Annotated[str, Meta(min_length=1, max_length=500)]
GivenName = Annotated[str, Meta(min_length=1, max_length=50)]
Surname = Annotated[str, Meta(max_length=50)]
Email = Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
Phone = Annotated[str, Meta(min_length=5, max_length=30)]
Digest = Annotated[str, Meta(description="SHA-256 of the PDF, in hex.")]


class NewSigner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """email: where the vendor writes to (DocuSign). vendor_id: who it is at a vendor that knows
    people by ids of its own (a PrivyID)."""

    name: GivenName
    surname: Surname = ""
    email: Email | None = None
    phone: Phone | None = None
    vendor_id: Annotated[str, Meta(pattern="^[!-~]{1,100}$")] | None = None

    def wish(self) -> draft_agreement.NewSigner:
        return draft_agreement.NewSigner(
            self.name, self.surname, self.email, self.phone, self.vendor_id
        )


class NewMuwakkil(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pilgrim who delegates; of a minor the guardian. identity: number of the identity card
    or passport; it is printed, and kept nowhere else."""

    signer: NewSigner
    identity: Word
    address: Long
    guardian_of: Annotated[str, Meta(max_length=200)] = ""


class NewWakil(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs for the agency, and as what."""

    signer: NewSigner
    position: Word
    address: Long


class NewPilgrim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Word
    passport: Annotated[str, Meta(max_length=20)] = ""


class NewLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What entrusted money is for. booking: whose selling price it is. sold_for: that price, where
    the booking is sold in another currency."""

    label: Word
    amount: Amount
    booking: Id | None = None
    sold_for: Amount | None = None


class NewInstalment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    label: Word
    due: datetime.date
    amount: Amount


class NewRefundStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From so many days before departure on, so much of the money not yet spent is given back."""

    days_before: Annotated[int, Meta(ge=0, le=366)]
    percent: Annotated[int, Meta(ge=0, le=100)]


class NewFigures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """lines: the entrusted funds, by use; with the ujrah they make the total, and so does the
    plan. plan: left out, that of the payment plan. on: the day of the agreement. court: of last
    resort."""

    place: Word
    on: datetime.date
    departs: datetime.date
    returns: datetime.date
    lines: Annotated[tuple[NewLine, ...], Meta(min_length=1, max_length=40)]
    ujrah: Amount
    total: Amount
    plan: Annotated[tuple[NewInstalment, ...], Meta(max_length=60)] = ()
    refunds: Annotated[tuple[NewRefundStep, ...], Meta(max_length=20)] = ()
    escrow_bank: Word
    escrow_account: Word
    court: Word

    def wish(self) -> terms.Figures:
        return terms.Figures(
            place=self.place,
            on=self.on,
            departs=self.departs,
            returns=self.returns,
            lines=tuple(_line(line) for line in self.lines),
            ujrah=self.ujrah.money(),
            total=self.total.money(),
            plan=tuple(terms.Instalment(p.label, p.due, p.amount.money()) for p in self.plan),
            refunds=tuple(terms.RefundStep(r.days_before, r.percent) for r in self.refunds),
            escrow_bank=self.escrow_bank,
            escrow_account=self.escrow_account,
            court=self.court,
        )


def _line(line: NewLine) -> terms.Line:
    sold = line.sold_for.money() if line.sold_for is not None else None
    return terms.Line(line.label, line.amount.money(), line.booking, sold)


class NewAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """entity: the company that acts; its name and licence are printed. version: left out, the
    newest. payment_plan: the one that is kept, which the figures have to agree with. pilgrims:
    left out, the guests of the first booking. connection: left out, the
    document goes out and comes back by hand."""

    template: Annotated[str, Meta(pattern="^[a-z0-9-]{1,60}$")]
    entity: Id
    muwakkil: NewMuwakkil
    wakil: NewWakil
    figures: NewFigures
    version: Annotated[int, Meta(ge=1, le=10**6)] | None = None
    payment_plan: Id | None = None
    bookings: Annotated[tuple[Id, ...], Meta(max_length=20)] = ()
    pilgrims: Annotated[tuple[NewPilgrim, ...], Meta(max_length=500)] = ()
    connection: Id | None = None
    partner: Id | None = None
    expires_at: datetime.datetime | None = None
    message: Annotated[str, Meta(max_length=1000)] = ""

    def __post_init__(self) -> None:
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("expires_at has to say its time zone")

    def wish(self) -> draft_agreement.NewAgreement:
        first, second = self.muwakkil, self.wakil
        return draft_agreement.NewAgreement(
            template=self.template,
            entity=self.entity,
            muwakkil=draft_agreement.NewMuwakkil(
                first.signer.wish(), first.identity, first.address, first.guardian_of
            ),
            wakil=draft_agreement.NewWakil(second.signer.wish(), second.position, second.address),
            figures=self.figures.wish(),
            version=self.version,
            payment_plan=self.payment_plan,
            bookings=self.bookings,
            pilgrims=tuple(terms.Pilgrim(p.name, p.passport) for p in self.pilgrims),
            connection=self.connection,
            partner=self.partner,
            expires_at=self.expires_at,
            message=self.message,
        )


class AgreementResolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """vendor_reference: theirs, needed for `at_vendor`; the vendor is then asked about it."""

    outcome: resolve_agreement.AgreementOutcome
    reason: OwedReason
    vendor_reference: Annotated[str, Meta(min_length=1, max_length=200)] | None = None

    def wish(self) -> resolve_agreement.ResolveAgreement:
        return resolve_agreement.ResolveAgreement(self.outcome, self.reason, self.vendor_reference)


class AgreementQuery(Paging, frozen=True, forbid_unknown_fields=True):
    state: domain.AgreementState | None = None
    partner: Id | None = None


class Document(msgspec.Struct, frozen=True):
    """size: in bytes."""

    sha256: Digest
    size: int


class Signer(msgspec.Struct, frozen=True):
    """In the order of signing. name: null where it is not shown, or was erased."""

    person: str
    role: str
    name: str | None
    vendor_id: str | None
    state: domain.SignerState
    signed_at: datetime.datetime | None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """signed, certificate: null until they are kept. vendor_reference: the vendor's own."""

    id: str
    state: domain.AgreementState
    template: str
    version: int
    title: str
    entity: str
    bookings: tuple[str, ...]
    payment_plan: str | None
    connection: str | None
    partner: str | None
    message: str
    signers: tuple[Signer, ...]
    document: Document
    signed: Document | None
    certificate: Document | None
    vendor_reference: str | None
    expires_at: datetime.datetime | None
    sent_at: datetime.datetime | None
    signed_at: datetime.datetime | None
    refusal: Refusal | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


def agreement(of: domain.Agreement, people: Mapping[str, Person] | None = None) -> Agreement:
    return Agreement(
        id=of.id,
        state=of.state,
        template=of.template,
        version=of.version,
        title=of.title,
        entity=of.entity,
        bookings=of.bookings,
        payment_plan=of.payment_plan,
        connection=of.connection,
        partner=of.partner,
        message=of.message,
        signers=tuple(_signer(s, (people or {}).get(s.person)) for s in of.signers),
        document=Document(of.document.sha256, of.document.size),
        signed=_document(of.signed),
        certificate=_document(of.certificate),
        vendor_reference=of.vendor_reference,
        expires_at=of.expires_at,
        sent_at=of.sent_at,
        signed_at=of.signed_at,
        refusal=refusal(of.refusal),
        created_at=of.created_at,
        updated_at=of.updated_at,
    )


def _document(of: domain.Document | None) -> Document | None:
    return None if of is None else Document(of.sha256, of.size)


def _signer(of: domain.Signer, person: Person | None) -> Signer:
    name = f"{person.name} {person.surname}".strip() if person is not None else None
    return Signer(of.person, of.role, name, of.vendor_id, of.state, of.signed_at)


class NewClause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """text: paragraphs divided by an empty line; `{ujrah}` stands for a figure, and a paragraph
    that is only `{table:plan}` for a table."""

    key: Annotated[str, Meta(pattern="^[a-z_]{1,40}$")]
    heading: Annotated[str, Meta(max_length=200)]
    text: Annotated[str, Meta(max_length=20_000)]
    arabic: Annotated[str, Meta(max_length=200)] = ""


class NewVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Word
    arabic: Annotated[str, Meta(max_length=200)]
    clauses: Annotated[tuple[NewClause, ...], Meta(min_length=1, max_length=100)]

    def wish(self) -> write_template.NewVersion:
        clauses = tuple(texts.Clause(c.key, c.heading, c.text, c.arabic) for c in self.clauses)
        return write_template.NewVersion(self.title, self.arabic, clauses)


class NewReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """by: who read the text and lets it be used, by name and office."""

    of: Literal["legal", "sharia"]
    by: Word

    def wish(self) -> write_template.NewReview:
        return write_template.NewReview(self.of, self.by)


class Form(msgspec.Struct, frozen=True):
    """What every version must hold. clauses: those required, each with the placeholders it has to
    say. placeholders: all there are."""

    roles: tuple[str, ...]
    clauses: dict[str, tuple[str, ...]]
    placeholders: tuple[str, ...]


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """reviewed: a lawyer and a sharia supervisor both let it be used; until then every page of an
    agreement made from it carries a warning."""

    name: str
    version: int
    title: str
    arabic: str
    clauses: tuple[texts.Clause, ...]
    reviews: tuple[texts.Review, ...]
    reviewed: bool
    form: Form
    created_at: datetime.datetime | None


class Templates(msgspec.Struct, frozen=True):
    """All there are."""

    data: tuple[Template, ...]


def template(of: texts.Template, form: texts.Form) -> Template:
    clauses = {key: tuple(sorted(names)) for key, names in form.clauses.items()}
    return Template(
        name=of.name,
        version=of.version,
        title=of.title,
        arabic=of.arabic,
        clauses=of.clauses,
        reviews=of.reviews,
        reviewed=of.is_reviewed,
        form=Form(form.roles, clauses, tuple(sorted(form.known))),
        created_at=of.created_at,
    )
