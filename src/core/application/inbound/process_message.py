"""What a kept message says, applied once; what differs from our intent is quarantined."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.agreements.hear_signature import hear_hint, hear_signature
from core.application.channels.pull_reservations import PULLED, pull_at_once
from core.application.channels.take_reservation import take_reservation
from core.application.connection_parts import connection_parts
from core.application.hub import Hub, by_itself
from core.application.inbound.follow_dispute import follow_dispute
from core.application.inbound.follow_hint import Led, follow_hint
from core.application.payments.settle_payment import write_payment, write_refund
from core.application.settle_message import Why, as_it_is, quarantine, settle_read
from core.domain.agreements.agreement import SignatureFact, SignatureHint
from core.domain.channels.channel_reservation import ReservationHint
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.inbound.inbox_moves import put_off
from core.domain.payments.payment import (
    Checkout,
    CheckoutState,
    Dispute,
    DisputeFact,
    Payment,
    RefundFact,
    known_checkout,
    mismatch,
    refund_mismatch,
)
from core.domain.payments.payment_moves import after_checkout, after_refund, won_since
from core.domain.tenancy import Scope
from ports.errors import VendorError
from ports.inbound_webhook import Hint, InboundFact, InboundWebhook
from ports.jobs import Bell
from ports.store import Tx

Sure = Checkout | RefundFact | DisputeFact | SignatureFact | SignatureHint
MOST_ASKS = 24  # about a day, as long as an inbox message waits between them


async def process_message(hub: Hub, scope: Scope, id: str) -> InboxMessage:
    """Apply what a kept message says, once. What differs from our intent is quarantined and told,
    and so is what cannot be read.

    What it only hints at is asked of the gateway first, and whose a dispute is that no payment
    here is known by; while that cannot be asked, it waits.
    A hint at reservations has the channel asked at once.
    """
    async with hub.store.read(scope) as view:
        message = await view.inbox_message(id)
        if message is None:
            raise LookupError(id)
        connection, account, _ = await connection_parts(hub, view, message.connection)
    if message.state is not InboxState.RECEIVED:
        return message
    if message.type == PULLED:
        return await take_reservation(hub, scope, message)
    inbound = hub.vendors.inbound(scope, connection, account)
    told, fault = _facts(inbound, message)
    try:
        facts = [
            await follow_dispute(hub, scope, message, f) if isinstance(f, DisputeFact) else f
            for f in told
        ]
        led = [(f, await follow_hint(hub, scope, message, f)) for f in facts if isinstance(f, Hint)]
    except VendorError as e:
        return await _later(hub, scope, message, e)
    async with hub.store.begin(scope) as tx:
        current, waits = await as_it_is(tx, message)
        if not waits:
            return current
        differences = await _apply_all(hub, tx, scope, message, facts, led)
        hinted = any(isinstance(f, ReservationHint) for f in facts)
        if hinted:
            await pull_at_once(hub, tx, message.connection)
        why = [Why(message.vendor_id, fault)] if fault else differences
        if why:
            after = await quarantine(hub, tx, current, *why)
        else:
            after = await settle_read(hub, tx, current, told=bool(facts))
    await hub.jobs.ring(Bell.DELIVERIES)
    if hinted:
        await hub.jobs.ring(Bell.PULLS)
    if any(isinstance(fact, SignatureFact | SignatureHint) for fact in facts):
        await hub.jobs.ring(Bell.AGREEMENTS)
    return after


async def _later(hub: Hub, scope: Scope, message: InboxMessage, error: VendorError) -> InboxMessage:
    """It waits, longer each time; after MOST_ASKS a person is shown and told it."""
    said = f"the gateway could not be asked: {error}"
    async with hub.store.begin(scope) as tx:
        current, waits = await as_it_is(tx, message)
        if not waits:
            return current
        if current.attempts + 1 < MOST_ASKS:
            after = put_off(current, said)
            await tx.put_inbox_message(after)
            return after
        after = await quarantine(hub, tx, current, Why(message.vendor_id, said))
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


async def _apply_all(
    hub: Hub,
    tx: Tx,
    scope: Scope,
    message: InboxMessage,
    facts: Sequence[InboundFact],
    led: Sequence[tuple[Hint, Led]],
) -> list[Why]:
    """What differs, of what the message says itself and of what its gateway answered."""
    differences = [Why(hint.reference, one.difference) for hint, one in led if one.difference]
    sure: list[Sure] = [f for f in facts if not isinstance(f, Hint | ReservationHint)]
    for fact in [*sure, *(f for _, one in led for f in one.facts)]:
        differences += await _apply(hub, tx, scope, message, fact)
    return differences


async def _apply(hub: Hub, tx: Tx, scope: Scope, message: InboxMessage, fact: Sure) -> list[Why]:
    """The difference that keeps *fact* from being applied; none: it was, or is not ours."""
    match fact:
        case Checkout():
            wrong = await _apply_checkout(hub, tx, scope, message, fact)
        case RefundFact():
            wrong = await _apply_refund(hub, tx, scope, message, fact)
        case DisputeFact():
            wrong = await _apply_dispute(hub, tx, scope, message, fact)
        case SignatureFact():
            wrong = await hear_signature(hub, tx, scope, message, fact)
        case SignatureHint():
            wrong = await hear_hint(hub, tx, scope, message, fact)
    return [] if wrong is None else [Why(fact.reference, wrong)]


async def _apply_checkout(
    hub: Hub, tx: Tx, scope: Scope, message: InboxMessage, fact: Checkout
) -> str | None:
    payment = await tx.payment(fact.reference)
    if payment is None:
        return None  # another program's payment on the same gateway account
    wrong = _elsewhere(message, payment) or mismatch(payment, fact)
    if wrong is None and not won_since(payment, fact, message.received_at):
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


async def _apply_dispute(
    hub: Hub, tx: Tx, scope: Scope, message: InboxMessage, fact: DisputeFact
) -> str | None:
    payment = await tx.payment(fact.payment) if fact.payment else None
    if payment is None:
        return None  # of what another program took on the same gateway account
    wrong = _elsewhere(message, payment)
    if wrong is None:
        word = msgspec.structs.replace(
            known_checkout(payment, fact.charge_reference),
            state=CheckoutState.CHARGED_BACK,
            disputes=(Dispute(fact.reference, fact.amount),),
        )
        after = after_checkout(payment, word, hub.clock.now())
        await write_payment(hub, tx, by_itself(scope), payment, after)
    return wrong


def _elsewhere(message: InboxMessage, payment: Payment) -> str | None:
    if payment.connection == message.connection:
        return None
    return f"it came through {message.connection}, not {payment.connection}"
