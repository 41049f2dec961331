"""Ask the signers of an agreement, at most once."""

from __future__ import annotations

from core.application.agreements.keep_document import open_document
from core.application.agreements.settle_agreement import settle_agreement, write_agreement
from core.application.clear_answer import clear_answer
from core.application.connection_parts import active_parts, connection_parts
from core.application.hub import Asking, Hub, ring_after, write_intent
from core.application.in_time import in_time
from core.domain.agreements.agreement import Agreement, AgreementState, SignatureFact, Signer
from core.domain.agreements.agreement_moves import answered, failed, given_out, sending
from core.domain.person import Person
from core.domain.problem import Conflict, NotFound
from core.domain.refusal import Refusal
from core.domain.tenancy import Permission
from ports.esign import AgreementOrder, SignerOrder
from ports.jobs import Bell
from ports.store import Tx

MAY_BE_SENT = (AgreementState.DRAFT, AgreementState.FAILED)


async def send_agreement(hub: Hub, asking: Asking, id: str) -> Agreement:
    """`sent`, or `sending` while the vendor's answer is not clear, or `failed` with why.

    Without a connection it is `sent` by hand: the caller hands out the document and brings the
    signed one back. Conflict: it was sent before, has expired, or a signer was erased.
    """
    asking.need(Permission.AGREEMENTS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before = await tx.agreement(id)
        if before is None:
            raise NotFound("agreement", id)
        await _sendable(hub, tx, before)
        now = hub.clock.now()
        if before.connection is None:
            after = given_out(before, now)
            told = await write_agreement(hub, tx, asking, before, after)
        else:
            _, _, manifest = await active_parts(hub, tx, before.connection)
            after, told = sending(before, now, manifest.deadline_s), False
            await tx.put_agreement(after)
        await write_intent(hub, tx, asking, "agreement.sending", id, before=before, after=after)
    await ring_after(hub, Bell.AGREEMENTS, after.check_at, told=told)
    return after if after.connection is None else await ask_vendor(hub, asking, after)


async def _sendable(hub: Hub, tx: Tx, agreement: Agreement) -> None:
    if agreement.state not in MAY_BE_SENT:
        raise Conflict("not_sendable", f"the agreement is {agreement.state}", resource=agreement.id)
    ends = agreement.expires_at
    if ends is not None and ends <= hub.clock.now():
        raise Conflict("agreement_expired", "its time is over; draft it anew")
    people = await tx.people([s.person for s in agreement.signers])
    if len(people) < len({s.person for s in agreement.signers}):
        raise Conflict("signer_erased", "a signer's personal data was erased; draft it anew")


async def ask_vendor(hub: Hub, asking: Asking, agreement: Agreement) -> Agreement:
    """Send it once. What is not a clear yes or no is left `sending`, for the reconciler."""
    answer = await clear_answer(_send(hub, asking, agreement), agreement.submission)
    if answer is None:
        return agreement
    if isinstance(answer, Refusal):
        return await settle_agreement(
            hub,
            asking,
            agreement,
            lambda a: (
                failed(a, answer, hub.clock.now())
                if a.submission == agreement.submission
                else a  # it says nothing of a sending after it
            ),
        )
    return await settle_agreement(
        hub, asking, agreement, lambda a: answered(a, answer, hub.clock.now())
    )


async def _send(hub: Hub, asking: Asking, agreement: Agreement) -> SignatureFact:
    async with hub.store.read(asking.scope) as view:
        connection, account, _ = await connection_parts(hub, view, agreement.connection or "")
        people = await view.people([s.person for s in agreement.signers])
    pdf = await open_document(hub, asking.scope, agreement.id, agreement.document)
    vendor = await hub.vendors.esign(asking.scope, connection, account)
    base = hub.public_url.rstrip("/")
    order = AgreementOrder(
        reference=agreement.id,
        title=agreement.title,
        message=agreement.message,
        pdf=pdf,
        signers=tuple(_signer(s, people[s.person]) for s in agreement.signers),
        expires_at=agreement.expires_at,
        callback_url=f"{base}/in/{connection.id}" if base else None,
    )
    async with in_time(hub, agreement.submission):
        return await vendor.send(order, key=agreement.id)


def _signer(signer: Signer, person: Person) -> SignerOrder:
    return SignerOrder(
        name=f"{person.name} {person.surname}".strip(),
        mark=signer.mark,
        email=person.email,
        phone=person.phone,
        vendor_id=signer.vendor_id,
    )
