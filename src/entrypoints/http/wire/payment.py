"""Payments and refunds."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.payments import refund_payment, resolve_payment, start_payment
from core.domain.money import Money
from core.domain.payments import payment as domain
from entrypoints.http.paging import Paging
from entrypoints.http.wire.booking import Refusal, refusal
from entrypoints.http.wire.values import Address, Amount, Id, OwedReason, Reason


class _NewLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """return_url: where the customer lands. fallback: other gateways, tried in this order while
    the one before certainly made no link."""

    connection: Id
    return_url: Address
    amount: Amount | None = None
    description: Annotated[str, Meta(max_length=200)] = ""
    fallback: Annotated[tuple[Id, ...], Meta(max_length=5)] = ()

    def _wish(self, booking: str | None, plan: str | None) -> start_payment.NewPayment:
        return start_payment.NewPayment(
            booking,
            self.connection,
            self.return_url,
            self.amount.money() if self.amount is not None else None,
            self.description,
            plan,
            self.fallback,
        )


class NewPayment(_NewLink, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """amount: left out, all that is not paid yet. return_url: where the customer lands.
    fallback: other gateways, tried in this order while the one before certainly made no link."""

    booking: Id

    def wish(self) -> start_payment.NewPayment:
        return self._wish(self.booking, None)


class NewPlanPayment(_NewLink, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """amount: left out, the first instalment that is neither paid nor asked for.
    return_url: where the customer lands. fallback: as for a booking."""

    def wish(self, plan: str) -> start_payment.NewPayment:
        return self._wish(None, plan)


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """amount: left out, what is due: all that is left, less the fee of a cancelled booking."""

    amount: Amount | None = None
    reason: Reason = ""

    def wish(self) -> refund_payment.NewRefund:
        amount = self.amount.money() if self.amount is not None else None
        return refund_payment.NewRefund(amount, self.reason)


class MoneyResolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """charge_reference: theirs, needed for a payment that succeeded. charged_back: what the payer's
    bank took, needed for a payment that was charged back."""

    outcome: resolve_payment.MoneyOutcome
    reason: OwedReason
    charge_reference: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    charged_back: Amount | None = None

    def wish(self) -> resolve_payment.ResolveMoney:
        taken = self.charged_back.money() if self.charged_back is not None else None
        return resolve_payment.ResolveMoney(self.outcome, self.reason, self.charge_reference, taken)


class PaymentQuery(Paging, frozen=True, forbid_unknown_fields=True):
    booking: Id | None = None
    plan: Id | None = None
    state: domain.PaymentState | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """booking, plan: what is paid. url: where the customer pays, while it is open. gateway_reference, charge_reference:
    the gateway's own. charged_back: what the payer's bank took back; null: a part, and nobody has said how much."""

    id: str
    state: domain.PaymentState
    booking: str | None
    plan: str | None
    entity: str
    connection: str
    partner: str | None
    amount: Money
    description: str
    url: str | None
    return_url: str | None
    gateway_reference: str | None
    charge_reference: str | None
    expires_at: datetime.datetime | None
    paid_at: datetime.datetime | None
    charged_back: Money | None
    refusal: Refusal | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """gateway_reference: the gateway's own."""

    id: str
    state: domain.RefundState
    payment: str
    booking: str | None
    partner: str | None
    amount: Money
    reason: str
    gateway_reference: str | None
    refusal: Refusal | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Refunds(msgspec.Struct, frozen=True):
    """All of one payment."""

    data: tuple[Refund, ...]


def payment(of: domain.Payment) -> Payment:
    return Payment(
        id=of.id,
        state=of.state,
        booking=of.booking,
        plan=of.plan,
        entity=of.entity,
        connection=of.connection,
        partner=of.partner,
        amount=of.amount,
        description=of.description,
        url=of.url,
        return_url=of.return_url,
        gateway_reference=of.gateway_reference,
        charge_reference=of.charge_reference,
        expires_at=of.expires_at,
        paid_at=of.paid_at,
        charged_back=of.charged_back,
        refusal=refusal(of.refusal),
        created_at=of.created_at,
        updated_at=of.updated_at,
    )


def refund(of: domain.Refund) -> Refund:
    return Refund(
        id=of.id,
        state=of.state,
        payment=of.payment,
        booking=of.booking,
        partner=of.partner,
        amount=of.amount,
        reason=of.reason,
        gateway_reference=of.gateway_reference,
        refusal=refusal(of.refusal),
        created_at=of.created_at,
        updated_at=of.updated_at,
    )
