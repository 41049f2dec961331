"""A link where the customer pays for a booking."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import msgspec

from core.application.connection_parts import active_parts, connection_parts
from core.application.hub import Asking, Hub, ring_after, write_intent
from core.application.in_time import in_time
from core.application.read_payment import given_back, payments_of
from core.application.settle_payment import settle_payment
from core.application.vendor_problem import refusal_of
from core.domain.booking import Booking, BookingState
from core.domain.hotel import Collect
from core.domain.money import Money, zero
from core.domain.payment import Checkout, Payment
from core.domain.payment_moves import payment_failed, payment_started
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.errors import BrokenContract, OutcomeUnknown, Refused, VendorError
from ports.jobs import Bell
from ports.manifest import Role
from ports.payment_gateway import CheckoutOrder
from ports.store import Tx

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
    if not _is_web_address(new.return_url):
        raise Invalid(Fault("/return_url", "is an http or https address"))
    async with hub.store.begin(asking.scope) as tx:
        booking = await tx.booking(new.booking)
        if booking is None:
            raise NotFound("booking", new.booking)
        payment = await _intent(hub, tx, booking, new)
        await tx.put_payment(payment)
        await write_intent(hub, tx, asking, "payment.starting", payment.id, after=payment)
    await ring_after(hub, Bell.PAYMENTS, payment.check_at, told=False)
    return await send_payment(hub, asking, payment)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and text.isprintable()
    except ValueError:
        return False


async def _intent(hub: Hub, tx: Tx, booking: Booking, new: NewPayment) -> Payment:
    if booking.state not in (BookingState.CONFIRMED, BookingState.PENDING_SUPPLIER):
        raise Conflict("not_payable", f"a {booking.state} booking cannot be paid")
    if booking.offer.collect is Collect.HOTEL:
        raise Conflict("hotel_collect", "the guest pays this booking at the hotel")
    connection, _, manifest = await active_parts(hub, tx, new.connection)
    if Role.PAYMENT_GATEWAY not in manifest.roles:
        raise Invalid(Fault("/connection", f"{manifest.title} is not a payment gateway"))
    now = hub.clock.now()
    return Payment(
        id=hub.mint.id("pay"),
        booking=booking.id,
        entity=booking.entity,
        connection=connection.id,
        amount=_amount(booking, new.amount, await _claimed(tx, booking)),
        description=new.description or f"{booking.offer.title}, {booking.offer.starts_on}",
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
    for other in await payments_of(tx, booking.id):
        if other.claims:
            claimed = claimed + other.amount
        claimed = claimed - await given_back(tx, other)
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
    if left.minor <= 0:
        raise Conflict("already_paid", f"{claimed} of {sell} is paid or asked for already")
    if left < amount:
        raise Invalid(Fault("/amount/minor", f"must be at most {left.minor}: {left} is not paid"))
    return amount


async def send_payment(hub: Hub, asking: Asking, payment: Payment) -> Payment:
    """Start the checkout under the payment's own key; a repeat gives the same checkout."""
    try:
        fact = await _start(hub, asking, payment)
    except (OutcomeUnknown, BrokenContract, TimeoutError):
        return payment
    except VendorError as e:
        if _is_repeat(payment) and not isinstance(e, Refused):
            return payment  # it says nothing of the sending before it
        refusal = refusal_of(e)
        return await settle_payment(
            hub,
            asking,
            payment,
            lambda p: (
                payment_failed(p, refusal, hub.clock.now())
                if p.submission == payment.submission
                else p  # it says nothing of a sending after it
            ),
        )
    return await settle_payment(
        hub, asking, payment, lambda p: payment_started(p, fact, hub.clock.now())
    )


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
    async with in_time(hub, payment.submission):
        return await gateway.start_checkout(order, key=payment.id)
