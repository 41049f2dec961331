from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from core.domain.money import Money
from core.domain.payments.payment import Checkout, RefundFact
from core.domain.payments.settlement import SettlementLine
from ports.probe import Testable


class CheckoutOrder(msgspec.Struct, frozen=True):
    """reference: our payment id, which the gateway keeps and gives back.

    return_url: where the customer lands afterwards.
    """

    reference: str
    amount: Money
    description: str
    expires_at: datetime
    return_url: str
    email: str | None = None


class RefundOrder(msgspec.Struct, frozen=True):
    """reference: our refund id. charge_reference: theirs, of what was paid."""

    reference: str
    charge_reference: str
    amount: Money
    reason: str


class PaymentGateway(Testable, Protocol):
    """Amounts are ISO 4217 minor units; the adapter converts at its own edge.

    Every method raises only ports.errors, keeps its manifest's deadline_s, and is safe to
    call from many tasks at once. The same *key* has one effect within
    manifest.repeatable_for_s.
    """

    async def start_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """A page where the customer pays. Refused: amount or currency not taken.

        OutcomeUnknown: sent, no clear answer; repeat under the same key.
        """
        ...

    async def find(self, known: Checkout) -> Checkout | None:
        """The checkout as it stands now; None: there is none.

        known: as the gateway told it last, from which one that knows nothing of a page
        nobody has used yet is answered.
        """
        ...

    async def expire(self, known: Checkout) -> Checkout:
        """Close an open checkout so that it can no longer be paid; the state it then has.

        Closing twice is closing once. Refused: the gateway will not close it.
        """
        ...

    async def refund(self, order: RefundOrder, *, key: str) -> RefundFact:
        """Give money back. Refused: more than is left, or too late.

        OutcomeUnknown: sent, no clear answer; repeat under the same key, or find_refund.
        """
        ...

    async def find_reference(self, charge_reference: str) -> str:
        """Our payment's id, as the gateway holds it with what was charged; "": it holds none, or
        knows no such charge."""
        ...

    async def list_settlements(self, since: datetime, until: datetime) -> Sequence[SettlementLine]:
        """The gateway's ledger, from *since* on and before *until*, oldest first.

        NotSupported: it has none that can be asked.
        """
        ...

    async def find_refund(self, reference: str, charge_reference: str) -> RefundFact | None:
        """The refund that carries our *reference*; None: there is none."""
        ...
