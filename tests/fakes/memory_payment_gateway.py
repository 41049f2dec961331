"""A payment gateway in memory: the port's promises and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.payments.payment import Checkout, CheckoutState, RefundFact, RefundFactState
from core.domain.payments.settlement import SettlementLine
from ports.clock import Clock
from ports.errors import OutcomeUnknown, Refused, VendorError
from ports.payment_gateway import CheckoutOrder, RefundOrder
from ports.probe import Probe

T = TypeVar("T", Checkout, RefundFact)
Order = CheckoutOrder | RefundOrder


class MemoryPaymentGateway:
    """checkouts, refunds: by the gateway's reference. ledger: filled by hand. refunds_pend: refunds stay pending.

    lose_answer(operation): the next one is done, and its answer is lost.
    fail(operation, error): the next one raises *error*, and nothing is done.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._keys: dict[str, tuple[Order, str]] = {}
        self._lost: list[str] = []
        self._failing: list[tuple[str, VendorError]] = []
        self._charge_of_refund: dict[str, str] = {}
        self.checkouts: dict[str, Checkout] = {}
        self.refunds: dict[str, RefundFact] = {}
        self.refunds_pend = False
        self.ledger: list[SettlementLine] = []

    def lose_answer(self, operation: str) -> None:
        self._lost.append(operation)

    def fail(self, operation: str, error: VendorError) -> None:
        self._failing.append((operation, error))

    def pay(self, gateway_reference: str) -> Checkout:
        """The customer pays."""
        charge = f"charge_{next(self._numbers)}"
        return self._become(gateway_reference, CheckoutState.PAID, charge)

    def settle_refund(self, gateway_reference: str, state: RefundFactState) -> RefundFact:
        after = msgspec.structs.replace(self.refunds[gateway_reference], state=state)
        self.refunds[gateway_reference] = after
        return after

    async def start_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        self._maybe_fail("start_checkout")
        known = self._known("start_checkout", order, key)
        if known is None:
            known = f"checkout_{next(self._numbers)}"
            self.checkouts[known] = Checkout(
                gateway_reference=known,
                reference=order.reference,
                state=CheckoutState.OPEN,
                amount=order.amount,
                url=f"https://pay.example/{known}",
                expires_at=order.expires_at,
            )
            self._keys[key] = (order, known)
        self._maybe_lose("start_checkout")
        return self.checkouts[known]

    async def find(self, known: Checkout) -> Checkout | None:
        self._maybe_fail("find")
        found = self.checkouts.get(known.gateway_reference)
        if found is not None and _is_over(found, self._clock.now()):
            return self._become(known.gateway_reference, CheckoutState.EXPIRED)
        return found

    async def expire(self, known: Checkout) -> Checkout:
        self._maybe_fail("expire")
        found = self.checkouts.get(known.gateway_reference)
        if found is None:
            raise _refused("expire", "missing")
        if found.state is not CheckoutState.OPEN:
            return found
        return self._become(known.gateway_reference, CheckoutState.EXPIRED)

    async def refund(self, order: RefundOrder, *, key: str) -> RefundFact:
        self._maybe_fail("refund")
        known = self._known("refund", order, key)
        if known is None:
            if self._left(order.charge_reference, order.amount.currency) < order.amount:
                raise _refused("refund", "too_much")
            known = f"refund_{next(self._numbers)}"
            state = RefundFactState.PENDING if self.refunds_pend else RefundFactState.SUCCEEDED
            self.refunds[known] = RefundFact(known, order.reference, state, order.amount)
            self._charge_of_refund[known] = order.charge_reference
            self._keys[key] = (order, known)
        self._maybe_lose("refund")
        return self.refunds[known]

    async def find_refund(self, reference: str, charge_reference: str) -> RefundFact | None:
        self._maybe_fail("find_refund")
        found = [r for r in self._refunds_of(charge_reference) if r.reference == reference]
        return found[0] if found else None

    async def find_reference(self, charge_reference: str) -> str:
        self._maybe_fail("find_reference")
        checkouts = self.checkouts.values()
        found = [c.reference for c in checkouts if c.charge_reference == charge_reference]
        return found[0] if found else ""

    async def list_settlements(self, since: datetime, until: datetime) -> Sequence[SettlementLine]:
        self._maybe_fail("list_settlements")
        return [line for line in self.ledger if since <= line.at < until]

    async def probe(self) -> Probe:
        return Probe(Verdict.VERIFIED, {"gateway": "memory"})

    def _known(self, operation: str, order: Order, key: str) -> str | None:
        first, reference = self._keys.get(key, (order, None))
        if first != order:
            raise _unknown(operation)
        return reference

    def _left(self, charge_reference: str, currency: str) -> Money:
        paid = [c.amount for c in self.checkouts.values() if c.charge_reference == charge_reference]
        back = [
            r.amount
            for r in self._refunds_of(charge_reference)
            if r.state is not RefundFactState.FAILED
        ]
        return sum(paid, Money(0, currency)) - sum(back, Money(0, currency))

    def _refunds_of(self, charge_reference: str) -> list[RefundFact]:
        ids = [id for id, charge in self._charge_of_refund.items() if charge == charge_reference]
        return [self.refunds[id] for id in ids]

    def _become(
        self, gateway_reference: str, state: CheckoutState, charge: str | None = None
    ) -> Checkout:
        after = msgspec.structs.replace(
            self.checkouts[gateway_reference], state=state, url=None, charge_reference=charge
        )
        self.checkouts[gateway_reference] = after
        return after

    def _maybe_fail(self, operation: str) -> None:
        for place, (failing, error) in enumerate(self._failing):
            if failing == operation:
                del self._failing[place]
                raise error

    def _maybe_lose(self, operation: str) -> None:
        if operation in self._lost:
            self._lost.remove(operation)
            raise _unknown(operation)


def _is_over(checkout: Checkout, now: datetime) -> bool:
    ends = checkout.expires_at
    return checkout.state is CheckoutState.OPEN and ends is not None and ends <= now


def _refused(operation: str, code: str) -> Refused:
    return Refused("no", vendor="memory", operation=operation, vendor_code=code)


def _unknown(operation: str) -> OutcomeUnknown:
    return OutcomeUnknown("sent, no clear answer", vendor="memory", operation=operation)
