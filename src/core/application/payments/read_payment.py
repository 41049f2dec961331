"""Payments and refunds as they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.application.hub import Asking, Hub
from core.domain.money import Money, zero
from core.domain.payments.payment import Payment, Refund
from core.domain.problem import Conflict, NotFound
from core.domain.tenancy import Permission
from ports.store import Page, PaymentFilter, RefundFilter, View

_MOST = 200


async def read_payment(hub: Hub, asking: Asking, id: str) -> Payment:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        payment = await view.payment(id)
    if payment is None:
        raise NotFound("payment", id)
    return payment


async def list_payments(
    hub: Hub, asking: Asking, page: Page, where: PaymentFilter
) -> Sequence[Payment]:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.payments(page, where)


async def given_back(view: View, payment: Payment) -> Money:
    """What of *payment* is given back, or still may be."""
    given = zero(payment.amount.currency)
    for refund in await view.refunds(RefundFilter(payment.id)):
        if refund.counts:
            given = given + refund.amount
    return given


async def kept_of(view: View, payment: Payment) -> Money:
    """What of *payment* is paid or still may be, and is neither given nor taken back: the most
    that may be refunded of it, never below 0."""
    kept = await kept_of_all(view, [payment], payment.amount.currency)
    return kept if kept.minor > 0 else zero(kept.currency)


async def kept_of_all(view: View, payments: Iterable[Payment], currency: str) -> Money:
    """The same of *payments* together. A payment of which more went back than came in, as when
    the bank takes what was refunded before, lessens the others, and the sum may be below 0."""
    kept = zero(currency)
    for payment in payments:
        kept = kept + payment.claim - await given_back(view, payment)
    return kept


def need_known_takings(payments: Iterable[Payment]) -> None:
    """Conflict: the payer's bank took a part of one of *payments*, and nobody has said how much.
    What is due of them together cannot be reckoned before that."""
    for payment in payments:
        if payment.charged_back is None:
            said = (
                f"the payer's bank took a part of it back: resolve {payment.id} with what it took"
            )
            raise Conflict("chargeback_unknown", said, resource=payment.id)


async def list_refunds(hub: Hub, asking: Asking, payment: str) -> Sequence[Refund]:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        if await view.payment(payment) is None:
            raise NotFound("payment", payment)
        return await view.refunds(RefundFilter(payment))


async def read_refund(hub: Hub, asking: Asking, id: str) -> Refund:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        refund = await view.refund(id)
    if refund is None:
        raise NotFound("refund", id)
    return refund


async def payments_of(view: View, booking: str) -> Sequence[Payment]:
    """All of a booking, however many: a sum that left one out would take money twice."""
    return await _all(view, PaymentFilter(booking))


async def payments_of_plan(view: View, plan: str) -> Sequence[Payment]:
    """All of a plan, newest first."""
    return await _all(view, PaymentFilter(plan=plan))


async def _all(view: View, where: PaymentFilter) -> Sequence[Payment]:
    found: list[Payment] = []
    page = Page(limit=_MOST)
    while True:
        some = await view.payments(page, where)
        found += some
        if len(some) < _MOST:
            return found
        page = Page(after=some[-1].id, limit=_MOST)
