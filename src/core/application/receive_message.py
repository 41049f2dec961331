"""A vendor's webhook: verified on its raw bytes, kept, and only then answered and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, by_itself
from core.application.settle_payment import write_payment, write_refund
from core.domain.card import masked_bytes
from core.domain.catalogue import QuarantinePayload, draft
from core.domain.connection import ConnectionState
from core.domain.inbox import InboxMessage, InboxState
from core.domain.payment import Checkout, Payment, RefundFact, mismatch, refund_mismatch
from core.domain.payment_moves import after_checkout, after_refund
from core.domain.problem import Forbidden, NotFound
from core.domain.tenancy import Permission, Scope
from ports.errors import VendorError
from ports.inbound_webhook import InboundFact, InboundWebhook, Rejected
from ports.jobs import Bell
from ports.store import Page, Tx


async def receive_message(
    hub: Hub, connection_id: str, headers: Mapping[str, str], raw: bytes
) -> InboxMessage | None:
    """Committed when this returns; None: it was here before.

    NotFound: no such connection, or one that takes no webhooks. Forbidden: not genuine.
    """
    scope = await hub.store.connection_scope(connection_id)
    if scope is None:
        raise NotFound("connection", connection_id)
    async with hub.store.read(scope) as view:
        connection, account, _ = await connection_parts(hub, view, connection_id)
    inbound = hub.vendors.inbound(scope, connection, account)
    if inbound is None or connection.state is not ConnectionState.ACTIVE:
        raise NotFound("connection", connection_id)
    verified = inbound.verify(headers, raw, hub.clock.now())
    if isinstance(verified, Rejected):
        raise Forbidden("signature_rejected", verified.reason)
    message = InboxMessage(
        id=hub.mint.id("inb"),
        connection=connection_id,
        vendor_id=verified.vendor_id,
        type=verified.type,
        raw=masked_bytes(raw),
        received_at=hub.clock.now(),
    )
    async with hub.store.begin(scope) as tx:
        new = await tx.receive(message)
    await hub.jobs.ring(Bell.INBOX)
    return message if new else None


async def process_message(hub: Hub, scope: Scope, id: str) -> InboxMessage:
    """Apply what a kept message says, once. What differs from our intent is quarantined."""
    async with hub.store.read(scope) as view:
        message = await view.inbox_message(id)
        if message is None:
            raise LookupError(id)
        connection, account, _ = await connection_parts(hub, view, message.connection)
    if message.state is not InboxState.RECEIVED:
        return message
    inbound = hub.vendors.inbound(scope, connection, account)
    facts, fault = _facts(inbound, message)
    async with hub.store.begin(scope) as tx:
        current = await tx.inbox_message(id)
        if current is None or current.state is not InboxState.RECEIVED:
            return current or message
        notes = [await _apply(hub, tx, scope, message, fact) for fact in facts]
        after = _settled(current, [n for n in notes if n is not None], fault, bool(facts))
        await tx.put_inbox_message(after)
    await hub.jobs.ring(Bell.DELIVERIES)
    return after


def _facts(
    inbound: InboundWebhook | None, message: InboxMessage
) -> tuple[tuple[InboundFact, ...], str]:
    if inbound is None:
        return (), "the connection no longer takes webhooks"
    try:
        return inbound.parse(message.raw), ""
    except VendorError as e:
        return (), e.message


def _settled(
    message: InboxMessage, differences: Sequence[str], fault: str, told: bool
) -> InboxMessage:
    if fault or any(differences):
        state = InboxState.QUARANTINED
    else:
        state = InboxState.PROCESSED if told else InboxState.IGNORED
    note = fault or "; ".join(d for d in differences if d)
    return msgspec.structs.replace(message, state=state, note=note, attempts=message.attempts + 1)


async def _apply(
    hub: Hub, tx: Tx, scope: Scope, message: InboxMessage, fact: InboundFact
) -> str | None:
    """The difference that keeps *fact* from being applied; None: it was, or is not ours."""
    if isinstance(fact, Checkout):
        wrong = await _apply_checkout(hub, tx, scope, message, fact)
    else:
        wrong = await _apply_refund(hub, tx, scope, message, fact)
    if wrong is not None:
        payload = QuarantinePayload(
            message=message.id,
            connection=message.connection,
            subject=fact.reference,
            difference=wrong,
        )
        await tx.record(draft("inbox.quarantined", message.id, payload), hub.clock.now())
    return wrong


async def _apply_checkout(
    hub: Hub, tx: Tx, scope: Scope, message: InboxMessage, fact: Checkout
) -> str | None:
    payment = await tx.payment(fact.reference)
    if payment is None:
        return None  # another program's payment on the same gateway account
    wrong = _elsewhere(message, payment) or mismatch(payment, fact)
    if wrong is None:
        after = after_checkout(payment, fact, hub.clock.now())
        await write_payment(hub, tx, by_itself(scope), payment, after)
    return wrong


async def _apply_refund(
    hub: Hub, tx: Tx, scope: Scope, message: InboxMessage, fact: RefundFact
) -> str | None:
    refund = await tx.refund(fact.reference)
    payment = await tx.payment(refund.payment) if refund else None
    if refund is None or payment is None:
        return None
    wrong = _elsewhere(message, payment) or refund_mismatch(refund, fact)
    if wrong is None:
        after = after_refund(refund, fact, hub.clock.now())
        await write_refund(hub, tx, by_itself(scope), refund, after)
    return wrong


def _elsewhere(message: InboxMessage, payment: Payment) -> str | None:
    if payment.connection == message.connection:
        return None
    return f"it came through {message.connection}, not {payment.connection}"


async def list_messages(
    hub: Hub, asking: Asking, page: Page, *, connection: str | None
) -> Sequence[InboxMessage]:
    asking.need(Permission.CONNECTIONS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.inbox(page, connection=connection)
