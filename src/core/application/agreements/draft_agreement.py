"""Make an agreement from a template, its bookings and its people: checked, set, and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from core.application.agreements.keep_document import keep_document
from core.application.agreements.template_text import form_of, version_of
from core.application.connection_parts import active_parts
from core.application.hub import Asking, Hub, write_audit
from core.domain.agreements.agreement import Agreement, Mark, Signer
from core.domain.agreements.akad import terms as akad
from core.domain.agreements.akad.page import page
from core.domain.agreements.akad.template import Form, Template
from core.domain.agreements.akad.template import faults_of as template_faults
from core.domain.agreements.akad.terms import Figures, Muwakkil, Pilgrim, Terms, Wakil
from core.domain.bookings.booking import Booking
from core.domain.naming import unseen_faults
from core.domain.payments.payment_plan import PaymentPlan
from core.domain.person import Person
from core.domain.problem import Fault, Invalid, NotFound
from core.domain.tenancy import LegalEntity, Permission
from ports.manifest import Role
from ports.store import Tx, View
from ports.typesetter import CannotTypeset


class NewSigner(msgspec.Struct, frozen=True):
    """email: needed where the vendor writes to signers. vendor_id: where it knows them by ids."""

    name: str
    surname: str
    email: str | None = None
    phone: str | None = None
    vendor_id: str | None = None

    @property
    def whole(self) -> str:
        return f"{self.name} {self.surname}".strip()


class NewMuwakkil(msgspec.Struct, frozen=True):
    signer: NewSigner
    identity: str
    address: str
    guardian_of: str = ""


class NewWakil(msgspec.Struct, frozen=True):
    signer: NewSigner
    position: str
    address: str


class NewAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """entity: the company that is the wakil; its name and licence are printed. version None: the
    newest. pilgrims empty: the guests of the first booking. connection None: by hand.

    figures: Terms less the people, who are named here. payment_plan: the one that is kept; it
    says how the price is paid where the figures do not, and has to agree where they do.
    """

    template: str
    entity: str
    muwakkil: NewMuwakkil
    wakil: NewWakil
    figures: Figures
    version: int | None = None
    payment_plan: str | None = None
    bookings: tuple[str, ...] = ()
    pilgrims: tuple[Pilgrim, ...] = ()
    connection: str | None = None
    partner: str | None = None
    expires_at: datetime | None = None
    message: str = ""


class _Made(msgspec.Struct, frozen=True):
    template: Template
    form: Form
    terms: Terms
    bookings: tuple[Booking, ...]


async def draft_agreement(hub: Hub, asking: Asking, new: NewAgreement) -> Agreement:
    """A `draft` whose document is set and kept; nobody is asked yet.

    Invalid `figures_do_not_match`: every figure that does not agree with a booking or another,
    and `template_incomplete`: every clause that is missing. NotFound: what it names.
    """
    asking.need(Permission.AGREEMENTS_WRITE)
    unseen = tuple(unseen_faults(_names(new)))
    if unseen:
        raise Invalid(*unseen)
    id = hub.mint.id("agr")
    async with hub.store.read(asking.scope) as view:
        made = await _made(hub, view, new)
    pdf, marks = await _set(hub, id, made)
    document = await keep_document(hub, asking.scope, id, pdf)
    async with hub.store.begin(asking.scope) as tx:
        signers = await _signers(hub, tx, new, made.form, marks)
        now = hub.clock.now()
        agreement = Agreement(
            id=id,
            entity=new.entity,
            template=made.template.name,
            version=made.template.version,
            title=made.template.title,
            signers=signers,
            document=document,
            created_at=now,
            updated_at=now,
            bookings=new.bookings,
            payment_plan=new.payment_plan,
            connection=new.connection,
            partner=new.partner,
            message=new.message,
            expires_at=new.expires_at,
        )
        await tx.put_agreement(agreement)
        if asking.key is not None:
            await tx.link_key(asking.who.id, asking.key, id)
        await write_audit(hub, tx, asking, "agreement.drafted", id, after=agreement)
    return agreement


def _names(new: NewAgreement) -> Iterator[tuple[str, str]]:
    for role, party in (("muwakkil", new.muwakkil), ("wakil", new.wakil)):
        yield f"/{role}/signer/name", party.signer.name
        yield f"/{role}/signer/surname", party.signer.surname
    yield "/muwakkil/guardian_of", new.muwakkil.guardian_of
    for place, pilgrim in enumerate(new.pilgrims):
        yield f"/pilgrims/{place}/name", pilgrim.name


async def _made(hub: Hub, view: View, new: NewAgreement) -> _Made:
    form = form_of(new.template)
    template = await version_of(view, new.template, new.version)
    faults = template_faults(template, form)
    if faults:
        raise Invalid(*faults, code="template_incomplete")
    entity = await view.entity(new.entity)
    if entity is None:
        raise NotFound("legal entity", new.entity)
    if not entity.licence:
        fault = Fault("/entity", "has no licence; an agency without one makes no such agreement")
        raise Invalid(fault)
    if new.partner is not None and await view.partner(new.partner) is None:
        raise NotFound("partner", new.partner)
    ends = new.expires_at
    if ends is not None and ends <= hub.clock.now():
        raise Invalid(Fault("/expires_at", "is in the past"))
    await _signable(hub, view, new)
    bookings = await _bookings(view, new.bookings)
    plan = await _plan(view, new.payment_plan)
    terms = _terms(new, entity, new.pilgrims or await _guests(view, bookings), plan)
    wrong = akad.faults_of(terms, {b.id: b for b in bookings})
    if plan is not None:
        wrong += akad.plan_faults(terms, plan)
    if wrong:
        placed = (Fault(_pointer(f.pointer), f.message) for f in wrong)
        raise Invalid(*placed, code="figures_do_not_match")
    return _Made(template, form, terms, tuple(bookings))


def _pointer(pointer: str) -> str:
    """From the terms to the request."""
    own = pointer.startswith(("/pilgrims", "/bookings", "/payment_plan"))
    return pointer if own else f"/figures{pointer}"


async def _plan(view: View, id: str | None) -> PaymentPlan | None:
    if id is None:
        return None
    plan = await view.plan(id)
    if plan is None:
        raise NotFound("payment plan", id)
    return plan


async def _signable(hub: Hub, view: View, new: NewAgreement) -> None:
    """Invalid: the connection signs nothing, or cannot reach a signer."""
    if new.connection is None:
        return
    _, _, manifest = await active_parts(hub, view, new.connection)
    if Role.ESIGN not in manifest.roles:
        raise Invalid(Fault("/connection", f"{manifest.title} is no e-signature vendor"))
    parties = {"muwakkil": new.muwakkil.signer, "wakil": new.wakil.signer}
    field = "vendor_id" if "signer_ids" in manifest.can else "email"
    faults = [
        Fault(f"/{party}/signer/{field}", f"is needed by {manifest.title}")
        for party, signer in parties.items()
        if not getattr(signer, field)
    ]
    if faults:
        raise Invalid(*faults)


async def _bookings(view: View, ids: Sequence[str]) -> list[Booking]:
    found = []
    for n, id in enumerate(ids):
        booking = await view.booking(id)
        if booking is None:
            raise NotFound("booking", id)
        if id in ids[:n]:
            raise Invalid(Fault(f"/bookings/{n}", "is named twice"))
        found.append(booking)
    return found


async def _guests(view: View, bookings: Sequence[Booking]) -> tuple[Pilgrim, ...]:
    if not bookings:
        raise Invalid(Fault("/pilgrims", "are needed where no booking names them"))
    guests = bookings[0].guests
    people = await view.people([g.person for g in guests])
    if len(people) < len(guests):
        raise Invalid(Fault("/pilgrims", "are needed: guests of the booking were erased"))
    return tuple(Pilgrim(_whole(people[g.person])) for g in guests)


def _whole(person: Person) -> str:
    return f"{person.name} {person.surname}".strip()


def _terms(
    new: NewAgreement,
    entity: LegalEntity,
    pilgrims: tuple[Pilgrim, ...],
    plan: PaymentPlan | None,
) -> Terms:
    first, second, figures = new.muwakkil, new.wakil, new.figures
    if plan is not None and not figures.plan:
        figures = msgspec.structs.replace(figures, plan=akad.planned(plan))
    return Terms(
        wakil=Wakil(
            entity.name, entity.licence, second.signer.whole, second.position, second.address
        ),
        muwakkil=Muwakkil(first.signer.whole, first.identity, first.address, first.guardian_of),
        pilgrims=pilgrims,
        **{name: getattr(figures, name) for name in Figures.__struct_fields__},
    )


async def _set(hub: Hub, id: str, made: _Made) -> tuple[bytes, Mapping[str, Mark]]:
    data = page(id, made.template, made.form, made.terms, made.bookings)
    try:
        typeset = await hub.typesetter.typeset(made.form.layout, data)
    except CannotTypeset as e:
        raise Invalid(Fault("", f"it cannot be set: {e}"), code="cannot_typeset") from e
    return typeset.pdf, typeset.marks


async def _signers(
    hub: Hub, tx: Tx, new: NewAgreement, form: Form, marks: Mapping[str, Mark]
) -> tuple[Signer, ...]:
    parties = {"muwakkil": new.muwakkil.signer, "wakil": new.wakil.signer}
    signers = []
    for role in form.roles:
        of = parties[role]
        person = Person(hub.mint.id("per"), of.name, of.surname, of.email, of.phone)
        await tx.put_person(person)
        signers.append(Signer(person.id, role, marks[role], of.vendor_id))
    return tuple(signers)
