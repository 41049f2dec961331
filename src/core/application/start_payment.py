"""A link where the customer pays for a booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from core.application.add_connection import connection_parts
from core.application.hub import Asking, Hub, write_audit
from core.application.settle_payment import after_checkout, ring_money, write_payment
from core.application.vendor_problem import refusal_of
from core.domain.booking import Booking, BookingState, Refusal
from core.domain.connection import ConnectionState
from core.domain.hotel import Collect
from core.domain.money import Money, zero
from core.domain.payment import (
    Checkout,
    Payment,
    PaymentState,
    RefundState,
    mismatch,
    move_payment,
)
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.errors import BrokenContract, OutcomeUnknown, Refused, VendorError
from ports.jobs import Bell
from ports.manifest import Role
from ports.payment_gateway import CheckoutOrder
from ports.store import Page, Tx

LINK_HOLDS = timedelta(hours=23)


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """amount: None asks for all that is not paid yet. return_url: where the customer lands."""

    booking: str
    connection: str
    return_url: str
    amount: Money | None = None
    description: str = ""


async def start_payment(hub: Hub, asking: Asking, new: NewPayment) -> Payment:
    """The payment, `open` with its url, or `starting` while the gateway's answer is not clear.

    Conflict: the booking cannot be paid, or is paid or asked for already.
    """
    asking.need(Permission.PAYMENTS_WRITE)
    if not new.return_url.startswith(("https://", "http://")):
        raise Invalid(Fault("/return_url", "is an http or https address"))
    async with hub.store.begin(asking.scope) as tx:
        booking = await tx.booking(new.booking)
        if booking is None:
            raise NotFound("booking", new.booking)
        payment = await _intent(hub, tx, booking, new)
        await tx.put_payment(payment)
        if asking.key is not None:
            await tx.link_key(asking.who.id, asking.key, payment.id)
        await write_audit(hub, tx, asking, "payment.starting", payment.id, after=payment)
    if payment.check_at is not None:
        await hub.jobs.ring_at(Bell.PAYMENTS, payment.check_at)
    return await send_payment(hub, asking, payment)


async def _intent(hub: Hub, tx: Tx, booking: Booking, new: NewPayment) -> Payment:
    if booking.state not in (BookingState.CONFIRMED, BookingState.PENDING_SUPPLIER):
        raise Conflict("not_payable", f"a {booking.state} booking cannot be paid")
    if booking.offer.collect is Collect.HOTEL:
        raise Conflict("hotel_collect", "the guest pays this booking at the hotel")
    connection, _, manifest = await connection_parts(hub, tx, new.connection)
    if Role.PAYMENT_GATEWAY not in manifest.roles:
        raise Invalid(Fault("/connection", f"{manifest.title} is not a payment gateway"))
    if connection.state is not ConnectionState.ACTIVE:
        raise Conflict("connection_disabled", f"the connection {connection.id} is disabled")
    now = hub.clock.now()
    return Payment(
        id=hub.mint.id("pay"),
        booking=booking.id,
        entity=booking.entity,
        connection=connection.id,
        amount=_amount(booking, new.amount, await _claimed(tx, booking)),
        description=new.description or f"{booking.offer.hotel.name}, {booking.offer.stay.check_in}",
        created_at=now,
        updated_at=now,
        submission=send(now, manifest.deadline_s),
        expires_at=now + LINK_HOLDS,
        partner=booking.partner,
        return_url=new.return_url,
    )


async def _claimed(tx: Tx, booking: Booking) -> Money:
    """What is paid and not given back, or asked for already."""
    claimed = zero(booking.offer.price.sell.currency)
    for other in await tx.payments(Page(limit=200), booking=booking.id):
        if other.state in (PaymentState.STARTING, PaymentState.OPEN, PaymentState.SUCCEEDED):
            claimed = claimed + other.amount
        for refund in await tx.refunds(payment=other.id):
            if refund.state is not RefundState.FAILED:
                claimed = claimed - refund.amount
    return claimed


def _amount(booking: Booking, wanted: Money | None, claimed: Money) -> Money:
    """Invalid or Conflict: more than the booking costs, counting what is *claimed*."""
    sell = booking.offer.price.sell
    left = sell - claimed
    amount = wanted or left
    if amount.currency != sell.currency:
        raise Invalid(Fault("/amount/currency", f"the booking is sold in {sell.currency}"))
    if amount.minor <= 0 and wanted is not None:
        raise Invalid(Fault("/amount/minor", "must be above 0"))
    if amount.minor <= 0 or left < amount:
        raise Conflict("already_paid", f"{claimed} of {sell} is paid or asked for already")
    return amount


async def send_payment(hub: Hub, asking: Asking, payment: Payment) -> Payment:
    """Start the checkout under the payment's own key; a repeat gives the same checkout."""
    try:
        fact = await _start(hub, asking, payment)
    except (OutcomeUnknown, BrokenContract):
        return payment
    except VendorError as e:
        if _is_repeat(payment) and not isinstance(e, Refused):
            return payment  # it says nothing of the sending before it
        return await _settle_failed(hub, asking, payment, e)
    async with hub.store.begin(asking.scope) as tx:
        current = await tx.payment(payment.id)
        if current is None or current.state is not PaymentState.STARTING:
            return current or payment
        wrong = mismatch(current, fact)
        after = (
            after_checkout(hub, current, fact) if wrong is None else _broken(hub, current, wrong)
        )
        await write_payment(hub, tx, asking, current, after)
    await ring_money(hub)
    return after


def _is_repeat(payment: Payment) -> bool:
    return payment.submission is not None and payment.submission.checks > 0


async def _start(hub: Hub, asking: Asking, payment: Payment) -> Checkout:
    async with hub.store.read(asking.scope) as view:
        connection, account, _ = await connection_parts(hub, view, payment.connection)
        booking = await view.booking(payment.booking)
        people = await view.people([booking.holder]) if booking else {}
    gateway = await hub.vendors.payment_gateway(asking.scope, connection, account)
    holder = people.get(booking.holder) if booking else None
    order = CheckoutOrder(
        reference=payment.id,
        amount=payment.amount,
        description=payment.description,
        expires_at=payment.expires_at or hub.clock.now() + LINK_HOLDS,
        return_url=payment.return_url or "",
        email=holder.email if holder else None,
    )
    return await gateway.start_checkout(order, key=payment.id)


def _broken(hub: Hub, payment: Payment, wrong: str) -> Payment:
    return msgspec.structs.replace(
        move_payment(payment, PaymentState.NEEDS_OPERATOR, hub.clock.now()),
        refusal=Refusal("mismatch", wrong),
        submission=None,
    )


async def _settle_failed(hub: Hub, asking: Asking, payment: Payment, error: VendorError) -> Payment:
    async with hub.store.begin(asking.scope) as tx:
        current = await tx.payment(payment.id)
        if current is None or current.state is not PaymentState.STARTING:
            return current or payment
        after = msgspec.structs.replace(
            move_payment(current, PaymentState.FAILED, hub.clock.now()),
            refusal=refusal_of(error),
            submission=None,
        )
        await write_payment(hub, tx, asking, current, after)
    await ring_money(hub)
    return after


async def read_payment(hub: Hub, asking: Asking, id: str) -> Payment:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        payment = await view.payment(id)
    if payment is None:
        raise NotFound("payment", id)
    return payment


async def list_payments(
    hub: Hub, asking: Asking, page: Page, *, booking: str | None
) -> Sequence[Payment]:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.payments(page, booking=booking)
