"""A link where the customer pays for a booking, or a part of a plan."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import msgspec

from core.application.clear_answer import clear_answer
from core.application.connection_parts import active_parts, connection_parts
from core.application.hub import Asking, Hub, ring_after, write_intent
from core.application.in_time import in_time
from core.application.payments.read_payment import (
    kept_of,
    kept_of_all,
    payments_of,
    payments_of_plan,
)
from core.application.payments.settle_payment import settle_payment
from core.domain.bookings.booking import Booking, BookingState
from core.domain.bookings.hotel import Collect
from core.domain.money import Money, zero
from core.domain.payments.payment import Checkout, Payment, PaymentState
from core.domain.payments.payment_moves import payment_failed, payment_started
from core.domain.payments.payment_plan import PlanState, next_open
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.refusal import Refusal
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.manifest import Role
from ports.payment_gateway import CheckoutOrder
from ports.store import Tx, View

LINK_HOLDS = timedelta(hours=23)


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """booking or plan: what is paid. amount: None asks for all that is not paid yet, of a plan
    for its next instalment. return_url: where the customer lands.

    fallback: gateways tried one after the other while the one before certainly made no link.
    """

    booking: str | None
    connection: str
    return_url: str
    amount: Money | None = None
    description: str = ""
    plan: str | None = None
    fallback: tuple[str, ...] = ()


class Bill(msgspec.Struct, frozen=True):
    """What may be paid. next_: what is asked for when nobody says how much. claimed: what is
    paid and not given back, or asked for already."""

    entity: str
    price: Money
    claimed: Money
    next_: Money
    description: str
    partner: str | None

    @property
    def left(self) -> Money:
        return self.price - self.claimed


async def start_payment(hub: Hub, asking: Asking, new: NewPayment) -> Payment:
    """The payment, `open` with its url, or `starting` while the gateway's answer is not clear.

    A gateway of *fallback* is asked only when the one before said no or was not reached: after
    an answer that is not clear its link may exist, and the customer could pay twice.
    Conflict: it cannot be paid, or is paid or asked for already.
    """
    asking.need(Permission.PAYMENTS_WRITE)
    if not _is_web_address(new.return_url):
        raise Invalid(Fault("/return_url", "is an http or https address"))
    payment = await _start_at(hub, asking, new, new.connection)
    for connection in new.fallback:
        if payment.state is not PaymentState.FAILED:
            break
        payment = await _start_at(hub, asking, new, connection)
    return payment


async def _start_at(hub: Hub, asking: Asking, new: NewPayment, connection: str) -> Payment:
    about = await _booking_of(hub, asking, new)
    async with hub.store.begin(asking.scope) as tx:
        bill = await _bill(hub, tx, new, about)
        payment = await _intent(hub, tx, bill, new, connection, about)
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


async def _booking_of(hub: Hub, asking: Asking, new: NewPayment) -> str | None:
    """The booking that is paid, by itself or by a plan that is for it. Looked up before the
    transaction, which locks the booking before the plan, as whoever refunds does."""
    if new.plan is None:
        return new.booking
    async with hub.store.read(asking.scope) as view:
        plan = await view.plan(new.plan)
    return plan.booking if plan else None


async def _bill(hub: Hub, tx: Tx, new: NewPayment, about: str | None) -> Bill:
    if (new.booking is None) == (new.plan is None):
        raise Invalid(Fault("", "names a booking or a plan, and not both"))
    booking = None if about is None else await _payable(tx, about, new.plan)
    if booking is None or new.plan is not None:
        return await _bill_of_plan(hub, tx, new.plan or "")
    price = booking.offer.price.sell
    by_itself = [p for p in await payments_of(tx, booking.id) if p.plan is None]
    claimed = await kept_of_all(tx, by_itself, price.currency)
    words = f"{booking.offer.title}, {booking.offer.starts_on}"
    return Bill(booking.entity, price, claimed, price - claimed, words, booking.partner)


async def _payable(tx: Tx, id: str, plan: str | None) -> Booking:
    """Locked. Conflict: it cannot be paid, or is paid another way: two ways to pay for one
    booking would take its price twice."""
    booking = await tx.booking(id)
    if booking is None:
        raise NotFound("booking", id)
    if booking.state not in (BookingState.CONFIRMED, BookingState.PENDING_SUPPLIER):
        raise Conflict("not_payable", f"a {booking.state} booking cannot be paid")
    if booking.offer.collect is Collect.HOTEL:
        raise Conflict("hotel_collect", "the guest pays this booking at the hotel")
    for other in await payments_of(tx, id):
        if other.plan != plan and (await kept_of(tx, other)).minor > 0:
            how = f"by the plan {other.plan}" if other.plan else "by itself"
            raise Conflict("paid_otherwise", f"the booking is paid {how}", resource=other.id)
    return booking


async def _bill_of_plan(hub: Hub, tx: Tx, id: str) -> Bill:
    """Asked for is the first instalment that is neither paid nor asked for already."""
    plan = await tx.plan(id)
    if plan is None:
        raise NotFound("payment plan", id)
    if plan.state is PlanState.CANCELLED:
        raise Conflict("not_payable", "a cancelled plan cannot be paid")
    claimed = await kept_of_all(tx, await payments_of_plan(tx, id), plan.price.currency)
    asked = msgspec.structs.replace(plan, received=claimed)
    standing = next_open(asked, hub.clock.now())
    nothing = zero(plan.price.currency)
    part = f"{standing.kind} {standing.number}" if standing else "paid"
    words = f"{plan.description or plan.reference or plan.id}, {part}"
    next_ = standing.open if standing else nothing
    return Bill(plan.entity, plan.price, claimed, next_, words, plan.partner)


async def _intent(
    hub: Hub, tx: Tx, bill: Bill, new: NewPayment, connection_id: str, about: str | None
) -> Payment:
    connection, _, manifest = await active_parts(hub, tx, connection_id)
    if Role.PAYMENT_GATEWAY not in manifest.roles:
        raise Invalid(Fault("/connection", f"{manifest.title} is not a payment gateway"))
    now = hub.clock.now()
    return Payment(
        id=hub.mint.id("pay"),
        booking=about,
        plan=new.plan,
        entity=bill.entity,
        connection=connection.id,
        amount=_amount(bill, new.amount),
        description=new.description or bill.description,
        created_at=now,
        updated_at=now,
        submission=send(now, manifest.deadline_s),
        expires_at=now + LINK_HOLDS,
        partner=bill.partner,
        return_url=new.return_url,
    )


def _amount(bill: Bill, wanted: Money | None) -> Money:
    """Invalid or Conflict: more than it costs, counting what is claimed."""
    amount = wanted or bill.next_
    if amount.currency != bill.price.currency:
        raise Invalid(Fault("/amount/currency", f"it is sold in {bill.price.currency}"))
    if amount.minor <= 0 and wanted is not None:
        raise Invalid(Fault("/amount/minor", "must be above 0"))
    left = bill.left
    if left.minor <= 0:
        said = f"{bill.claimed} of {bill.price} is paid or asked for already"
        raise Conflict("already_paid", said)
    if left < amount:
        raise Invalid(Fault("/amount/minor", f"must be at most {left.minor}: {left} is not paid"))
    return amount


async def send_payment(hub: Hub, asking: Asking, payment: Payment) -> Payment:
    """Start the checkout under the payment's own key; a repeat gives the same checkout."""
    answer = await clear_answer(_start(hub, asking, payment), payment.submission)
    if answer is None:
        return payment
    if isinstance(answer, Refusal):
        return await settle_payment(
            hub,
            asking,
            payment,
            lambda p: (
                payment_failed(p, answer, hub.clock.now())
                if p.submission == payment.submission
                else p  # it says nothing of a sending after it
            ),
        )
    return await settle_payment(
        hub, asking, payment, lambda p: payment_started(p, answer, hub.clock.now())
    )


async def _start(hub: Hub, asking: Asking, payment: Payment) -> Checkout:
    async with hub.store.read(asking.scope) as view:
        connection, account, _ = await connection_parts(hub, view, payment.connection)
        payer = await _payer(view, payment)
        people = await view.people([payer]) if payer else {}
    gateway = await hub.vendors.payment_gateway(asking.scope, connection, account)
    holder = people.get(payer) if payer else None
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


async def _payer(view: View, payment: Payment) -> str | None:
    """The person who pays, by id."""
    if payment.plan is not None:
        plan = await view.plan(payment.plan)
        return plan.holder if plan else None
    booking = await view.booking(payment.booking) if payment.booking else None
    return booking.holder if booking else None
